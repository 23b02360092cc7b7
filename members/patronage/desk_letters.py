"""Letters to those at the desk who have to look at something."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.urls import reverse

from members.accounts.models import Member
from members.accounts.roles import MEMBERSHIP_MANAGER, PUBLISHER
from newsroom.lib.letters import write_letter

LOOK_AFTER_MEMBERS = (MEMBERSHIP_MANAGER, PUBLISHER)


def write_to_desk(
    letter: str, /, *, cause: str, page: str, roles: Iterable[str] = LOOK_AFTER_MEMBERS, **context: Any
) -> None:
    """One letter to each person of these roles who can be written to, once for each `cause`; it leads to the list of
    `page` at the desk. Called in the transaction that writes down what it tells."""
    desk = Member.objects.filter(groups__name__in=roles, is_active=True, email__isnull=False)
    desk_url = settings.SITE_URL + reverse(f"admin:members_{page}_changelist")
    for person in desk.distinct():
        write_letter(
            f"members/{letter}", cause=f"{cause}:{person.pk}", to_email=person.email or "", language=person.language,
            member_id=person.pk, context={"member": person, "desk_url": desk_url, **context},
        )  # fmt: skip
