"""The name a member chose for the thank-you list. Empty, as it is at first: the list does not know of the member."""

from django.db import transaction

from members.accounts.models import Member
from newsroom.lib.audit import record
from newsroom.lib.page_cache import purge

THANKS_KEY = "thank-you-list"


def set_display_name(*, member: Member, name: str) -> None:
    """Shows `name` on the list while the member is a patron, or nothing if it is empty. The stored page is dropped at
    once; browsers and proxies keep theirs for a minute. The audit says that it changed, never the name."""
    with transaction.atomic():
        row = Member.objects.select_for_update(no_key=True).get(pk=member.pk)
        if row.display_name == name:
            return
        Member.objects.filter(pk=member.pk).update(display_name=name)
        record("member.thanked_by_name" if name else "member.name_withdrawn", actor=member, target=member)
        purge([THANKS_KEY])
    member.display_name = name
