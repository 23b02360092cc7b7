"""Who gives twice and means it: the account shows both, and each can be stopped by itself."""

import pytest
from django.urls import reverse

from members.patronage.client import stripe_api
from members.patronage.fetching import fetch_subscription
from members.patronage.mirroring import mirror_subscription
from members.patronage.models import Double, Subscription
from members.patronage.repairing import keep_both

pytestmark = pytest.mark.django_db
SUPPORT, END, KEEP, CHANGE, PAUSE, RESUME, PORTAL, FIX = (
    reverse(f"members:{name}")
    for name in (
        "my-support", "end-support", "keep-support", "change-support", "pause-support", "resume-support", "portal",
        "fix-payment",
    )
)  # fmt: skip


@pytest.fixture
def both(bought, begin, sandbox, member):
    """Monthly and yearly, the second one paid without signing in, and both meant."""
    bought("month", member=member)
    sandbox.pay(begin("year", 5000).stripe_id, member.email)
    for found in stripe_api().subscriptions.list({"limit": 2}).data:
        mirror_subscription(fetch_subscription(found.id))
    keep_both(pair=Double.objects.get(), actor=member)
    return Subscription.objects.get(interval="month"), Subscription.objects.get(interval="year")


def is_ending(subscription):
    return stripe_api().subscriptions.retrieve(subscription.stripe_id).cancel_at_period_end


def words_of(client, address=SUPPORT):
    return " ".join(client.get(address).content.decode().partition("<main")[2].split())


def test_it_shows_each_with_its_way_out(both, member_client):
    older, _newer = both
    for address in (SUPPORT, reverse("account")):
        page = words_of(member_client, address)
        assert "You give €50 a year." in page and "You also give €5 a month. The next payment is on" in page
        assert f'href="{END}?support={older.pk}"' in page and "give twice" not in page


def test_it_ends_the_one_that_is_named_and_takes_it_back(both, member_client):
    older, newer = both
    page = words_of(member_client, f"{END}?support={older.pk}")
    assert "€5 a month since" in page and f'name="support" value="{older.pk}"' in page
    assert f"{PAUSE}?support={older.pk}" in page
    assert "It ends on" in member_client.post(END, {"support": older.pk}, follow=True).content.decode()
    assert (is_ending(older), is_ending(newer)) == (True, False)
    member_client.post(KEEP, {"support": older.pk})
    assert (is_ending(older), is_ending(newer)) == (False, False)


def test_it_ends_the_newest_where_none_is_named(both, member_client):
    older, newer = both
    member_client.post(END)
    assert (is_ending(older), is_ending(newer)) == (False, True)


def test_each_form_says_which_one_it_is_for(both, member_client):
    older, newer = both
    page = words_of(member_client)
    for row in both:
        assert all(f'"{address}?support={row.pk}"' in page for address in (CHANGE, PAUSE, END))
        assert f'name="support" value="{row.pk}"' in page
    assert "€5 a month" in words_of(member_client, f"{CHANGE}?support={older.pk}")
    shown = member_client.post(
        CHANGE, {"support": older.pk, "frequency": "month", "amount_month": "other", "other_amount": "9"}
    )
    member_client.post(shown.url)
    newer.refresh_from_db()
    older.refresh_from_db()
    assert (older.amount, newer.amount) == (900, 5000)
    assert "€9 a month since" in words_of(member_client, f"{PAUSE}?support={older.pk}")
    member_client.post(PAUSE, {"support": older.pk})
    assert (status_of(older), status_of(newer)) == ("paused", "active")
    assert f'"{RESUME}?support={older.pk}"' in words_of(member_client)
    assert "€9 a month since" in words_of(member_client, f"{RESUME}?support={older.pk}")
    member_client.post(RESUME, {"support": older.pk})
    assert status_of(older) == "active"


def test_the_portal_and_the_open_bill_are_those_of_the_one_that_is_named(both, member_client, monkeypatch):
    """Two that were paid apart stand with two customers."""
    asked = []

    def open_portal(**given):
        asked.append(given["subscription"])
        return "https://stripe.example/"

    older, newer = both
    monkeypatch.setattr("members.patronage.account_views.open_portal", open_portal)
    monkeypatch.setattr("members.patronage.dunning_views.open_bill", open_portal)
    assert member_client.post(PORTAL, {"support": older.pk, "for": "card"}).status_code == 303
    assert older.customer != newer.customer and asked == [older]
    Subscription.objects.update(status="past_due")
    assert f'"{FIX}?support={older.pk}"' in words_of(member_client)
    member_client.post(FIX, {"support": older.pk})
    member_client.post(FIX)
    assert asked == [older, older, newer]


def status_of(subscription):
    return stripe_api().subscriptions.retrieve(subscription.stripe_id).status


def test_nobody_elses_is_there(both, stranger_client):
    older = both[0].pk
    for address in (END, CHANGE, PAUSE, RESUME, FIX):
        assert stranger_client.get(f"{address}?support={older}").status_code == 404, address
    for address in (END, KEEP, CHANGE, PAUSE, RESUME, PORTAL, FIX):
        assert stranger_client.post(address, {"support": older}).status_code == 404, address
    assert stranger_client.post(END, {"support": "²"}).status_code == 404
    assert not is_ending(both[0]) and status_of(both[0]) == "active"


def test_one_that_has_ended_meanwhile_ends_no_other(both, member_client):
    older, newer = both
    Subscription.objects.filter(pk=older.pk).update(status="canceled")
    page = member_client.post(END, {"support": older.pk}, follow=True).content.decode()
    assert "This support has ended already" in page and not is_ending(newer)
