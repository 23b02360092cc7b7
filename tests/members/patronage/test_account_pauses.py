"""Pausing support and going on with it, at Stripe."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members.patronage import carrying_out
from members.patronage.client import stripe_api
from members.patronage.models import Payment, Period, Subscription, SupportChange
from members.patronage.rights import is_patron
from tests.members.patronage.conftest import receive

pytestmark = pytest.mark.django_db
PAUSE, RESUME = reverse("members:pause-support"), reverse("members:resume-support")


@pytest.fixture
def patronage(support, member):
    support("month", member=member, email=member.email)
    return Subscription.objects.get()


def status_of(subscription):
    return stripe_api().subscriptions.retrieve(subscription.stripe_id).status


def end_paid_time(subscription):
    """What was paid for is over, here as for the rights."""
    past = timezone.now() - timedelta(days=1)
    Period.objects.update(starts_at=past - timedelta(days=30), ends_at=past)
    Subscription.objects.filter(pk=subscription.pk).update(current_period_end=past)


@pytest.mark.parametrize("address", [PAUSE, RESUME])
def test_it_asks_whoever_is_not_signed_in_to_sign_in(address):
    assert Client().get(address).status_code == Client().post(address).status_code == 302


def test_it_lets_a_stranger_pause_nothing(patronage, stranger_client):
    assert "no running support" in stranger_client.post(PAUSE, follow=True).content.decode()
    assert status_of(patronage) == "active"


def test_it_pauses_at_stripe_without_giving_anything_back(patronage, member, member_client, sandbox):
    assert "Nothing is taken until you go on" in member_client.get(PAUSE).content.decode()
    page = member_client.post(PAUSE, follow=True).content.decode()
    assert "Your support is paused" in page and "You stay a patron until" in page
    receive(sandbox.events())
    patronage.refresh_from_db()
    assert patronage.status == status_of(patronage) == "paused" and is_patron(member)
    assert Payment.objects.get().refunded == 0


def test_it_pauses_once_however_often_it_is_asked(patronage, member_client):
    for _click in range(2):
        member_client.post(PAUSE)
    assert SupportChange.objects.get().state == "done"


def test_it_takes_the_rights_when_the_paid_time_is_over(patronage, member, member_client):
    member_client.post(PAUSE)
    end_paid_time(patronage)
    assert not is_patron(member)
    assert "you have no vote until you go on" in member_client.get(reverse("account")).content.decode()


def test_it_goes_on_within_the_paid_time_with_nothing_to_pay(patronage, member_client, sandbox):
    member_client.post(PAUSE)
    before = patronage.current_period_end
    assert "Nothing is charged now" in member_client.get(RESUME).content.decode()
    member_client.post(RESUME)
    receive(sandbox.events())
    patronage.refresh_from_db()
    assert (patronage.status, patronage.current_period_end) == ("active", before)
    assert len(stripe_api().invoices.list({"subscription": patronage.stripe_id}).data) == 1


def test_it_goes_on_after_the_paid_time_with_a_payment_now(patronage, member, member_client, sandbox):
    member_client.post(PAUSE)
    receive(sandbox.events())
    end_paid_time(patronage)
    assert "€5 is charged now" in member_client.get(RESUME).content.decode()
    member_client.post(RESUME)
    receive(sandbox.events())
    patronage.refresh_from_db()
    assert patronage.status == "active" and Payment.objects.count() == 2 and is_patron(member)


def test_it_gives_no_rights_when_going_on_is_not_paid(patronage, member, member_client, sandbox):
    member_client.post(PAUSE)
    receive(sandbox.events())
    end_paid_time(patronage)
    sandbox.control(f"subscriptions/{patronage.stripe_id}/fail", card="4000000000009995")
    page = member_client.post(RESUME, follow=True).content.decode()
    assert "the payment did not go through. Please check your card." in page and "Thank you." not in page
    receive(sandbox.events())
    patronage.refresh_from_db()
    assert patronage.status == "past_due" and not is_patron(member)
    assert "did not go through" in member_client.get(reverse("account")).content.decode()


@pytest.mark.parametrize("kind", ["error_after", "cut"])
def test_it_pauses_in_the_end_whatever_stripe_answered(patronage, member_client, sandbox, monkeypatch, kind):
    monkeypatch.setattr("members.patronage.client.RETRIES", 0)
    sandbox.control("faults", kind=kind, method="POST", path=f"/v1/subscriptions/{patronage.stripe_id}/pause", count=3)
    assert "Your wish is written down" in member_client.post(PAUSE, follow=True).content.decode()
    sandbox.control("faults", count=0)
    SupportChange.objects.update(checked_at=timezone.now() - timedelta(minutes=5))
    carrying_out.sweep_changes()
    assert status_of(patronage) == "paused" and SupportChange.objects.get().state == "done"


def test_it_pauses_nothing_that_is_about_to_end(patronage, member_client):
    member_client.post(reverse("members:end-support"))
    assert member_client.get(PAUSE).status_code == 302
    assert "nothing to pause" in member_client.post(PAUSE, follow=True).content.decode()
    assert status_of(patronage) == "active"


def test_it_ends_paused_support_at_once(patronage, member_client):
    member_client.post(PAUSE)
    assert "it ends at once" in member_client.get(reverse("members:end-support")).content.decode()
    page = member_client.post(reverse("members:end-support"), follow=True).content.decode()
    assert status_of(patronage) == "canceled" and "Your support ended on" in page and "You stay a patron until" in page


def fall_due(subscription, sandbox):
    sandbox.control(f"subscriptions/{subscription.stripe_id}/renew", failed=1)
    receive(sandbox.events())


def test_it_pauses_nothing_that_is_unpaid(patronage, member_client, sandbox):
    fall_due(patronage, sandbox)
    assert member_client.get(PAUSE).status_code == 302
    assert "check your card first" in member_client.post(PAUSE, follow=True).content.decode()
    assert status_of(patronage) == "past_due"


def test_it_ends_unpaid_support_at_once_so_that_no_card_is_tried_again(patronage, member_client, sandbox):
    fall_due(patronage, sandbox)
    assert "we stop trying your card" in member_client.get(reverse("members:end-support")).content.decode()
    member_client.post(reverse("members:end-support"))
    assert status_of(patronage) == "canceled" and Payment.objects.filter(paid_at__isnull=False).count() == 1
