"""A member's own support and receipts: the owner, a stranger and nobody."""

import pytest
from django.test import Client
from django.urls import reverse

from members.patronage.client import stripe_api
from members.patronage.models import Payment, Subscription
from newsroom.lib.limits import CHANGE_SUPPORT, count_against
from newsroom.lib.models import AuditEntry

pytestmark = pytest.mark.django_db
PAGES = ["my-support", "end-support", "receipts"]


@pytest.fixture
def patronage(bought, member):
    """The member gives €5 a month."""
    bought("month", member=member)
    return Subscription.objects.get()


@pytest.mark.parametrize("name", [*PAGES, "keep-support", "portal"])
def test_it_asks_whoever_is_not_signed_in_to_sign_in(name):
    answer = Client().get(reverse(f"members:{name}"))
    assert answer.status_code == 302 and "/account/" in answer["Location"]


def test_it_shows_the_owner_what_stands(patronage, member_client):
    page = member_client.get(reverse("members:my-support"))
    assert "You give €5 a month." in page.content.decode()
    assert "no-store" in page["Cache-Control"] and "private" in page["Cache-Control"]


def test_it_shows_receipts_to_their_owner_alone(patronage, member_client, stranger_client):
    address = Payment.objects.get().receipt_url
    assert "€5" in member_client.get(address).content.decode()
    assert stranger_client.get(address).status_code == 404
    assert Client().get(address).status_code == 302
    assert "€5" not in stranger_client.get(reverse("members:receipts")).content.decode()


def test_it_ends_at_the_period_s_end_and_keeps_after_all(patronage, member_client):
    page = member_client.post(reverse("members:end-support"), follow=True).content.decode()
    patronage.refresh_from_db()
    assert patronage.cancel_at_period_end and "Your support ends on" in page
    assert stripe_api().subscriptions.retrieve(patronage.stripe_id).cancel_at_period_end
    member_client.post(reverse("members:keep-support"))
    patronage.refresh_from_db()
    assert not patronage.cancel_at_period_end
    assert AuditEntry.objects.filter(action__in=["support.end_asked", "support.keep_asked"]).count() == 2


def test_it_ends_nothing_on_a_get(patronage, member_client):
    assert member_client.get(reverse("members:end-support")).context["subscription"] == patronage
    patronage.refresh_from_db()
    assert not patronage.cancel_at_period_end


def test_it_lets_a_stranger_end_nothing(patronage, stranger_client):
    stranger_client.post(reverse("members:end-support"))
    page = stranger_client.post(reverse("members:keep-support"), follow=True).content.decode()
    patronage.refresh_from_db()
    assert not patronage.cancel_at_period_end and "no running support" in page


def test_it_wants_djangos_token(patronage, member):
    from tests.sign_in import sign_in

    strict = Client(enforce_csrf_checks=True)
    sign_in(strict, member)
    assert strict.post(reverse("members:end-support")).status_code == 403


@pytest.mark.parametrize("name", ["end-support", "keep-support", "portal"])
def test_it_asks_stripe_so_often_for_one_member_and_no_oftener(name, member, member_client, stranger_client):
    for _time in range(CHANGE_SUPPORT.count):
        count_against(CHANGE_SUPPORT, f"member:{member.pk}")
    assert member_client.post(reverse(f"members:{name}")).status_code == 429
    assert stranger_client.post(reverse(f"members:{name}")).status_code == 302


def test_it_opens_the_portal_with_a_303(patronage, member_client):
    answer = member_client.post(reverse("members:portal"))
    assert answer.status_code == 303 and "/p/session/" in answer["Location"]


def test_it_says_so_when_stripe_is_down(patronage, member_client, settings, monkeypatch):
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    monkeypatch.setattr("members.patronage.client.RETRIES", 0)
    page = member_client.post(reverse("members:end-support"), follow=True).content.decode()
    patronage.refresh_from_db()
    assert "does not answer just now" in page and not patronage.cancel_at_period_end


def test_it_lists_many_receipts_with_few_queries(patronage, member_client, django_assert_max_num_queries):
    paid = Payment.objects.get()
    for number in range(30):
        paid.pk, paid.stripe_id = None, f"in_{number}"
        paid.save()
    with django_assert_max_num_queries(8):
        assert member_client.get(reverse("members:receipts")).content.count(b"/account/receipts/") >= 31
