"""Addresses at Stripe: they follow a proved one."""

import pytest
from django.utils import timezone

from members.accounts.correcting import ask_address, prove_new_address
from members.patronage.client import stripe_api
from members.patronage.models import StripeCustomer
from newsroom.lib.models import Outbox
from newsroom.site.followups import follow_up

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
