"""Who gives twice and means it: the account shows both, and each can be stopped by itself."""

import pytest
from django.urls import reverse

from members.patronage.client import stripe_api
from members.patronage.fetching import fetch_subscription
from members.patronage.mirroring import mirror_subscription
from members.patronage.models import Double, Subscription
from members.patronage.repairing import keep_both

pytestmark = pytest.mark.django_db
SUPPORT, END, KEEP = (reverse(f"members:{name}") for name in ("my-support", "end-support", "keep-support"))


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
    assert "€5 a month since" in page and f'name="support" value="{older.pk}"' in page and "Pause instead" not in page
    assert "It ends on" in member_client.post(END, {"support": older.pk}, follow=True).content.decode()
    assert (is_ending(older), is_ending(newer)) == (True, False)
    member_client.post(KEEP, {"support": older.pk})
    assert (is_ending(older), is_ending(newer)) == (False, False)


def test_it_ends_the_newest_where_none_is_named(both, member_client):
    older, newer = both
    member_client.post(END)
    assert (is_ending(older), is_ending(newer)) == (False, True)


def test_nobody_elses_is_there(both, stranger_client):
    for answer in (
        stranger_client.get(f"{END}?support={both[0].pk}"), stranger_client.post(END, {"support": both[0].pk}),
        stranger_client.post(KEEP, {"support": both[0].pk}), stranger_client.post(END, {"support": "²"}),
    ):  # fmt: skip
        assert answer.status_code == 404
    assert not is_ending(both[0])


def test_one_that_has_ended_meanwhile_ends_no_other(both, member_client):
    older, newer = both
    Subscription.objects.filter(pk=older.pk).update(status="canceled")
    page = member_client.post(END, {"support": older.pk}, follow=True).content.decode()
    assert "This support has ended already" in page and not is_ending(newer)
