"""The publisher's own text on bank statements: single gifts, tiers, what is charged, and what the reader is told."""

import pytest
from django.test import Client

from members.patronage import catalogue, checkout
from members.patronage.client import stripe_api
from members.patronage.models import Checkout, Payment
from newsroom.lib.models import Letter, SiteSettings
from newsroom.lib.money import Money
from newsroom.lib.site_settings import save_site_settings, site_settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def say(django_capture_on_commit_callbacks):
    def change(**values):
        row = SiteSettings.objects.get(pk=site_settings().pk)
        for name, value in values.items():
            setattr(row, name, value)
        with django_capture_on_commit_callbacks(execute=True):
            save_site_settings(row)

    return change


def charge_of(payment):
    intent = stripe_api().payment_intents.retrieve(payment.payment_intent_id, {"expand": ["latest_charge"]})
    return intent.latest_charge


def test_a_single_gift_carries_it_after_the_dashboards_own(say, bought):
    say(statement_text="Paper 2026")
    bought("once", 700)
    charge = charge_of(Payment.objects.get())
    assert charge.statement_descriptor_suffix == "Paper 2026"
    assert charge.calculated_statement_descriptor == "SANDBOX* PAPER 2026"


def test_asking_again_asks_for_the_same_when_it_changed_meanwhile(say, begin, sandbox):
    say(statement_text="Paper 2026")
    row = begin("once", 700)
    say(statement_text="Other words")
    Checkout.objects.update(state=Checkout.State.NEW)
    row.refresh_from_db()
    assert checkout.ask_for_page(row) and Checkout.objects.get().error == ""


def test_lasting_support_carries_it_by_its_product(say, bought):
    say(statement_text="Paper 2026")
    bought("month")
    assert charge_of(Payment.objects.get()).calculated_statement_descriptor == "PAPER 2026"


def test_the_tier_is_kept_in_step(say, prices, sandbox):
    catalogue.sweep_catalogue()
    prices.refresh_from_db()
    product = stripe_api().products.retrieve(prices.stripe_product_id)
    assert product.statement_descriptor is None and catalogue.is_in_step(prices)
    say(statement_text="Paper 2026")
    assert not catalogue.is_in_step(prices)
    catalogue.sweep_catalogue()
    prices.refresh_from_db()
    product = stripe_api().products.retrieve(prices.stripe_product_id)
    assert product.statement_descriptor == "Paper 2026" and catalogue.is_in_step(prices)


def test_without_one_the_accounts_own_stands(bought):
    bought("once", 700)
    assert charge_of(Payment.objects.get()).calculated_statement_descriptor == "SANDBOX"


def test_it_is_said_beside_the_button_and_on_the_receipt(say, prices, bought):
    assert b"bank statement will say" not in Client().get("/support/").content
    say(statement_text="Paper 2026")
    assert b"Your bank statement will say: PAPER 2026." in Client().get("/support/").content
    bought("month")
    assert "On your bank statement: PAPER 2026" in Letter.objects.get(kind="members/receipt").text


def receipt_of(client, payment):
    return " ".join(client.get(payment.receipt_url).content.decode().split())


def test_the_receipt_of_a_single_gift_says_what_stripe_prints(say, bought, member, member_client):
    say(statement_text="Paper 2026")
    bought("once", 700, member=member)
    say(statement_text="Other words")
    row = '<th scope="row">On the bank statement as</th><td>SANDBOX* PAPER 2026</td>'
    assert row in receipt_of(member_client, Payment.objects.get())
    assert "On your bank statement: SANDBOX* PAPER 2026" in Letter.objects.get(kind="members/receipt").text
    assert charge_of(Payment.objects.get()).calculated_statement_descriptor == Payment.objects.get().statement_text


def test_the_receipt_of_lasting_support_says_the_tiers_text(say, bought, member, member_client):
    say(statement_text="Paper 2026")
    bought("month", member=member)
    assert "<td>PAPER 2026</td>" in receipt_of(member_client, Payment.objects.get())


def test_the_receipt_says_nothing_where_nobody_knows_the_text(say, bought, member, member_client):
    bought("month", member=member)
    assert "bank statement" not in receipt_of(member_client, Payment.objects.get())
    Payment.objects.all().update(kind=Payment.Kind.DONATION)  # as those that were taken before we asked for it
    say(statement_text="Paper 2026")
    assert "bank statement" not in receipt_of(member_client, Payment.objects.get())


def test_the_receipt_says_it_in_ukrainian(say, bought, member, member_client):
    bought("once", 700, member=member)
    page = member_client.get(f"/uk{Payment.objects.get().receipt_url}").content.decode()
    assert "У банківській виписці як</th><td>SANDBOX</td>" in page


def test_the_lowest_step_is_a_cup_of_coffee(say, prices):
    say(coffee={"eur": 350, "usd": 1})
    assert checkout.Offers().least("eur", "month") == 500
    context = Client().get("/support/").context
    once, month, year = (row["amounts"] for row in context["frequencies"])
    assert (once[0]["label"], once[0]["is_coffee"], once[1]["label"]) == ("€3.50", True, "€5")
    assert "is_coffee" not in month[0] and "is_coffee" not in year[0]  # below what makes a patron
    say(coffee={"eur": 500})
    month = Client().get("/support/?again=1").context["frequencies"][1]["amounts"][0]
    assert month["is_coffee"] and b"The price of a cup of coffee." in Client().get("/support/").content


def test_the_step_can_be_given(say, prices, sandbox):
    say(coffee={"eur": 350})
    checkout.open_checkout(member=None, frequency="once", money=Money(350, "eur"), language="en")
    assert Checkout.objects.get().amount == 350


def test_a_tier_says_point_by_point_what_it_brings(prices):
    prices.brings = "A say\n\n Two letters \nThree\nFour"
    prices.translations = {"uk": {"brings": "Слово"}}
    prices.save()
    page = Client().get("/support/").content.decode()
    assert page.count('<span class="hint point">A say</span>') == 2  # by the month and by the year
    assert "Two letters" in page and "Three" in page and "Four" not in page
    assert '<span class="hint point">Слово</span>' in Client().get("/uk/support/").content.decode()
