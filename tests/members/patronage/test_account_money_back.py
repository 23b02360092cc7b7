"""What "Your support" says when the money of the time that runs went back: since when the rights are gone, and the way
back."""

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from members.patronage import rights
from members.patronage.client import stripe_api
from members.patronage.models import Dispute, Payment, Period, Subscription
from members.patronage.redeeming import take_gift
from tests.members.patronage.conftest import receive
from tests.members.patronage.gifts import give, letters, token_in

pytestmark = pytest.mark.django_db
PAGES = ("/account/", reverse("members:my-support"))
AGAIN = reverse("members:support") + "?as=month-500&amp;currency=eur"
REFUNDED, DISPUTED = "Your payment of €5 was refunded on", "Your bank took your payment of €5 back on"
GONE, RUNS_ON = "Your rights as a patron ended with it.", "Your support itself runs on"


def words_of(client, address="/account/"):
    return " ".join(client.get(address).content.decode().partition("<main")[2].split())


@pytest.fixture
def patronage(bought, member, sandbox):
    bought("month", member=member)
    sandbox.events()
    return Subscription.objects.get()


def refund(sandbox, amount=500):
    stripe_api().refunds.create({"payment_intent": Payment.objects.get().payment_intent_id, "amount": amount})
    receive(sandbox.events())


def end_now(sandbox, subscription):
    stripe_api().subscriptions.cancel(subscription.stripe_id)
    receive(sandbox.events())


def day_of(moment):
    return date_format(timezone.localtime(moment), "j E Y")


@pytest.mark.parametrize("address", PAGES)
def test_it_says_that_a_refund_took_the_rights_while_support_runs_on(patronage, sandbox, member_client, address):
    refund(sandbox)
    page = words_of(member_client, address)
    assert f"{REFUNDED} {day_of(Period.objects.get().revoked_at)}. {GONE}" in page
    patronage.refresh_from_db()
    next_day = day_of(patronage.current_period_end)
    assert f"{RUNS_ON}: with the next payment, on {next_day}, you are a patron again." in page
    assert "Become a patron again" not in page  # a second support would be refused


def test_it_leads_back_in_one_click_when_support_has_ended(patronage, sandbox, member_client):
    refund(sandbox)
    end_now(sandbox, patronage)
    page = words_of(member_client)
    assert REFUNDED in page and GONE in page and RUNS_ON not in page
    assert page.count(AGAIN) == 1 and "Your support ended on" in page
    assert member_client.get(AGAIN.replace("&amp;", "&")).status_code == 200


def test_it_promises_nothing_where_support_is_about_to_end(patronage, sandbox, member_client):
    refund(sandbox)
    member_client.post(reverse("members:end-support"))
    page = words_of(member_client)
    assert REFUNDED in page and RUNS_ON not in page and reverse("members:keep-support") in page


def test_it_says_that_a_lost_dispute_took_the_rights(patronage, sandbox, member_client):
    charge = stripe_api().charges.list({"limit": 1}).data[0].id
    sandbox.control(f"charges/{charge}/dispute")
    receive(sandbox.events())
    assert DISPUTED not in words_of(member_client)  # nothing is decided yet
    sandbox.control(f"disputes/{Dispute.objects.get().stripe_id}/end", outcome="lost")
    receive(sandbox.events())
    page = words_of(member_client)
    assert f"{DISPUTED} {day_of(Period.objects.get().revoked_at)}. {GONE}" in page


def test_a_part_given_back_leaves_the_page_as_it_was(patronage, sandbox, member, member_client):
    refund(sandbox, 200)
    assert rights.is_patron(member) and "was refunded on" not in words_of(member_client)


def test_it_says_nothing_where_other_time_runs_or_the_time_is_over(patronage, sandbox, member, manager, member_client):
    refund(sandbox)
    free = rights.grant_free_period(user=manager, member=member, tier=Period.objects.get().tier, days=9)
    assert REFUNDED not in words_of(member_client)
    rights.revoke_period(user=manager, period=free)
    assert REFUNDED in words_of(member_client)
    Period.objects.update(starts_at="2026-01-01T00:00Z", ends_at="2026-02-01T00:00Z")
    assert REFUNDED not in words_of(member_client)


def test_who_got_a_gift_hears_that_its_money_went_back(sandbox, prices, member, stranger, stranger_client):
    give(sandbox, member)
    take_gift(member=stranger, token=token_in(letters().last()))
    refund(sandbox, Payment.objects.get().amount)
    page = words_of(stranger_client)
    assert "What was paid for the gift that made you a patron went back on" in page and GONE in page
    assert "€" not in page.partition(GONE)[0] and "Become a patron again" in page
