"""The way back in for staff whose mail or second factor is lost: a one-time address that a publisher or the machine's
operator hands over. The token is shown once; only its hash is kept."""

from datetime import timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from members.accounts.errors import AccountError
from members.accounts.models import Member, StaffLink
from newsroom.lib.audit import MISSING_ACTOR_LABEL, record
from newsroom.lib.tokens import hash_token, new_token

LINK_LASTS = timedelta(minutes=15)
ISSUE = "members.add_stafflink"


def issue_staff_link(*, issued_by: Member | None, member: Member, actor_label: str = MISSING_ACTOR_LABEL) -> str:
    """The full address of a new link, good for fifteen minutes and one use; the person's earlier ones end.
    `issued_by` None is the command line, named by `actor_label`. Raises PermissionDenied and AccountError."""
    _check_may(issued_by, member)
    if not (member.is_staff and member.is_active):
        raise AccountError(_("A sign-in link is for active staff only. Readers sign in by a code."))
    token = new_token()
    with transaction.atomic():
        Member.objects.select_for_update().get(pk=member.pk)
        end_staff_links(member)
        StaffLink.objects.create(
            member=member, issued_by=issued_by, token_hash=hash_token(token), expires_at=timezone.now() + LINK_LASTS
        )
        record("staff_link.issued", actor=issued_by, actor_label=actor_label, target=member)
    return settings.SITE_URL + reverse("account_staff_link", args=[token])


def find_staff_link(token: str) -> StaffLink | None:
    """The link while it can still be used."""
    return StaffLink.objects.open_now().filter(token_hash=hash_token(token)).select_related("member").first()


def use_staff_link(*, token: str) -> Member:
    """Spends the link and answers whose it is. Raises AccountError when it is spent, expired or unknown."""
    with transaction.atomic():
        link = StaffLink.objects.open_now().select_for_update(of=("self",)).filter(token_hash=hash_token(token)).first()
        if link is None or not link.member.is_staff:
            raise AccountError(_("This sign-in link is used or has expired. Ask for a new one."))
        link.used_at = timezone.now()
        link.save(update_fields=["used_at"])
        record("staff_link.used", actor=link.member, target=link.member)
    return link.member


def end_staff_links(member: Member) -> None:
    now = timezone.now()
    member.staff_links.filter(used_at__isnull=True, expires_at__gt=now).update(expires_at=now)


def _check_may(user: Member | None, member: Member) -> None:
    if user is None:
        return
    if not user.has_perm(ISSUE):
        raise PermissionDenied(_("Only a publisher hands out sign-in links."))
    if member.is_superuser and not user.is_superuser:  # a link is a way to become that person
        raise PermissionDenied(_("A link for this person can only be made at the machine: manage.py staff_link."))
