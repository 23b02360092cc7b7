"""Asking for a newsletter, proving the address, leaving, and coming back."""

from collections.abc import Iterable
from datetime import timedelta
from hashlib import blake2b

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from members.accounts.addresses import admit_address, prove_address
from members.accounts.models import Member
from newsletters.addresses import is_suppressed
from newsletters.models import Newsletter, Signup
from newsroom.lib.audit import record
from newsroom.lib.letters import write_letter

CONFIRM_SALT = "newsletters.confirm"
CONFIRM_LASTS_SECONDS = 60 * 60 * 24 * 7
CONFIRM_LETTER = "newsletters/confirm"
IS_ANEW_AFTER = timedelta(days=1)
ACCOUNT_PAGE = "/account/newsletters/"


class SignupError(Exception):
    """This cannot be done. The text can be shown to a person."""


def ask_signup(*, email: str, newsletters: Iterable[Newsletter], language: str, source: str, network_hash: str) -> None:
    """Notes the wish and writes to the address; nothing is sent to it until its owner has confirmed. Says the same
    and does the same for known and unknown addresses, so that nobody learns who reads what. A suppressed address gets
    no mail."""
    wanted = [newsletter for newsletter in newsletters if newsletter.is_active]
    email = email.strip().lower()
    if not wanted or is_suppressed(email):
        return
    with transaction.atomic():
        member = admit_address(email=email, language=language)
        if member is None:
            return
        signups = [_ask_one(member, newsletter, source, network_hash) for newsletter in wanted]
        _write_confirmation(member, email, wanted, signups, language)


def _ask_one(member: Member, newsletter: Newsletter, source: str, network_hash: str) -> Signup:
    """The one row of member and newsletter; who left may ask again, who gets it keeps it. Who asks again on another day
    has as long to confirm as at first: the row lives by when it was asked for. Locked, so that no purge takes it from
    under the letter."""
    proof = {"source": source[:200], "network_hash": network_hash}
    rows = Signup.objects.select_for_update(no_key=True)
    signup, is_new = rows.get_or_create(newsletter=newsletter, member=member, defaults=proof)
    if is_new:
        return signup
    now = timezone.now()
    if signup.state == Signup.State.LEFT:
        _set_state(signup, Signup.State.PENDING, confirmed_at=None, asked_at=now, **proof)
    elif signup.state == Signup.State.PENDING and signup.asked_at < now - IS_ANEW_AFTER:
        _set_state(signup, Signup.State.PENDING, asked_at=now, **proof)
    return signup


def _write_confirmation(
    member: Member, email: str, wanted: list[Newsletter], signups: list[Signup], language: str
) -> None:
    """One letter a day for one wish, so that nobody can be flooded; who left and asks again gets a new one."""
    ids = sorted(signup.pk for signup in signups)
    token = signing.dumps({"member": member.pk, "signups": ids}, salt=CONFIRM_SALT, compress=True)
    with translation.override(language):
        path = reverse("newsletters:signup-confirm", args=[token])
    wish = [(signup.pk, signup.asked_at.timestamp()) for signup in sorted(signups, key=lambda row: row.pk)]
    digest = blake2b(repr(wish).encode(), digest_size=12).hexdigest()
    write_letter(
        CONFIRM_LETTER,
        cause=f"signup-confirm:{member.pk}:{timezone.now():%Y%m%d}:{digest}",
        to_email=email,
        language=language,
        member_id=member.pk,
        is_urgent=True,
        context={"newsletters": wanted, "confirm_url": settings.SITE_URL + path},
    )


def signups_of_token(token: str) -> list[Signup]:
    """The sign-ups that a confirmation link names, without those that were ended since: who left asks anew. Raises
    signing.BadSignature for a link that is not ours or older than a week."""
    data = signing.loads(token, salt=CONFIRM_SALT, max_age=CONFIRM_LASTS_SECONDS)
    named = Signup.objects.filter(pk__in=data["signups"], member_id=data["member"])
    return list(named.exclude(state=Signup.State.LEFT).select_related("newsletter", "member"))


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
                prove_address(member=signup.member)
                record("signup.confirmed", actor_label="reader", target=signup)


def set_signups(*, member: Member, newsletters: Iterable[Newsletter]) -> None:
    """Makes the offered newsletters that the member gets exactly these; one that is no longer offered stays as it is.
    The address has proved itself by signing in. Raises SignupError."""
    if member.proved_at is None:
        raise SignupError(_("Your address has not proved itself yet: please sign in with a code."))
    wanted = {newsletter.pk for newsletter in newsletters if newsletter.is_active}
    with transaction.atomic():
        Member.objects.select_for_update(no_key=True).only("pk").get(pk=member.pk)  # two clicks, one after the other
        offered = Newsletter.objects.filter(is_active=True).values_list("pk", flat=True)
        held = {row.newsletter_id: row for row in Signup.objects.filter(member=member, newsletter__in=offered)}
        changed = [pk for pk in offered if _set_one(member, pk, held.get(pk), is_wanted=pk in wanted)]
        if changed:
            record("signups.set", actor=member, target=member, newsletters=sorted(wanted))


def _set_one(member: Member, newsletter_id: int, row: Signup | None, *, is_wanted: bool) -> bool:
    """Whether anything changed."""
    now = timezone.now()
    if not is_wanted:
        if row is not None and row.state != Signup.State.LEFT:
            return _set_state(row, Signup.State.LEFT, left_at=now)
        return False
    if row is None:
        row, _is_new = Signup.objects.get_or_create(member=member, newsletter_id=newsletter_id)
    if row.state == Signup.State.CONFIRMED:
        return False
    return _set_state(
        row, Signup.State.CONFIRMED, source=ACCOUNT_PAGE, network_hash="", asked_at=now, confirmed_at=now, left_at=None
    )


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


def _set_state(row: Signup, state: Signup.State, **changes: object) -> bool:
    for name, value in {"state": state, **changes}.items():
        setattr(row, name, value)
    return bool(Signup.objects.filter(pk=row.pk).update(state=state, **changes))
