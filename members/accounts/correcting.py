"""Correcting a member's address from the desk, when the member cannot: mistyped at the checkout, or lost for good."""

from allauth.account.models import EmailAddress
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from members.accounts.addresses import find_member
from members.accounts.errors import AccountError
from members.accounts.models import Member
from members.accounts.roles import GRANT
from newsroom.lib.audit import record


def correct_address(*, user: Member, member: Member, email: str, why: str) -> None:
    """From now on the member signs in with a code sent to `email`, which proves it; until then it is not proved, and
    every session ends. The audit says who did it and why, never the address. Raises PermissionDenied (staff are a
    publisher's to change) and AccountError."""
    if not user.has_perm("members.change_member") or (member.is_staff and not user.has_perm(GRANT)):
        raise PermissionDenied(
            _("Only membership managers may correct an address, and that of staff only a publisher.")
        )
    email, why = email.strip().lower(), why.strip()
    if not why:
        raise AccountError(_("Please say why: the audit keeps it."))
    try:
        validate_email(email)
    except ValidationError as error:
        raise AccountError(_("This is not an e-mail address.")) from error
    if find_member(email) is not None:
        raise AccountError(_("This address belongs to an account already."))
    try:
        with transaction.atomic():
            _set_address(member.pk, email)
            record("member.address_corrected", actor=user, target=member, why=why[:200])
    except IntegrityError as error:  # somebody signed up with it a moment ago
        raise AccountError(_("This address belongs to an account already.")) from error
    member.refresh_from_db()


def _set_address(member_id: int, email: str) -> None:
    row = Member.objects.select_for_update().get(pk=member_id)
    if row.erased_at is not None:
        raise AccountError(_("This account was erased."))
    EmailAddress.objects.filter(user=row).delete()
    EmailAddress.objects.create(user=row, email=email, primary=True, verified=False)
    row.email, row.proved_at = email, None
    row.session_generation += 1
    row.save(update_fields=["email", "proved_at", "session_generation"])
