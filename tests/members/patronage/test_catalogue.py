"""Tiers and prices kept in step with Stripe."""

import pytest
from django.urls import reverse

from members.patronage import catalogue, tiers
from members.patronage.client import stripe_api
from members.patronage.models import Price, Tier
from newsroom.lib.money import Money

pytestmark = pytest.mark.django_db


def test_it_makes_a_product_and_its_prices_once(prices, sandbox):
    catalogue.sweep_catalogue()
    catalogue.sweep_catalogue()
    tier = Tier.objects.get()
    assert catalogue.is_in_step(tier)
    made = stripe_api().prices.list({"product": tier.stripe_product_id, "limit": 100}).data
    assert sorted(price.unit_amount for price in made) == [500, 5000]
    assert {price.id for price in made} == set(Price.objects.values_list("stripe_price_id", flat=True))


def test_it_finds_the_price_again_that_a_crash_left_at_stripe(prices, sandbox):
    catalogue.sweep_catalogue()
    before = set(Price.objects.values_list("stripe_price_id", flat=True))
    Price.objects.update(stripe_price_id="")  # died between Stripe's answer and our commit
    catalogue.sweep_catalogue()
    assert set(Price.objects.values_list("stripe_price_id", flat=True)) == before


def test_it_renames_and_archives_the_product(prices, sandbox):
    catalogue.sweep_catalogue()
    Tier.objects.update(name="Lighthouse")
    catalogue.sweep_catalogue()
    tier = Tier.objects.get()
    assert stripe_api().products.retrieve(tier.stripe_product_id).name == "Lighthouse"
    Tier.objects.update(is_active=False)
    catalogue.sweep_catalogue()
    assert not stripe_api().products.retrieve(tier.stripe_product_id).active


def test_it_makes_no_price_of_a_tier_that_is_not_offered(prices, begin):
    """Whose product a checkout has made: Stripe refuses a price of what is archived, for ever."""
    begin("month")
    Tier.objects.update(is_active=False)
    catalogue.sweep_catalogue()
    assert catalogue.is_in_step(Tier.objects.get())
    Tier.objects.update(is_active=True)
    catalogue.sweep_catalogue()
    assert catalogue.is_in_step(Tier.objects.get()) and not Price.objects.filter(stripe_price_id="").exists()


def test_it_makes_a_new_price_and_leaves_running_support_its_own(bought, prices, manager, sandbox):
    catalogue.sweep_catalogue()
    old = prices.prices.get(interval="month")
    bought("month", 500)
    tiers.replace_price(user=manager, tier=prices, money=Money(700, "eur"), interval="month")
    catalogue.sweep_catalogue()
    new = prices.prices.get(interval="month", is_active=True)
    assert stripe_api().prices.retrieve(new.stripe_price_id).unit_amount == 700
    assert not stripe_api().prices.retrieve(old.stripe_price_id).active
    paid = stripe_api().subscriptions.list({"limit": 1}).data[0]
    assert paid["items"].data[0].price.unit_amount == 500


def test_it_sells_after_the_product_was_lost_at_stripe(prices, sandbox):
    catalogue.sweep_catalogue()
    Tier.objects.update(stripe_product_id="prod_gone", stripe_told="")
    catalogue.sweep_catalogue()
    tier = Tier.objects.get()
    assert tier.stripe_product_id != "prod_gone" and catalogue.is_in_step(tier)
    price = stripe_api().prices.retrieve(tier.prices.get(interval="month").stripe_price_id)
    assert price.product == tier.stripe_product_id


def test_it_makes_prices_anew_for_a_product_that_a_checkout_made(prices, sandbox, begin):
    """As after moving from test to live keys: the first reader finds out that Stripe does not know the product."""
    catalogue.sweep_catalogue()
    Tier.objects.update(stripe_product_id="prod_other_mode")
    Price.objects.update(stripe_price_id="price_other_mode")
    begin("month")
    catalogue.sweep_catalogue()
    tier = Tier.objects.get()
    price = stripe_api().prices.retrieve(tier.prices.get(interval="month").stripe_price_id)
    assert price.product == tier.stripe_product_id and catalogue.is_in_step(tier)


def test_it_puts_right_by_night_what_was_archived_or_deleted_at_the_dashboard(prices, sandbox, begin):
    catalogue.sweep_catalogue()
    product = Tier.objects.get().stripe_product_id
    stripe_api().products.update(product, {"active": False})
    catalogue.look_at_products()
    catalogue.sweep_catalogue()
    assert stripe_api().products.retrieve(product).active and begin("month").stripe_id
    catalogue.look_at_products()
    assert catalogue.is_in_step(Tier.objects.get())  # nothing is told twice
    Tier.objects.update(stripe_product_id="prod_gone")
    Tier.objects.update(stripe_told=catalogue._digest(Tier.objects.get()))
    catalogue.look_at_products()
    catalogue.sweep_catalogue()
    assert Tier.objects.get().stripe_product_id != "prod_gone"


def test_it_waits_while_stripe_does_not_answer(prices, sandbox):
    sandbox.control("faults", kind="error", path="/v1/products", count=9)
    catalogue.sweep_catalogue()
    assert not catalogue.is_in_step(Tier.objects.get())
    sandbox.control("faults", count=0)
    catalogue.sweep_catalogue()
    assert catalogue.is_in_step(Tier.objects.get())


def test_it_shows_at_the_desk_whether_stripe_knows(manager_client, prices, sandbox, django_assert_max_num_queries):
    catalogue.sweep_catalogue()
    with django_assert_max_num_queries(25):
        page = manager_client.get(reverse("admin:members_tier_changelist"))
    assert page.status_code == 200 and "Stripe knows" in page.content.decode()
