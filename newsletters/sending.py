"""Starting an edition: frozen texts, one Delivery row per recipient, then the workers."""

from datetime import datetime

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from members.accounts.models import Member
from newsletters import composing
from newsletters.addresses import address_hashes
from newsletters.models import Edition, Newsletter, Signup, Suppression
from newsroom.lib.audit import record
from newsroom.lib.holding import is_on_hold
from newsroom.lib.jobs import begin_job, finish_job
from newsroom.lib.letters import write_letter
from newsroom.lib.page_cache import purge
from newsroom.lib.sweeping import for_each
from newsroom.lib.waking import wake

SEND = "newsletters.send_edition"
DELIVER_TASK = "newsletters.tasks.deliver_edition"
LINES = 4  # so many workers, if there are so many: a distant mail server's answers are what takes time

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


def save_draft(*, user: Member, edition: Edition) -> Edition:
    """Writes what the desk's form holds, and never the state: the edition may have been sent while the form stood
    open. Raises EditionError."""
    if not user.has_perm("newsletters.change_edition" if edition.pk else "newsletters.add_edition"):
        raise EditionError(_("Only editors write newsletters."))
    with transaction.atomic():
        if edition.pk:
            _hold_draft(edition.pk)
            edition.save(update_fields=["newsletter", "subject", "preheader", "intro"])
        else:
            edition.created_by = user
            edition.save()
        record("edition.saved", actor=user, target=edition)
    return edition


def start_sending(*, user: Member, edition: Edition) -> Edition:
    """Freezes the edition and queues one Delivery per confirmed reader. Safe against a double click: the second finds
    the edition no longer a draft. Raises EditionError."""
    _check_may_send(user)
    return _start(edition.pk, user=user)


def schedule_sending(*, user: Member, edition: Edition, at: datetime | None) -> Edition:
    """The clock starts it at `at`, as it stands then; None takes that back. Raises EditionError."""
    _check_may_send(user)
    if at is not None and at <= timezone.now():
        raise EditionError(_("This time is over: choose a later one, or send it now."))
    with transaction.atomic():
        held = _hold_draft(edition.pk)
        held.send_at = at
        held.save(update_fields=["send_at"])
        record("edition.scheduled" if at else "edition.unscheduled", actor=user, target=held)
    return held


def start_due_editions() -> None:
    """What was scheduled and is due. One that cannot go is taken off the schedule and says why in its job, rather
    than being tried for ever. Safe to run twice: starting takes drafts only."""
    if is_on_hold():
        return
    due = Edition.objects.filter(state=Edition.State.DRAFT, send_at__lte=timezone.now())
    for_each(due.order_by("send_at").values_list("pk", flat=True), _start_due, failed="edition_not_started")


def _start_due(edition_id: int) -> None:
    try:
        _start(edition_id, user=None)
    except EditionError as error:
        _give_up_schedule(edition_id, str(error))


def _give_up_schedule(edition_id: int, reason: str) -> None:
    with transaction.atomic():
        held = Edition.objects.select_for_update().get(pk=edition_id)
        if held.state != Edition.State.DRAFT:
            return
        held.send_at = None
        held.job = begin_job("edition", target_id=held.pk)
        finish_job(held.job.pk, error=reason)
        held.save(update_fields=["send_at", "job"])
        record("edition.not_started", actor_label="clock", target=held, reason=reason)


def _check_may_send(user: Member) -> None:
    if not user.has_perm(SEND):
        raise EditionError(_("Only editors send newsletters."))


def _hold_draft(edition_id: int) -> Edition:
    held = Edition.objects.select_for_update(of=("self",)).select_related("newsletter").get(pk=edition_id)
    if held.state != Edition.State.DRAFT:
        raise EditionError(_("This edition is already on its way."))
    return held


def _start(edition_id: int, *, user: Member | None) -> Edition:
    with transaction.atomic():
        held = _hold_draft(edition_id)
        Newsletter.objects.select_for_update().get(pk=held.newsletter_id)  # two editions of a day: one number each
        if not composing.visible_items(held) and not held.intro.strip():
            raise EditionError(_("There is nothing in it that readers could see: add a published story or some words."))
        _freeze(held)
        total = _queue(held)
        if not total:
            raise EditionError(_("Nobody is signed up for this newsletter yet."))
        held.job = begin_job("edition", target_id=held.pk, total=total, user=user)
        held.save()
        record("edition.started", actor=user, actor_label="clock", target=held, recipients=total)
        purge([held.newsletter.page_key, "newsletters"])
        for _number in range(LINES):
            wake(DELIVER_TASK, held.pk)
    return held


def _freeze(edition: Edition) -> None:
    edition.dated_on = timezone.localdate()
    last = Edition.objects.filter(newsletter=edition.newsletter, dated_on=edition.dated_on).aggregate(Max("number"))
    edition.number = (last["number__max"] or 0) + 1
    edition.state = Edition.State.SENDING
    edition.started_at = timezone.now()
    edition.subject = " ".join(edition.subject.split())  # a line break would end the header
    edition.html, edition.text = composing.compose(edition)


def _queue(edition: Edition) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_QUEUE, [edition.pk, edition.newsletter_id])
        return cursor.rowcount


def stop_sending(*, user: Member, edition: Edition) -> Edition:
    """What is queued stays unsent; what is being handed over may still leave."""
    _check_may_send(user)
    with transaction.atomic():
        held = Edition.objects.select_for_update().get(pk=edition.pk)
        if held.state != Edition.State.SENDING:
            raise EditionError(_("This edition is not being sent."))
        held.state = Edition.State.STOPPED
        held.finished_at = timezone.now()
        held.save(update_fields=["state", "finished_at"])
        if held.job_id:
            finish_job(held.job_id, error=_("Stopped at the desk."))
        record("edition.stopped", actor=user, target=held)
    return held


def send_test(*, user: Member, edition: Edition) -> None:
    """The edition as it stands, to the editor's own address. Raises EditionError."""
    if not user.has_perm("newsletters.change_edition"):
        raise EditionError(_("Only editors send tests of newsletters."))
    if not user.email:
        raise EditionError(_("Your account has no address that a test could go to."))
    html, text = composing.compose(edition, unsubscribe_url=settings.SITE_URL + reverse("newsletters:newsletters"))
    write_letter(
        "newsletters/test",
        cause=f"edition-test:{edition.pk}:{user.pk}:{timezone.now().timestamp():.0f}",  # a double click is one
        to_email=user.email,
        language=edition.newsletter.language,
        member_id=user.pk,
        context={"edition": edition, "html": html, "text": text},
    )


def recipients_count(edition: Edition) -> int:
    """How many would get it now."""
    return Signup.objects.confirmed().filter(newsletter=edition.newsletter).count()


def suppressed_among(emails: list[str]) -> set[str]:
    """Those of the addresses that must get no mail."""
    hashes = {digest: email for email in emails for digest in address_hashes(email)}
    found = Suppression.objects.filter(address_hash__in=hashes).values_list("address_hash", flat=True)
    return {hashes[one] for one in found}
