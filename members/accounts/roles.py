"""Roles of the staff: groups, made with their permissions by the migration `0003_roles`."""

from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from members.accounts.errors import AccountError
from members.accounts.models import Member
from newsroom.lib.audit import record

WRITER = "writer"
EDITOR = "editor"
MEMBERSHIP_MANAGER = "membership manager"
PUBLISHER = "publisher"
OPERATOR = "operator"
ROLES = (WRITER, EDITOR, MEMBERSHIP_MANAGER, PUBLISHER, OPERATOR)

GRANT = "members.grant_role"


def grant_role(*, user: Member | None, member: Member, role: str) -> None:
    """Gives `member` the role and makes them staff. `user` None is the system itself: a command, a test, the demo.
    Raises PermissionDenied and AccountError."""
    _check_may(user)
    group = _find_group(role)
    with transaction.atomic():
        row = Member.objects.select_for_update().get(pk=member.pk)
        if not row.is_active:
            raise AccountError(_("This account is not active; a role would be of no use to it."))
        row.is_staff = True
        row.save(update_fields=["is_staff"])
        row.groups.add(group)
        record("member.role_granted", actor=user, target=row, role=role)
    member.is_staff = True


def revoke_role(*, user: Member | None, member: Member, role: str) -> None:
    """Takes the role away; whoever has none left is no longer staff. Works at the next request of theirs. Raises
    PermissionDenied and AccountError."""
    _check_may(user)
    if user is not None and user.pk == member.pk:
        raise AccountError(_("You cannot take a role from yourself. Ask another publisher."))
    group = _find_group(role)
    with transaction.atomic():
        row = Member.objects.select_for_update().get(pk=member.pk)
        row.groups.remove(group)
        row.is_staff = row.is_superuser or row.groups.exists()
        row.save(update_fields=["is_staff"])
        record("member.role_revoked", actor=user, target=row, role=role)
    member.is_staff = row.is_staff


def _check_may(user: Member | None) -> None:
    if user is not None and not user.has_perm(GRANT):
        raise PermissionDenied(_("Only a publisher gives and takes roles."))


def _find_group(role: str) -> Group:
    group = Group.objects.filter(name=role).first() if role in ROLES else None
    if group is None:
        raise AccountError(_("There is no role “%(role)s”.") % {"role": role})
    return group
