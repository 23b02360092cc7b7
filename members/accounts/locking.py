"""Ending sessions: one's own everywhere, or all that opens the house to a person."""

from allauth.mfa.models import Authenticator
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.models import PreviewLink
from members.accounts.browsers import forget_browsers
from members.accounts.models import Member
from members.accounts.sign_in_links import end_sign_in_links
from members.accounts.staff_links import end_staff_links
from newsroom.lib.audit import MISSING_ACTOR_LABEL, record

LOCK_OUT = "members.lock_out_member"


def lock_out(*, user: Member | None, member: Member, actor_label: str = MISSING_ACTOR_LABEL) -> None:
    """Ends at once every session, passkey, app, recovery code, remembered device, sign-in under way, staff link and
    preview link of `member`. Staff come back by a new staff link only (see `factors.is_enrolment_closed`), readers by
    a code. Raises PermissionDenied."""
    if user is not None and not user.has_perm(LOCK_OUT):
        raise PermissionDenied(_("Only a publisher locks people out."))
    now = timezone.now()
    with transaction.atomic():
        _end_sessions(member)
        Member.objects.filter(pk=member.pk).update(locked_out_at=now)
        Authenticator.objects.filter(user=member).delete()
        end_staff_links(member)
        PreviewLink.objects.filter(created_by=member, revoked_at__isnull=True).update(revoked_at=now)
        record("member.locked_out", actor=user, actor_label=actor_label, target=member)
    member.refresh_from_db(fields=["session_generation", "locked_out_at"])


def sign_out_everywhere(*, user: Member) -> None:
    """Ends every session of the person who asks. The caller keeps the one that asked, if it should stay."""
    with transaction.atomic():
        _end_sessions(user)
        record("member.signed_out_everywhere", actor=user, target=user)
    user.refresh_from_db(fields=["session_generation"])


def _end_sessions(member: Member) -> None:
    """The generation is part of each session's hash: those that nobody wrote down end as well."""
    Member.objects.select_for_update(no_key=True).get(pk=member.pk)
    forget_browsers(member)
    end_sign_in_links(member)
    Member.objects.filter(pk=member.pk).update(session_generation=F("session_generation") + 1)
