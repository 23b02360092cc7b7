"""Staff's notes on a member."""

from django.db import transaction
from django.utils.translation import gettext as _

from members.accounts.models import Member
from members.patronage.errors import NotAllowed, PatronageError
from members.patronage.models import MemberNote
from newsroom.lib.audit import record


def write_note(*, user: Member, member: Member, text: str) -> MemberNote:
    """Kept beside the member; the audit says that there is one, never what it says. Raises NotAllowed,
    PatronageError."""
    if not user.has_perm("members.add_membernote"):
        raise NotAllowed(_("Only membership managers may write notes on members."))
    if not text.strip():
        raise PatronageError(_("The note is empty."))
    with transaction.atomic():
        note = MemberNote.objects.create(member=member, text=text.strip()[:4000], written_by=user)
        record("member.noted", actor=user, target=member, note=note.pk)
    return note
