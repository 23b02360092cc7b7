"""Correcting a member's address from the desk, when the member cannot: mistyped at the checkout, or lost for good.

The address is the member's own to prove: a link goes to the new one, a notice to the old one, and until the link's page
is answered nothing changes. What waits to be sent goes to the new one then; what stands at Stripe, and links that are
on their way, follow by an Outbox row.
"""

from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from members.accounts.addresses import find_member
from members.accounts.browsers import forget_browsers
from members.accounts.errors import AccountError
from members.accounts.models import AddressChange, Member
from members.accounts.purging import forget_if_empty, is_empty
from members.accounts.roles import GRANT
from members.accounts.sign_in_links import end_sign_in_links
from newsroom.lib.audit import record
from newsroom.lib.letters import withdraw_letters, write_letter
from newsroom.lib.models import Letter
from newsroom.lib.outbox import owe
from newsroom.lib.tokens import hash_token, new_token

LINK_LASTS = timedelta(days=3)
MOVED = "member.address_moved"  # the kind of the Outbox row
ADDRESS_ASKED = "member.address_asked"  # in the audit, with why
PROOF, NOTICE = "members/address_proof", "members/address_notice"  # letters
State = AddressChange.State


def ask_address(*, user: Member, member: Member, email: str, why: str) -> AddressChange:
    """Sends the link to `email` and a notice to the address that holds until it is proved; a change asked for earlier
    ends. The audit says who asked and why, never the address. Raises PermissionDenied (staff are a publisher's to
    change) and AccountError."""
    _require(user, member)
    email, why = email.strip().lower(), why.strip()
    if not why:
        raise AccountError(_("Please say why: the audit keeps it."))
    try:
        validate_email(email)
    except ValidationError as error:
        raise AccountError(_("This is not an e-mail address.")) from error
    token = new_token()
    with transaction.atomic():
        row = _lock(member.pk)
        if row.email == email:
            raise AccountError(_("This is the address already."))
        _refuse_taken(email)
        _end_open(row)
        change = AddressChange.objects.create(
            member=row, email=email, token_hash=hash_token(token), asked_by=user, expires_at=timezone.now() + LINK_LASTS
        )
        record(ADDRESS_ASKED, actor=user, target=row, why=why[:200])
        _write_to_new(change, token)
        _write_to_old(change, row.email or "", is_done=False)
    return change


def withdraw_address(*, user: Member, member: Member) -> None:
    """The link that was sent is worth nothing any more. Raises PermissionDenied."""
    _require(user, member)
    with transaction.atomic():
        row = _lock(member.pk)
        if _end_open(row):
            record("member.address_withdrawn", actor=user, target=row)


def waiting_address(member: Member) -> AddressChange | None:
    """The change that waits for its proof."""
    return member.address_changes.filter(state=State.OPEN, expires_at__gt=timezone.now()).first()


def find_address_change(token: str) -> AddressChange | None:
    """While it can still be proved."""
    open_now = AddressChange.objects.filter(
        state=State.OPEN, expires_at__gt=timezone.now(), token_hash=hash_token(token)
    )
    return open_now.select_related("member").first()


def prove_new_address(*, token: str) -> AddressChange:
    """Whoever has read the letter answers its page: from now on the address is the member's, every session ends, and
    Stripe is told. Once, however many clicks there are. Raises AccountError: used, expired, withdrawn, erased, taken
    by somebody else meanwhile, or not for who asked to change any more (the member came to the desk, or they left
    it)."""
    try:
        with transaction.atomic():
            change = find_address_change(token)
            row = _lock(change.member_id) if change else None
            change = find_address_change(token)  # again, under the member's lock
            if change is None or row is None or not _may(change.asked_by, row):
                raise AccountError(_("This link is used or has expired. Please write to the newsroom."))
            _refuse_taken(change.email)
            _move(change, row)
    except IntegrityError as error:  # somebody signed up with it at the same moment
        raise _taken() from error
    return change


def _may(user: Member, member: Member) -> bool:
    return user.has_perm("members.change_member") and (not member.is_staff or user.has_perm(GRANT))


def _require(user: Member, member: Member) -> None:
    if not _may(user, member):
        raise PermissionDenied(
            _("Only membership managers may correct an address, and that of staff only a publisher.")
        )


def _lock(member_id: int) -> Member:
    row = Member.objects.select_for_update(no_key=True).get(pk=member_id)
    if row.erased_at is not None:
        raise AccountError(_("This account was erased."))
    if not row.is_active:
        raise AccountError(_("This account is closed."))
    return row


def _refuse_taken(email: str) -> None:
    """An account that only ever asked for a code, as somebody does who tries to sign in too early, is in nobody's
    way."""
    other = find_member(email)
    if other is not None and not is_empty(other):
        raise _taken()


def _taken() -> AccountError:
    return AccountError(_("This address belongs to an account already."))


def _end_open(member: Member) -> bool:
    open_ones = AddressChange.objects.filter(member=member, state=State.OPEN)
    for change in open_ones:
        withdraw_letters(_cause(change.pk, ""))
    return bool(open_ones.update(state=State.ENDED, closed_at=timezone.now()))


def _move(change: AddressChange, row: Member) -> None:
    before, now = row.email or "", timezone.now()
    other = find_member(change.email)
    if other is not None and not forget_if_empty(other):
        raise _taken()
    forget_browsers(row)
    end_sign_in_links(row)  # they went to the address before
    EmailAddress.objects.filter(user=row).delete()
    EmailAddress.objects.create(user=row, email=change.email, primary=True, verified=True)
    row.email, row.proved_at = change.email, now
    row.session_generation += 1
    row.save(update_fields=["email", "proved_at", "session_generation"])
    change.state, change.closed_at = State.PROVED, now
    change.save(update_fields=["state", "closed_at"])
    record("member.address_proved", actor=row, target=row)
    _redirect_letters(row, before)
    _write_to_old(change, before, is_done=True)
    owe(MOVED, change.pk, member_id=row.pk, change_id=change.pk)


def _redirect_letters(row: Member, before: str) -> None:
    """What has not left, or could not be delivered, is for the address that holds now. What holds a code or a link was
    for whoever reads the old one, and so is the notice."""
    unsent = Letter.objects.filter(member=row, to_email__iexact=before)
    unsent = unsent.filter(state__in=(Letter.State.QUEUED, Letter.State.FAILED)).exclude(kind=NOTICE)
    unsent.exclude(is_urgent=True, expires_at__isnull=False).update(to_email=row.email)


def _write_to_new(change: AddressChange, token: str) -> None:
    with translation.override(change.member.language):
        link = settings.SITE_URL + reverse("account_prove_address", args=[token])
    _write(PROOF, change, change.email, "new", link=link, days=LINK_LASTS.days, expires_at=change.expires_at)


def _write_to_old(change: AddressChange, email: str, *, is_done: bool) -> None:
    """It names no address: an old one that was mistyped is a stranger's."""
    if email:
        _write(NOTICE, change, email, "done" if is_done else "old", is_done=is_done)


def _cause(change_id: int, name: str) -> str:
    return f"address-change:{change_id}:{name}"


def _write(kind: str, change: AddressChange, email: str, cause: str, *, expires_at: Any = None, **context: Any) -> None:
    member = change.member
    write_letter(
        kind, cause=_cause(change.pk, cause), to_email=email, language=member.language, member_id=member.pk,
        is_urgent=True, expires_at=expires_at, context={"member": member, **context},
    )  # fmt: skip
