"""Starting an edition: frozen texts, one Delivery row per recipient, then the workers."""

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from members.accounts.models import Member
from newsletters import composing
from newsletters.addresses import address_hash
from newsletters.models import Edition, Signup, Suppression
from newsroom.lib.audit import record
from newsroom.lib.jobs import begin_job
from newsroom.lib.letters import write_letter
from newsroom.lib.page_cache import purge
from newsroom.lib.waking import wake

SEND = "newsletters.send_edition"
DELIVER_TASK = "newsletters.tasks.deliver_edition"

# One statement for any number of readers; the unique key makes it repeatable.
_QUEUE = """
INSERT INTO newsletters_delivery (edition_id, signup_id, state, attempts, error, provider_id)
SELECT %s, signup.id, 'queued', 0, '', ''
FROM newsletters_signup AS signup
JOIN members_member AS member ON member.id = signup.member_id
WHERE signup.newsletter_id = %s AND signup.state = 'confirmed' AND member.is_active AND member.email IS NOT NULL
ORDER BY signup.id
ON CONFLICT (edition_id, signup_id) DO NOTHING
"""


class EditionError(Exception):
    """The edition cannot be sent like this. The text can be shown to a person."""


def start_sending(*, user: Member, edition: Edition) -> Edition:
    """Freezes the edition and queues one Delivery per confirmed reader. Safe against a double click: the second finds
    the edition no longer a draft. Raises EditionError."""
    if not user.has_perm(SEND):
        raise EditionError(_("Only editors send newsletters."))
    with transaction.atomic():
        held = Edition.objects.select_for_update(of=("self",)).select_related("newsletter").get(pk=edition.pk)
        if held.state != Edition.State.DRAFT:
            raise EditionError(_("This edition is already on its way."))
        if not composing.visible_items(held) and not held.intro.strip():
            raise EditionError(_("There is nothing in it that readers could see: add a published story or some words."))
        _freeze(held)
        total = _queue(held)
        if not total:
            raise EditionError(_("Nobody is signed up for this newsletter yet."))
        held.job = begin_job("edition", target_id=held.pk, total=total, user=user)
        held.save()
        record("edition.started", actor=user, target=held, recipients=total)
        purge([held.newsletter.page_key, "newsletters"])
        wake(DELIVER_TASK, held.pk)
    return held


def _freeze(edition: Edition) -> None:
    edition.dated_on = timezone.localdate()
    last = Edition.objects.filter(newsletter=edition.newsletter, dated_on=edition.dated_on).aggregate(Max("number"))
    edition.number = (last["number__max"] or 0) + 1
    edition.state = Edition.State.SENDING
    edition.started_at = timezone.now()
    edition.html, edition.text = composing.compose(edition)


def _queue(edition: Edition) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_QUEUE, [edition.pk, edition.newsletter_id])
        return cursor.rowcount


def stop_sending(*, user: Member, edition: Edition) -> Edition:
    """What is queued stays unsent; what is being handed over may still leave."""
    if not user.has_perm(SEND):
        raise EditionError(_("Only editors stop newsletters."))
    with transaction.atomic():
        held = Edition.objects.select_for_update().get(pk=edition.pk)
        if held.state != Edition.State.SENDING:
            raise EditionError(_("This edition is not being sent."))
        held.state = Edition.State.STOPPED
        held.save(update_fields=["state"])
        record("edition.stopped", actor=user, target=held)
    return held


def send_test(*, user: Member, edition: Edition) -> None:
    """The edition as it stands, to the editor's own address."""
    html, text = composing.compose(edition, unsubscribe_url="https://unsubscribe.invalid/test")
    write_letter(
        "newsletters/test",
        cause=f"edition-test:{edition.pk}:{user.pk}:{timezone.now().timestamp():.0f}",
        to_email=user.email or "",
        language=edition.newsletter.language,
        member_id=user.pk,
        context={"edition": edition, "html": html, "text": text},
    )


def recipients_count(edition: Edition) -> int:
    """How many would get it now."""
    return Signup.objects.confirmed().filter(newsletter=edition.newsletter).count()


def suppressed_among(emails: list[str]) -> set[str]:
    """Those of the addresses that must get no mail."""
    hashes = {address_hash(email): email for email in emails}
    found = Suppression.objects.filter(address_hash__in=hashes).values_list("address_hash", flat=True)
    return {hashes[one] for one in found}
