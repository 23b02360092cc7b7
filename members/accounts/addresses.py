"""Addresses: whom one belongs to, and what proving it does. allauth's EmailAddress is the truth, Member.email its
mirror; both are stored in lower case."""

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models.functions import Lower
from django.utils import timezone

from members.accounts.models import Member
from newsroom.lib.audit import record


def find_member(email: str) -> Member | None:
    """The member whose address this is, proved or not."""
    email = email.strip().lower()
    proved = EmailAddress.objects.filter(email=email, verified=True).select_related("user").first()
    if proved is not None:
        return proved.user
    return Member.objects.alias(folded=Lower("email")).filter(folded=email).first()


def standing_member(member: Member) -> Member:
    """The member into whom this one was merged, over as many merges as there were; else the same one."""
    passed = {member.pk}
    while member.merged_into is not None and member.merged_into_id not in passed:
        member = member.merged_into
        passed.add(member.pk)
    return member


def admit_address(*, email: str, language: str) -> Member | None:
    """The member who may sign in by a code sent to `email`: the known one, else a new one whose address is not proved
    yet. None where a code must not be sent, as to an account that is closed.

    Two requests at once make one member: PostgreSQL's unique index decides.
    """
    email = email.strip().lower()
    member = find_member(email)
    if member is None:
        new = Member(email=email, language=language)
        new.set_unusable_password()
        Member.objects.bulk_create([new], ignore_conflicts=True)
        member = find_member(email)
    if member is None or not member.is_active or member.erased_at is not None:
        return None
    is_first = not EmailAddress.objects.filter(user=member, primary=True).exists()
    EmailAddress.objects.bulk_create([EmailAddress(user=member, email=email, primary=is_first)], ignore_conflicts=True)
    return member


def prove_address(*, member: Member) -> None:
    """The code was entered: from now on the member stays. allauth marks the EmailAddress itself."""
    with transaction.atomic():
        is_new = Member.objects.filter(pk=member.pk, proved_at__isnull=True).update(proved_at=timezone.now())
        if is_new:
            record("member.proved", actor=member, target=member)
