"""Addresses that never proved themselves are forgotten after a week."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone

from members.accounts.models import Member
from members.accounts.purging import purge_unproved
from newsroom.lib.models import Letter


@pytest.fixture
def unproved(ask):
    ask("typo@example.org")
    Member.objects.filter(email="typo@example.org").update(joined_at=timezone.now() - timedelta(days=8))
    return Member.objects.get(email="typo@example.org")


def test_it_forgets_the_member_the_address_and_the_letter(unproved):
    assert purge_unproved() == 1
    assert not Member.objects.filter(pk=unproved.pk).exists()
    assert not EmailAddress.objects.filter(email="typo@example.org").exists()
    assert not Letter.objects.filter(to_email="typo@example.org").exists()


def test_it_can_run_twice(unproved):
    assert (purge_unproved(), purge_unproved()) == (1, 0)


def test_it_waits_a_week(unproved):
    Member.objects.filter(pk=unproved.pk).update(joined_at=timezone.now() - timedelta(days=6))
    assert purge_unproved() == 0


def test_it_keeps_whoever_proved_the_address(unproved):
    Member.objects.filter(pk=unproved.pk).update(proved_at=timezone.now())
    assert purge_unproved() == 0


def test_it_keeps_whoever_has_something_with_us(unproved, tier):
    from members.patronage.models import Period

    now = timezone.now()
    Period.objects.create(
        member=unproved, tier=tier, cause=Period.Cause.FREE, starts_at=now, ends_at=now + timedelta(1)
    )
    assert purge_unproved() == 0


def test_it_keeps_whoever_got_another_letter(unproved):
    Letter.objects.filter(member=unproved).update(kind="members/receipt")
    assert purge_unproved() == 0
