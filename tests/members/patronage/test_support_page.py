"""/support/: the same page for everybody, and the way to Stripe's page."""

from html.parser import HTMLParser

import pytest
from django.test import Client
from django.urls import reverse

from articles.publishing import unpublish_page
from members.patronage.client import stripe_api
from members.patronage.models import Checkout, Price, Subscription, Tier
from tests.articles import making
from tests.members.patronage.conftest import OUR_PAGE

pytestmark = pytest.mark.django_db


def send(client=None, **data):
    data = {"frequency": "month", "currency": "eur", "amount_month": "500", **data}
    return (client or Client()).post("/support/", data, **OUR_PAGE)


def test_it_is_the_same_bytes_for_everybody(prices, member_client):
    first = Client().get("/support/")
    again = member_client.get("/support/", HTTP_ACCEPT_LANGUAGE="uk")
    assert first.content == again.content and not first.cookies and b"csrf" not in first.content


def test_it_chooses_monthly_and_the_lowest_amount(prices):
    context = Client().get("/support/").context
    month = next(row for row in context["frequencies"] if row["value"] == "month")
    assert month["is_chosen"] and month["amounts"][0]["label"] == "€5" and month["amounts"][0]["is_chosen"]


class Controls(HTMLParser):
    """What of a page's chief form is for a person to decide: groups of radios and fields by their name, buttons."""

    def __init__(self, page):
        super().__init__()
        self.is_inside, self.names, self.chosen, self.buttons = False, {}, {}, 0
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.is_inside |= tag == "form" and "data-support" in given
        if not self.is_inside or given.get("type") == "hidden":
            return
        self.buttons += tag == "button"
        if tag in ("input", "select", "textarea"):
            self.names.setdefault(given["name"], given.get("type"))
            if "checked" in given:
                self.chosen[given["name"]] = given["value"]

    def handle_endtag(self, tag):
        self.is_inside &= tag != "form"


def test_it_asks_for_three_decisions_and_has_taken_two_of_them(prices, sandbox):
    """How often, how much, and to pay: the amounts of each rhythm, and another one typed, are one decision. Who presses
    at once is asked no name, address or password, and is on Stripe's page."""
    form = Controls(Client().get("/support/").content.decode())
    rhythms = {"frequency": "radio"}
    amounts = {"amount_once": "radio", "amount_month": "radio", "amount_year": "radio", "other_amount": "text"}
    assert form.names == rhythms | amounts and form.buttons == 1
    assert form.chosen.keys() == form.names.keys() - {"other_amount"}
    answer = Client().post("/support/", {**form.chosen, "currency": "eur", "other_amount": ""}, **OUR_PAGE)
    assert answer.status_code == 303 and Checkout.objects.get().stripe_id in answer["Location"]


def test_it_says_from_where_on_another_amount_is_taken(prices):
    page = Client().get("/support/").content.decode()
    assert [page.count(f"Another amount, from {money}<") for money in ("€0.50", "€5", "€50")] == [1, 1, 1]


def test_it_offers_other_currencies_by_links(prices):
    Price.objects.create(tier=prices, amount=600, currency="usd", interval="month")
    page = Client().get("/support/?currency=usd")
    assert page.context["currency"] == "usd" and b"$6" in page.content
    assert b"?currency=eur" in page.content


@pytest.mark.parametrize(
    ("gave", "chosen", "typed"),
    [
        (("month", 500, "eur"), "500", ""),
        (("year", 5000, "eur"), "5000", ""),
        (("month", 750, "eur"), "other", "7.50"),
        (("month", 600, "usd"), "600", ""),
    ],
)
def test_it_has_chosen_what_was_given_before(prices, gave, chosen, typed):
    Price.objects.create(tier=prices, amount=600, currency="usd", interval="month")
    interval, amount, currency = gave
    page = Client().get(f"/support/{Subscription(interval=interval, amount=amount, currency=currency).again}")
    [row] = [row for row in page.context["frequencies"] if row["is_chosen"]]
    radio = f'name="amount_{interval}" value="{chosen}" checked'
    assert row["value"] == interval and radio in page.content.decode()
    assert (page.context["currency"], page.context["other_amount"]) == (currency, typed)


@pytest.mark.parametrize(
    "query",
    ["as=month-500", "as=day-500&currency=eur", "as=month-0&currency=eur", "as=year-6&currency=usd", "as=%D9%A1"],
)
def test_it_chooses_the_lowest_amount_for_words_that_say_nothing(prices, query):
    Price.objects.create(tier=prices, amount=600, currency="usd", interval="month")
    page = Client().get(f"/support/?{query}")
    month = next(row for row in page.context["frequencies"] if row["value"] == "month")
    assert month["is_chosen"] and month["amounts"][0]["is_chosen"] and page.context["other_amount"] == ""


@pytest.mark.django_db(transaction=True)
def test_it_leads_to_other_ways_as_soon_as_editors_have_written_that_page(prices):
    def is_led_to():
        return b"/support/other-ways/" in Client().get("/support/").content

    assert not is_led_to()
    page = making.page("other-ways")
    assert is_led_to() and b"/support/other-ways/" not in Client().get("/uk/support/").content
    unpublish_page(user=None, page=page)
    assert not is_led_to()


def test_it_asks_for_the_price_list_once(prices, django_assert_max_num_queries):
    Client().get("/support/")
    with django_assert_max_num_queries(6):
        Client().get("/support/?again=1")


def test_it_goes_to_stripe_with_a_303(prices, sandbox):
    answer = send()
    row = Checkout.objects.get()
    assert answer.status_code == 303 and row.stripe_id in answer["Location"]
    assert (row.state, row.amount, row.tier) == (Checkout.State.OPEN, 500, prices)


def test_it_marks_the_session_as_ours(prices, sandbox):
    send(frequency="once", amount_once="1500")
    row = Checkout.objects.get()
    session = stripe_api().checkout.sessions.retrieve(row.stripe_id)
    assert session.metadata["checkout"] == str(row.key) and session.metadata["newsroom"] == "localhost"
    assert session.mode == "payment" and "session={CHECKOUT_SESSION_ID}" in session.success_url


def test_it_takes_another_amount_as_typed(prices, sandbox):
    assert send(amount_month="other", other_amount="7,50").status_code == 303
    assert Checkout.objects.get().amount == 750


def test_it_asks_which_is_meant_when_another_amount_stands_beside_a_chosen_one(prices, sandbox):
    """Without scripts the field is always open."""
    answer = send(amount_month="500", other_amount="50")
    assert answer.status_code == 422 and 'value="50"' in answer.content.decode()
    assert "You chose €5" in answer.context["errors"]["other_amount"] and not Checkout.objects.exists()
    assert send(amount_month="500", other_amount="5.00").status_code == 303


def test_it_keeps_what_was_typed_beside_the_error(prices):
    answer = send(frequency="year", amount_year="other", other_amount="12 euro")
    assert answer.status_code == 422 and answer["Cache-Control"] == "no-store"
    assert 'value="12 euro"' in answer.content.decode()
    assert "digits" in answer.context["errors"]["other_amount"] and not Checkout.objects.exists()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"amount_month": "499"}, "least we can take is €5"),
        ({"frequency": "once", "amount_once": "49"}, "least we can take is €0.50"),
        ({"frequency": "once", "amount_once": "other", "other_amount": ""}, "Please write the amount"),
        ({"frequency": "once", "amount_once": "other", "other_amount": "1000000"}, "more than a card"),
        ({"currency": "xyz"}, "We cannot take this currency"),
        ({"amount_month": "9" * 40}, "Please write the amount"),
        ({"amount_month": "-5"}, "Please write the amount"),
    ],
)
def test_it_refuses_what_cannot_be_taken(prices, data, sentence):
    answer = send(**data)
    assert answer.status_code == 422 and sentence in answer.content.decode()


def test_it_refuses_a_form_from_another_site(prices):
    answer = Client().post("/support/", {"frequency": "month"}, HTTP_SEC_FETCH_SITE="cross-site")
    assert answer.status_code == 403


def test_it_says_clearly_that_payments_are_not_set_up(prices, settings):
    settings.STRIPE_SECRET_KEY = ""
    answer = send()
    assert answer.status_code == 503 and "not set up yet" in answer.content.decode()
    assert not Checkout.objects.exists()


def test_it_says_clearly_that_stripe_is_down_and_keeps_the_row(prices, settings, monkeypatch):
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    monkeypatch.setattr("members.patronage.client.RETRIES", 0)
    answer = send(amount_month="other", other_amount="8")
    assert answer.status_code == 503 and 'value="8"' in answer.content.decode()
    assert "Nothing was taken" in answer.content.decode()
    assert Checkout.objects.get().error.startswith("APIConnectionError")


def test_it_tells_a_running_patron_instead_of_selling_twice(bought, member, member_client):
    bought("month", member=member)
    answer = send(member_client)
    assert answer.status_code == 302 and answer["Location"] == reverse("members:my-support")
    assert "You give €5 already" in member_client.get(answer["Location"]).content.decode()
    assert send(member_client, frequency="once", amount_once="500").status_code == 303


def test_it_notes_which_story_and_campaign_asked(prices, sandbox, make_story_row):
    story, campaign = make_story_row
    page = Client().get(f"/support/?story={story.pk}").content.decode()
    assert f'name="story" value="{story.pk}"' in page
    send(story=str(story.pk))
    row = Checkout.objects.get()
    assert (row.article_id, row.campaign) == (story.pk, campaign)


def test_it_offers_only_single_gifts_without_tiers(db):
    assert not Tier.objects.exists()
    context = Client().get("/support/").context
    assert [row["value"] for row in context["frequencies"]] == ["once"]


def test_it_slows_down_a_hasty_sender(prices):
    answers = [send(amount_month="1").status_code for _try in range(41)]
    assert answers[0] == 422 and answers[-1] == 429


def test_it_speaks_ukrainian_under_its_prefix(prices, sandbox):
    answer = Client().post("/uk/support/", {"frequency": "month", "currency": "eur", "amount_month": "500"}, **OUR_PAGE)
    session = stripe_api().checkout.sessions.retrieve(Checkout.objects.get().stripe_id)
    assert answer.status_code == 303 and "/uk/support/thanks/" in session.success_url
    assert Checkout.objects.get().language == "uk"
