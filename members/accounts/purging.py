"""Forgetting addresses that never proved themselves, and what is left of sign-ins that are over."""

from datetime import timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import models, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from members.accounts.models import Member, SignedInBrowser, SignInLink, StaffLink
from newsroom.lib.models import Letter

UNPROVED_KEPT = timedelta(days=7)
CODE_LETTER = "members/sign_in_code"
BATCH = 1000
GO_WITH_THE_MEMBER = (EmailAddress, Authenticator, StaffLink, SignInLink, SignedInBrowser)  # by cascade


def purge_unproved() -> int:
    """Deletes members who asked for a code a week ago or longer and never entered it, with the letters that brought
    the code; answers how many. Whoever has anything else with us (a payment, a sign-up, another letter) stays. Safe to
    run twice."""
    deleted = 0
    stale = _empty().filter(joined_at__lt=timezone.now() - UNPROVED_KEPT).order_by("joined_at")
    while ids := list(stale.values_list("pk", flat=True)[:BATCH]):
        deleted += _forget(ids)
    return deleted


def purge_sign_ins() -> None:
    """Forgets links that have expired, and browsers whose session has. Safe to run twice."""
    SignInLink.objects.filter(expires_at__lt=timezone.now()).delete()
    # What was seen lately may be signing in at this moment.
    stale = SignedInBrowser.objects.filter(last_seen_at__lt=timezone.now() - timedelta(days=1))
    stale.exclude(pk__in=SignedInBrowser.objects.standing().values("pk")).delete()


def is_empty(member: Member) -> bool:
    """Never proved, and nothing but codes was ever asked for."""
    return _empty().filter(pk=member.pk).exists()


def forget_if_empty(member: Member) -> bool:
    """Deletes a member of whom there is nothing; answers whether it was so. Called in a transaction."""
    if not Member.objects.select_for_update().filter(pk=member.pk).exists():
        return True
    return is_empty(member) and _forget([member.pk]) == 1


def _forget(ids: list[int]) -> int:
    with transaction.atomic():
        Letter.objects.filter(member__in=ids).delete()
        return Member.objects.filter(pk__in=ids).delete()[1].get("members.Member", 0)


def _empty() -> models.QuerySet[Member]:
    stale = Member.objects.filter(proved_at__isnull=True, is_staff=False, erased_at__isnull=True)
    for relation in Member._meta.get_fields(include_hidden=True):
        if isinstance(relation, models.ManyToOneRel) and relation.related_model not in GO_WITH_THE_MEMBER:
            rows = relation.related_model._base_manager.filter(**{relation.field.name: OuterRef("pk")})
            if relation.related_model is Letter:
                rows = rows.exclude(kind=CODE_LETTER)
            stale = stale.exclude(Exists(rows))
    return stale
