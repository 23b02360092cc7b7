"""Periods alone say who is a patron."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from members.accounts.models import Member
from members.patronage import rights
from members.patronage.errors import NotAllowed, PatronageError
from members.patronage.models import Payment, Period, Tier
from newsroom.lib.money import Money

pytestmark = pytest.mark.django_db


def test_it_knows_patrons_one_by_one_and_as_a_list(patron, member):
    assert rights.is_patron(patron) and not rights.is_patron(member)
    assert list(rights.patrons()) == [patron] and rights.count_patrons() == 1


@pytest.mark.parametrize("change", [{"revoked_at": timezone.now()}, {"ends_at": timezone.now() - timedelta(hours=1)}])
def test_it_ends_with_the_period(patron, change):
    Period.objects.update(**change)
    assert not rights.is_patron(patron) and rights.votes_allowance(patron) == 0


def test_it_takes_the_votes_of_the_highest_tier(patron, tier):
    pilot = Tier.objects.create(key="pilot", name="Pilot", position=9, votes_per_round=5)
    now = timezone.now()
    Period.objects.create(
        member=patron, tier=pilot, cause=Period.Cause.FREE, starts_at=now, ends_at=now + timedelta(days=2)
    )
    assert rights.votes_allowance(patron) == 5
    Tier.objects.filter(pk=pilot.pk).update(votes_per_round=None)
    assert rights.votes_allowance(patron) == 3  # the newsroom's own number


def test_it_gives_free_time_one_after_the_other(manager, member, tier):
    first = rights.grant_free_period(user=manager, member=member, tier=tier, days=10)
    second = rights.grant_free_period(user=manager, member=member, tier=tier, days=10)
    assert second.starts_at == first.ends_at and rights.is_patron(member)


def test_it_lets_managers_give_and_take_and_nobody_else(manager, editor, member, tier):
    with pytest.raises(NotAllowed):
        rights.grant_free_period(user=editor, member=member, tier=tier, days=10)
    period = rights.grant_free_period(user=manager, member=member, tier=tier, days=10)
    with pytest.raises(NotAllowed):
        rights.revoke_period(user=editor, period=period)
    rights.revoke_period(user=manager, period=period)
    assert not rights.is_patron(member)


def test_the_account_says_to_where_all_that_was_given_reaches(manager, member, member_client, manager_client, tier):
    for days in (10, 20):
        last = rights.grant_free_period(user=manager, member=member, tier=tier, days=days)
    day = date_format(timezone.localtime(last.ends_at), "j E Y")
    assert rights.patron_until(member) == last.ends_at
    assert f"You are a patron until {day}." in member_client.get("/account/").content.decode()
    assert f"until {day}" in manager_client.get(reverse("desk-member", args=[member.pk])).content.decode()
    first = Period.objects.earliest("pk")
    rights.revoke_period(user=manager, period=last)
    assert rights.patron_until(member) == first.ends_at
    Period.objects.filter(pk=last.pk).update(revoked_at=None, starts_at=first.ends_at + timedelta(days=1))
    assert rights.patron_until(member) == first.ends_at  # there is a gap
    Period.objects.filter(pk=first.pk).update(ends_at=timezone.now())
    assert rights.patron_until(member) is None


def test_who_was_erased_is_counted_no_more(patron, manager_client):
    assert manager_client.get("/admin/").context["patrons"] == 1
    Member.objects.filter(pk=patron.pk).update(erased_at=timezone.now(), is_active=False)
    assert manager_client.get("/admin/").context["patrons"] == rights.count_patrons() == 0 and not rights.patrons()


def test_a_gift_that_waits_is_told_by_itself(patron, tier):
    until = rights.patron_until(patron)
    gift = Period.objects.create(
        member=patron, tier=tier, cause="gift", starts_at=until, ends_at=until + timedelta(days=90)
    )
    assert rights.patron_until(patron) == until
    Period.objects.filter(pk=gift.pk).update(starts_at=timezone.now() - timedelta(days=1))
    assert rights.patron_until(patron) == until + timedelta(days=90)


def test_it_gives_nothing_to_a_closed_account(manager, member, tier, manager_client):
    Member.objects.filter(pk=member.pk).update(is_active=False)
    with pytest.raises(PatronageError, match="closed"):
        rights.grant_free_period(user=manager, member=member, tier=tier, days=10)
    answer = manager_client.post(
        reverse("admin:members_period_add"), {"member": member.pk, "tier": tier.pk, "days": "10"}
    )
    assert answer.status_code == 200 and "This account is closed" in answer.content.decode()
    assert not Period.objects.filter(member=member).exists()


@pytest.mark.parametrize("days", [0, -1, 4000])
def test_it_refuses_days_without_sense(manager, member, tier, days):
    with pytest.raises(PatronageError):
        rights.grant_free_period(user=manager, member=member, tier=tier, days=days)


def test_it_replaces_a_price_and_never_changes_one(manager, editor, prices):
    from members.patronage import tiers

    old = prices.prices.get(interval="month")
    tiers.replace_price(user=manager, tier=prices, money=Money(600, "eur"), interval="month")
    old.refresh_from_db()
    assert old.amount == 500 and not old.is_active
    assert tiers.tier_for(600, "eur", "month") == prices and tiers.tier_for(599, "eur", "month") is None
    with pytest.raises(NotAllowed):
        tiers.replace_price(user=editor, tier=prices, money=Money(1, "eur"), interval="month")


def test_what_test_mode_paid_for_counts_no_more_under_a_live_key(bought, member, settings):
    bought("month", member=member)
    assert rights.is_patron(member) and rights.votes_allowance(member) == 3
    settings.STRIPE_LIVEMODE = True
    assert not rights.is_patron(member) and rights.votes_allowance(member) == rights.count_patrons() == 0
    assert list(rights.patrons()) == []


def test_real_money_and_free_time_count_under_any_key(bought, member, patron, settings):
    bought("month", member=member)
    Payment.objects.update(livemode=True)
    for settings.STRIPE_LIVEMODE in (False, True):
        assert set(rights.patrons()) == {member, patron} and rights.count_patrons() == 2
