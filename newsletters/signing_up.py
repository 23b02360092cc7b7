"""Asking for a newsletter, proving the address, leaving, and coming back."""

from collections.abc import Iterable

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation

from members.accounts.models import Member
from newsletters.addresses import is_suppressed
from newsletters.models import Newsletter, Signup
from newsroom.lib.audit import record
from newsroom.lib.letters import write_letter

CONFIRM_SALT = "newsletters.confirm"
CONFIRM_LASTS_SECONDS = 60 * 60 * 24 * 7


def ask_signup(
    *, email: str, newsletters: Iterable[Newsletter], language: str, source: str, network_hash: str
) -> None:
    """Notes the wish and writes to the address; nothing is sent to it until its owner has confirmed. Says the same
    and does the same for known and unknown addresses, so that nobody learns who reads what. A suppressed address gets
    no mail."""
    wanted = [newsletter for newsletter in newsletters if newsletter.is_active]
    email = email.strip().lower()
    if not wanted or is_suppressed(email):
        return
    with transaction.atomic():
        member = _member_for(email, language)
        ids = [_ask_one(member, newsletter, source, network_hash).pk for newsletter in wanted]
        _write_confirmation(member, wanted, ids, language)


def _member_for(email: str, language: str) -> Member:
    member = Member.objects.filter(email__iexact=email).first()
    return member or Member.objects.create_user(email, language=language)


def _ask_one(member: Member, newsletter: Newsletter, source: str, network_hash: str) -> Signup:
    """The one row of member and newsletter; who left may ask again, who gets it keeps it."""
    signup, is_new = Signup.objects.get_or_create(
        newsletter=newsletter, member=member, defaults={"source": source[:200], "network_hash": network_hash}
    )
    if not is_new and signup.state == Signup.State.LEFT:
        Signup.objects.filter(pk=signup.pk).update(
            state=Signup.State.PENDING, source=source[:200], network_hash=network_hash, asked_at=timezone.now(),
            confirmed_at=None,
        )  # fmt: skip
    return signup


def _write_confirmation(member: Member, wanted: list[Newsletter], ids: list[int], language: str) -> None:
    token = signing.dumps({"member": member.pk, "signups": ids}, salt=CONFIRM_SALT, compress=True)
    with translation.override(language):
        path = reverse("newsletters:signup-confirm", args=[token])
    hour = timezone.now().strftime("%Y%m%d%H")
    write_letter(
        "newsletters/confirm",
        cause=f"signup-confirm:{member.pk}:{'-'.join(map(str, sorted(ids)))}:{hour}"[:120],
        to_email=member.email or "",
        language=language,
        member_id=member.pk,
        is_urgent=True,
        context={"newsletters": wanted, "confirm_url": settings.SITE_URL + path},
    )


def signups_of_token(token: str) -> list[Signup]:
    """The sign-ups that a confirmation link names. Raises signing.BadSignature for a link that is not ours or older
    than a week."""
    data = signing.loads(token, salt=CONFIRM_SALT, max_age=CONFIRM_LASTS_SECONDS)
    return list(
        Signup.objects.filter(pk__in=data["signups"], member_id=data["member"]).select_related("newsletter", "member")
    )


def confirm_signups(*, signups: Iterable[Signup]) -> None:
    """The owner of the address has answered: the pending ones begin, and the address has proved itself. Twice is
    once."""
    now = timezone.now()
    for signup in signups:
        with transaction.atomic():
            changed = Signup.objects.filter(pk=signup.pk, state=Signup.State.PENDING).update(
                state=Signup.State.CONFIRMED, confirmed_at=now, left_at=None
            )
            if changed:
                Member.objects.filter(pk=signup.member_id, proved_at__isnull=True).update(proved_at=now)
                record("signup.confirmed", actor_label="reader", target=signup)


def set_signups(*, member: Member, newsletters: Iterable[Newsletter]) -> None:
    """Makes the member's newsletters exactly these; the address has proved itself by signing in."""
    wanted = {newsletter.pk for newsletter in newsletters if newsletter.is_active}
    now = timezone.now()
    with transaction.atomic():
        held = {row.newsletter_id: row for row in Signup.objects.select_for_update().filter(member=member)}
        for newsletter_id in wanted - held.keys():
            Signup.objects.create(
                newsletter_id=newsletter_id, member=member, state=Signup.State.CONFIRMED, confirmed_at=now,
                source="/account/newsletters/",
            )  # fmt: skip
        for newsletter_id, row in held.items():
            if newsletter_id in wanted and row.state != Signup.State.CONFIRMED:
                _set_state(row, Signup.State.CONFIRMED, confirmed_at=now, left_at=None)
            elif newsletter_id not in wanted and row.state != Signup.State.LEFT:
                _set_state(row, Signup.State.LEFT, left_at=now)
        record("signups.set", actor=member, target=member, newsletters=sorted(wanted))


def leave(*, signup: Signup) -> None:
    """Ends it at once; leaving twice is leaving once. Asked for by whoever holds the token, so by any reader of the
    mail: that is what one click means (RFC 8058)."""
    with transaction.atomic():
        changed = (
            Signup.objects.filter(pk=signup.pk)
            .exclude(state=Signup.State.LEFT)
            .update(state=Signup.State.LEFT, left_at=timezone.now())
        )
        if changed:
            record("signup.left", actor_label="reader", target=signup)


def come_back(*, signup: Signup) -> None:
    """Undoes a click too many on the page that follows it."""
    with transaction.atomic():
        changed = Signup.objects.filter(pk=signup.pk, state=Signup.State.LEFT, confirmed_at__isnull=False).update(
            state=Signup.State.CONFIRMED, left_at=None
        )
        if changed:
            record("signup.returned", actor_label="reader", target=signup)


def _set_state(row: Signup, state: Signup.State, **changes: object) -> None:
    Signup.objects.filter(pk=row.pk).update(state=state, **changes)
