"""/support/gift/ and /gift/<token>/: what is typed stays, a look takes nothing, and the address leaks nowhere."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members.patronage.client import stripe_api
from members.patronage.models import Checkout, Gift, Period, Price
from newsroom.lib.limits import CHECKOUT
from tests.members.patronage.conftest import OUR_PAGE, receive
from tests.members.patronage.gifts import FRIEND, give, letters, link_in
from tests.sign_in import sign_in

pytestmark = pytest.mark.django_db
FORM = "/support/gift/"


def send(client=None, **data):
    data = {"months": "3", "tier_3": "lantern", "currency": "eur", "recipient_email": FRIEND, **data}
    return (client or Client()).post(FORM, data, **OUR_PAGE)


@pytest.fixture
def link(prices, sandbox):
    give(sandbox, giver_name="Ada", message="Read this.")
    return link_in(letters().get())


@pytest.fixture
def friend_client(make_member):
    client = Client()
    sign_in(client, make_member(FRIEND))
    return client


def test_it_is_linked_from_the_support_page(prices):
    assert f'href="{FORM}"' in Client().get("/support/").content.decode()


def test_it_is_the_same_bytes_for_everybody(prices, member_client):
    page = Client().get(FORM)
    assert page.content == member_client.get(FORM).content and not page.cookies and b"csrf" not in page.content


def test_it_offers_lengths_with_their_prices(prices):
    page = Client().get(FORM).content.decode()
    assert all(text in page for text in ("3 months", "€15", "6 months", "€30", "12 months", "€50"))


def test_it_offers_other_currencies_by_links(prices):
    Price.objects.create(tier=prices, amount=600, currency="usd", interval="month")
    page = Client().get(f"{FORM}?currency=usd").content.decode()
    assert "$18" in page and "?currency=eur" in page


def test_it_says_so_where_nothing_is_offered(db):
    page = Client().get(FORM)
    assert page.status_code == 200 and "nothing to give away" in page.content.decode()


def test_it_goes_to_stripe_with_a_303(prices, sandbox):
    answer = send(giver_name=" Ada ", message="Read this.")
    gift = Gift.objects.get()
    assert answer.status_code == 303 and gift.checkout.stripe_id in answer["Location"]
    assert (gift.months, gift.recipient_email, gift.giver_name, gift.hand_over_on) == (3, FRIEND, "Ada", None)
    assert (gift.checkout.amount, gift.checkout.frequency, gift.checkout.tier) == (1500, "once", None)


@pytest.mark.parametrize("sign", ["\r", "\n", "\r\n", "\t", "\x07", "\x85", "\u2028"])
def test_it_keeps_a_name_in_one_line(prices, sandbox, sign):
    assert send(giver_name=f"Ada{sign}Bcc: all@example.org").status_code == 303
    assert Gift.objects.get().giver_name == "Ada Bcc: all@example.org"


def test_it_takes_a_day_and_today_is_at_once(prices, sandbox):
    today = timezone.localdate()
    send(hand_over_on=str(today))
    send(hand_over_on=str(today + timedelta(days=3)))
    assert list(Gift.objects.order_by("id").values_list("hand_over_on", flat=True)) == [None, today + timedelta(days=3)]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"recipient_email": ""}, "Please write the address"),
        ({"recipient_email": "friend at example"}, "This is not an e-mail address"),
        ({"hand_over_on": "yesterday"}, "Please write the day"),
        ({"hand_over_on": "2020-01-01"}, "This day is past"),
        ({"hand_over_on": "2150-01-01"}, "within a year"),
        ({"months": ""}, "Please choose how long"),
        ({"months": "5"}, "Please choose how long"),
        ({"tier_3": "none"}, "choose one of the amounts"),
        ({"currency": "xyz"}, "We cannot take this currency"),
        ({"message": "x" * 501}, "shorten your words"),
        ({"giver_name": "x" * 81}, "shorter name"),
    ],
)
def test_it_says_what_to_do_and_keeps_what_was_typed(prices, data, sentence):
    answer = send(**{"giver_name": "Ada & Bo", "message": "For <you>.", **data})
    page = answer.content.decode()
    assert answer.status_code == 422 and sentence in page and answer["Cache-Control"] == "no-store"
    assert ("Ada &amp; Bo" in page or "giver_name" in data) and ("For &lt;you&gt;." in page or "message" in data)
    typed = data.get("recipient_email", FRIEND)
    assert f'value="{typed}"' in page and not Checkout.objects.exists()


def test_it_refuses_a_gift_to_oneself(prices, member_client):
    answer = send(member_client, recipient_email="Member@example.org")
    assert answer.status_code == 422 and "your own address" in answer.content.decode()


def test_it_refuses_a_form_from_another_site(prices):
    assert Client().post(FORM, {"months": "3"}, HTTP_SEC_FETCH_SITE="cross-site").status_code == 403


def test_it_keeps_what_was_typed_when_stripe_is_down(prices, settings, monkeypatch):
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    monkeypatch.setattr("members.patronage.client.RETRIES", 0)
    answer = send(message="For you.")
    assert answer.status_code == 503 and "For you." in answer.content.decode() and answer["Retry-After"]


def test_it_slows_down_a_hasty_sender(prices):
    answers = [send(recipient_email="") for _try in range(CHECKOUT.count + 1)]
    assert answers[-2].status_code == 422 and answers[-1].status_code == 429
    assert answers[-1]["Retry-After"]


def test_it_thanks_for_a_gift_and_shows_no_address(prices, sandbox):
    send()
    row = Checkout.objects.get()
    sandbox.pay(row.stripe_id, "giver@example.org")
    page = Client().get(reverse("members:support-thanks"), {"session": row.stripe_id}).content.decode()
    assert "gets a letter" in page and FRIEND not in page and "giver@example.org" not in page
    assert letters().count() == 1


def test_it_takes_nothing_by_a_look(link, friend_client):
    for client in (Client(), friend_client):
        page = client.get(link)
        assert page.status_code == 200 and "no-store" in page["Cache-Control"]
        assert page["Referrer-Policy"] == "same-origin" and "Ada" in page.content.decode()
        assert client.head(link).status_code == 200
    assert Gift.objects.get().state == "given" and not Period.objects.exists()


def test_it_sends_an_unknown_person_through_the_door_and_back(link):
    client = Client()
    page = client.get(link).content.decode()
    assert "Take the gift" not in page and f"/account/sign-in/?next={link.replace('/', '%2F')}" in page
    assert client.post(link).status_code == 200 and Gift.objects.get().state == "given"
    assert "_auth_user_id" not in client.session


def test_it_is_taken_by_a_click_and_says_until_when(link, friend_client):
    answer = friend_client.post(link)
    assert answer.status_code == 302 and answer["Location"] == reverse("account")
    page = friend_client.get(answer["Location"]).content.decode()
    assert "The gift is yours" in page and "You are a patron until" in page
    again = friend_client.get(link)
    assert again.status_code == 200 and "This gift is yours" in again.content.decode()
    assert friend_client.post(link).status_code == 302 and Period.objects.count() == 1


def test_it_is_gone_for_everybody_else(link, friend_client, stranger_client):
    friend_client.post(link)
    for client in (Client(), stranger_client):
        page = client.get(link)
        assert page.status_code == 410 and "has been taken already" in page.content.decode()
        assert FRIEND not in page.content.decode()
    assert stranger_client.post(link).status_code == 410 and Period.objects.count() == 1


def test_it_knows_no_made_up_link(friend_client, stranger_client):
    address = reverse("members:take-gift", args=["x" * 43])
    assert stranger_client.get(address).status_code == 404
    assert friend_client.post(address).status_code == 404


def test_it_asks_for_djangos_token(link, make_member):
    client = Client(enforce_csrf_checks=True)
    sign_in(client, make_member(FRIEND))
    assert client.post(link).status_code == 403 and Gift.objects.get().state == "given"


def test_it_speaks_the_language_in_which_it_was_given(prices, sandbox):
    give(sandbox, language="uk", giver_name="Ада")
    letter = letters().get()
    assert "/uk/gift/" in letter.text and "3 місяці" in letter.text
    assert "3 місяці" in Client().get(link_in(letter)).content.decode()


def test_it_says_on_the_account_page_that_a_gift_waits(prices, sandbox, support, make_member):
    friend = make_member(FRIEND)
    support("month", member=friend)
    give(sandbox)
    client = Client()
    sign_in(client, friend)
    client.post(link_in(letters().get()))
    page = client.get(reverse("members:my-support")).content.decode()
    assert "A gift of 3 months of Lantern begins" in page


def test_it_says_when_the_money_for_a_gift_that_was_taken_went_back(link, friend_client, sandbox):
    friend_client.post(link, **OUR_PAGE)
    assert "It makes you a patron from" in friend_client.get(link).content.decode()
    stripe_api().refunds.create({"payment_intent": Gift.objects.get().payment.payment_intent_id})
    receive(sandbox.events())
    answer = friend_client.get(link)
    assert answer.status_code == 410 and "It makes you a patron" not in answer.content.decode()
    assert "Your rights as a patron ended with it" in answer.content.decode()
