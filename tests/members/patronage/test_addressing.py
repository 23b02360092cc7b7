"""What follows a proved address: Stripe's customers, and links that were mailed to the one before."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from members.accounts.correcting import ask_address, prove_new_address
from members.patronage.client import stripe_api
from members.patronage.fetching import fetch_subscription
from members.patronage.mirroring import mirror_subscription
from members.patronage.models import Declaration, Double, StripeCustomer, Subscription
from newsroom.lib.models import Letter, Outbox
from newsroom.site.followups import follow_up
from tests.members.patronage.conftest import OUR_PAGE
from tests.members.patronage.declaring import END, WITHDRAW, confirm_letters, declare, mailed_link, press
from tests.members.patronage.gifts import give, letters, link_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def move(manager, monkeypatch):
    """Asks at the desk and proves by the link."""

    def make(member, email):
        monkeypatch.setattr("members.accounts.correcting.new_token", lambda: "t" * 43)
        ask_address(user=manager, member=member, email=email, why="mistyped")
        prove_new_address(token="t" * 43)

    return make


def at_stripe():
    return stripe_api().customers.retrieve(StripeCustomer.objects.get().stripe_id).email


def owed():
    for row in Outbox.objects.filter(kind="member.address_moved"):
        follow_up(row.pk)


def test_stripe_follows_once_it_is_proved(bought, member, move):
    bought("month", member=member)
    assert at_stripe() == "member@example.org"
    move(member, "right@example.org")
    assert at_stripe() == "member@example.org"  # a row first
    owed()
    assert at_stripe() == "right@example.org"
    assert Outbox.objects.get(kind="member.address_moved").state == Outbox.State.DONE


def test_stripe_is_asked_again_when_it_does_not_answer(bought, member, move, monkeypatch):
    bought("month", member=member)
    move(member, "right@example.org")
    with monkeypatch.context() as patch:
        patch.setattr("django.conf.settings.STRIPE_API_BASE", "http://127.0.0.1:9")
        with pytest.raises(Exception, match="does not answer"):
            owed()
    row = Outbox.objects.get(kind="member.address_moved")
    assert row.state == Outbox.State.WAITING and at_stripe() == "member@example.org"
    Outbox.objects.update(next_attempt_at=timezone.now())
    owed()
    assert at_stripe() == "right@example.org"


def test_a_customer_that_stripe_deleted_stops_nothing(bought, member, move):
    bought("month", member=member)
    stripe_api().customers.delete(StripeCustomer.objects.get().stripe_id)
    move(member, "right@example.org")
    owed()
    assert Outbox.objects.get(kind="member.address_moved").state == Outbox.State.DONE


NEW = "right@example.org"


def twice():
    """A worker that died after it did it all is followed by another."""
    owed()
    Outbox.objects.update(state="waiting", next_attempt_at=timezone.now())
    owed()


def test_a_declaration_waits_for_the_click_of_who_reads_the_new_address(bought, member, move):
    bought("month", member=member)
    declare(END, member.email)
    declare(END, member.email)
    declare(WITHDRAW, member.email)
    old = [mailed_link(letter) for letter in confirm_letters()]
    first = Declaration.objects.filter(kind="end").earliest("made_at")
    move(member, NEW)
    declare(END, NEW)  # after the move: its letter went where it should
    twice()
    assert [Client().get(link).status_code for link in old] == [404, 404, 404]
    assert [Client().post(link).status_code for link in old] == [404, 404, 404]
    anew = confirm_letters().filter(cause__regex=r":\d+:\d+$")
    assert sorted(anew.values_list("to_email", flat=True)) == [NEW, NEW]
    press(mailed_link(anew.get(cause__startswith=f"declaration-confirm:{first.pk}:")))
    done = Declaration.objects.get(state="done")
    assert done == first and done.made_at == first.made_at and Subscription.objects.get().cancel_at_period_end
    assert Declaration.objects.filter(state="asked", expires_at__gt=timezone.now()).count() == 2


def test_the_way_to_mend_a_double_goes_to_the_new_address_alone(bought, begin, sandbox, member, move):
    bought("month", member=member)
    sandbox.pay(begin("year", 5000).stripe_id, member.email)
    for found in stripe_api().subscriptions.list({"limit": 2}).data:
        mirror_subscription(fetch_subscription(found.id))
    old = mailed_way(Letter.objects.get(kind="members/double"))
    assert Client().get(old).status_code == 200
    move(member, NEW)
    twice()
    assert Client().get(old).status_code == Client().post(old, **OUR_PAGE).status_code == 404
    letter = Letter.objects.filter(kind="members/double").get(to_email=NEW, cause__contains="moved")
    assert Client().get(mailed_way(letter)).status_code == 200 and Double.objects.get().state == "open"


def mailed_way(letter):
    return re.search(r"https?://[^/]+(/\S*/double/\S+/)", letter.text).group(1)


def test_a_gift_stays_where_its_giver_sent_it(prices, sandbox, make_member, move):
    """Whoever gives is told nobody's other address."""
    friend = make_member("friend@example.org")
    gift = give(sandbox)
    link = link_in(letters().first())
    move(friend, NEW)
    twice()
    gift.refresh_from_db()
    assert gift.recipient_email == "friend@example.org" and not letters().filter(to_email=NEW).exists()
    assert Client().get(link).status_code == 200
