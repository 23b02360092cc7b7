"""A member's own support and receipts: the owner, a stranger and nobody."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members.patronage import checkout
from members.patronage.client import stripe_api
from members.patronage.errors import AlreadyPatron
from members.patronage.fetching import fetch_subscription
from members.patronage.mirroring import mirror_subscription
from members.patronage.models import Payment, Period, Subscription, SupportChange
from newsroom.lib.limits import CHANGE_SUPPORT, count_against
from newsroom.lib.models import AuditEntry
from tests.members.patronage.conftest import receive
from tests.members.patronage.life import let_debit

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
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


FIX = reverse("members:fix-payment")


def words_of(client, address="/account/"):
    return " ".join(client.get(address).content.decode().partition("<main")[2].split())


@pytest.mark.parametrize("is_over", [False, True])
@pytest.mark.parametrize(("status", "said"), [("past_due", "we try again"), ("unpaid", "is not tried any more")])
def test_it_says_what_is_owed_and_leads_to_the_fix(patronage, member_client, status, said, is_over):
    Subscription.objects.update(status=status)
    if is_over:
        Period.objects.update(starts_at=timezone.now() - 2 * DAY, ends_at=timezone.now() - DAY)
    for address in ("/account/", reverse("members:my-support")):
        page = words_of(member_client, address)
        assert "The last payment of €5 did not go through" in page and said in page
        assert f'action="{FIX}"' in page and reverse("members:end-support") in page
        assert ("you have no vote until it is paid" in page) == is_over == ("You stay a patron" not in page)
        assert "Become a patron" not in page
    assert "did not go through" in words_of(member_client, FIX) and member_client.post(FIX).status_code == 303


def test_what_is_unpaid_is_ended_at_once_and_stands_in_the_way_of_a_second(patronage, member, member_client):
    Subscription.objects.update(status="unpaid")
    with pytest.raises(AlreadyPatron):
        checkout.open_checkout(member=member, frequency="month", money=patronage.money, language="en")
    assert "we stop trying your card" in words_of(member_client, reverse("members:end-support"))
    for name in ("pause-support", "change-support"):
        assert member_client.get(reverse(f"members:{name}")).status_code == 302
    member_client.post(reverse("members:end-support"))
    assert stripe_api().subscriptions.retrieve(patronage.stripe_id).status == "canceled"


def test_it_says_that_a_first_payment_is_not_through_and_leads_to_it(patronage, member_client):
    Subscription.objects.update(status="incomplete")
    Period.objects.all().delete()
    page = words_of(member_client)
    assert "Your first payment of €5 is not through yet." in page and f'action="{FIX}"' in page
    assert "Become a patron" not in page and "You are not a patron" not in page
    assert "is not through yet" in words_of(member_client, FIX) and member_client.post(FIX).status_code == 303
    Subscription.objects.update(status="incomplete_expired")
    assert "You are not a patron at present." in words_of(member_client)
    assert member_client.get(FIX).url == reverse("members:my-support")


def test_it_says_that_the_bank_has_yet_to_pay(begin, sandbox, member, member_client):
    """A first debit: Stripe calls it active, and it brings no rights for days."""
    sandbox.pay(let_debit(begin("month", member=member)).stripe_id, member.email, card="DE89370400440532013000")
    receive(sandbox.events())
    said = "Your bank has not confirmed the first payment yet"
    assert all(said in words_of(member_client, address) for address in ("/account/", reverse("members:my-support")))
    sandbox.control(f"charges/{stripe_api().charges.list({'limit': 1}).data[0].id}/settle")
    receive(sandbox.events())
    page = words_of(member_client)
    assert said not in page and "You give €5 a month." in page


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


def test_it_tells_stripe_why_it_ends(patronage, member_client):
    member_client.post(reverse("members:end-support"), {"reason": "unused", "comment": " I moved to the hills. "})
    details = stripe_api().subscriptions.retrieve(patronage.stripe_id).cancellation_details
    assert (details.feedback, details.comment) == ("unused", "I moved to the hills.")
    change = SupportChange.objects.get()
    assert (change.kind, change.state, change.reason) == ("end", "done", "unused")


def test_it_refuses_a_reason_that_is_none_of_ours(patronage, member_client):
    answer = member_client.post(reverse("members:end-support"), {"reason": "x", "comment": "kept"})
    assert answer.status_code == 422 and ">kept</textarea>" in answer.content.decode()
    assert not SupportChange.objects.exists()


def test_it_says_when_support_has_ended_and_offers_to_begin_again(patronage, member_client, sandbox):
    member_client.post(reverse("members:end-support"))
    sandbox.control(f"subscriptions/{patronage.stripe_id}/renew")
    mirror_subscription(fetch_subscription(patronage.stripe_id))
    page = member_client.get(reverse("account")).content.decode()
    assert "Your support ended on" in page and "Become a patron again" in page and "You stay a patron until" in page


def test_it_says_how_long_an_unpaid_patron_keeps_the_rights(patronage, member_client):
    Subscription.objects.update(status="past_due")
    page = member_client.get(reverse("account")).content.decode()
    assert "did not go through" in page and "You stay a patron until" in page


def test_it_opens_the_portal_straight_at_the_card(patronage, member_client):
    before = stripe_api().events.list({"type": "billing_portal.session.created", "limit": 1}).data
    answer = member_client.post(reverse("members:portal"), {"for": "card"})
    made = stripe_api().events.list({"type": "billing_portal.session.created", "limit": 1}).data[0]
    assert answer.status_code == 303 and made.data.object.flow.type == "payment_method_update"
    assert not before or before[0].id != made.id


def test_it_lets_forms_lead_to_the_portal(patronage, member_client, settings):
    policy = member_client.get(reverse("members:my-support"))["Content-Security-Policy"]
    assert f"form-action 'self' {settings.STRIPE_API_BASE}" in policy


def test_it_opens_the_portal_for_whoever_s_support_has_ended(patronage, member_client, stranger_client):
    Subscription.objects.update(status="canceled")
    assert member_client.post(reverse("members:portal")).status_code == 303
    assert stranger_client.post(reverse("members:portal")).status_code == 302
