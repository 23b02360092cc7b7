"""Support that somebody changed at Stripe to a rhythm that we do not sell: said as it is, and never as ours."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation

from members.patronage import reconciling
from members.patronage.changing import propose_change
from members.patronage.client import stripe_api
from members.patronage.fetching import fetch_subscription
from members.patronage.mirroring import mirror_subscription
from members.patronage.models import Drift, Price, Subscription
from members.patronage.models.rhythm import say_every
from members.patronage.moving import plan_move
from members.patronage.renewing import sweep_renewals
from newsroom.lib.models import AuditEntry, Letter
from newsroom.lib.money import Money
from tests.members.patronage.conftest import receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def make_odd(bought, member):
    """€15 every three months, unless told otherwise, as Stripe's dashboard makes it of €5 a month."""

    def make(interval="month", count=3, amount=1500):
        bought("month", member=member)
        row = Subscription.objects.get()
        item = stripe_api().subscriptions.retrieve(row.stripe_id).items.data[0]
        price = {
            "currency": "eur", "product": item.price.product, "unit_amount": amount,
            "recurring": {"interval": interval, "interval_count": count},
        }  # fmt: skip
        stripe_api().subscriptions.update(row.stripe_id, {"items": [{"id": item.id, "price_data": price}]})
        return row

    return make


@pytest.fixture
def odd(make_odd):
    row = make_odd()
    mirror_subscription(fetch_subscription(row.stripe_id))
    row.refresh_from_db()
    return row


def words_of(client, name):
    return " ".join(client.get(reverse(f"members:{name}")).content.decode().partition("<main")[2].split())


@pytest.mark.parametrize(
    ("interval", "count", "english", "ukrainian"),
    [
        ("month", 1, "every month", "щомісяця"), ("month", 3, "every 3 months", "кожні 3 місяці"),
        ("year", 2, "every 2 years", "кожні 2 роки"), ("week", 1, "every week", "щотижня"),
        ("week", 6, "every 6 weeks", "кожні 6 тижнів"), ("day", 10, "every 10 days", "кожні 10 днів"),
    ],
)  # fmt: skip
def test_it_has_words_for_each_rhythm(interval, count, english, ukrainian):
    assert say_every(interval, count) == english
    with translation.override("uk"):
        assert say_every(interval, count) == ukrainian


def test_the_account_says_how_often(odd, member_client):
    assert "You give €15 every 3 months." in words_of(member_client, "my-support")
    page = words_of(member_client, "change-support")
    assert "You give €15 every 3 months." in page and "what you give now" not in page


def test_the_desk_says_how_often(odd, manager_client):
    assert "every 3 months" in manager_client.get("/admin/members/subscription/").content.decode()
    entry = AuditEntry.objects.get(action="subscription.terms")
    assert entry.details["interval"] == "month:3"
    page = manager_client.get(reverse("desk-member", args=[odd.member_id])).content.decode()
    assert "every 3 months" in page


def test_the_comparison_sees_it(make_odd):
    row = make_odd(amount=500)
    reconciling.begin_reconciliation(user=None)
    reconciling.run_to_end()
    assert Drift.objects.get(stripe_id=row.stripe_id).says["interval_count"] == [3, 1]


def test_to_give_as_much_each_month_is_another_rhythm_and_not_what_is_given_already(odd, member):
    change = propose_change(member=member, money=Money(1500, "eur"), interval="month", subscription=odd)
    assert change.is_prorated and change.amount == 1500


def test_it_is_moved_to_no_new_price(odd, prices):
    Price.objects.filter(tier=prices, currency="eur", interval="month").update(is_active=False, amount=1500)
    price = Price.objects.create(tier=prices, currency="eur", interval="month", amount=1800)
    plan = plan_move(price)
    assert not plan.taken and not plan.left_out


def test_its_tier_is_by_what_a_month_of_it_costs(odd):
    assert odd.tier.key == "lantern"


@pytest.mark.parametrize(("interval", "count"), [("month", 12), ("year", 2)])
def test_whoever_pays_once_a_year_or_less_is_written_to_before(odd, interval, count):
    soon = timezone.now() + timedelta(days=5)
    Subscription.objects.update(interval=interval, interval_count=count, current_period_end=soon)
    sweep_renewals()
    letter = Letter.objects.get(kind="members/renewal_soon")
    assert "The time that you paid for is nearly over" in letter.text and "A year of" not in letter.text


def test_an_event_brings_it(make_odd, sandbox):
    row = make_odd()
    receive(sandbox.events())
    row.refresh_from_db()
    assert (row.amount, row.interval, row.interval_count) == (1500, "month", 3)
