"""Support that was sold at Stripe's dashboard in a currency that we do not take: it counts, is written by its code, and
holds up nothing else. And no single row ends a sweep."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from members.patronage import mending, reconciling, renewing, tasks
from members.patronage.checkout import make_product
from members.patronage.client import stripe_api
from members.patronage.inbox import HANDLERS
from members.patronage.models import Drift, Payment, Period, Price, Reconciliation, Subscription
from newsroom.lib.models import Letter
from tests.members.patronage.conftest import receive, states
from tests.sign_in import sign_in

pytestmark = pytest.mark.django_db
BUYER = "buyer@example.org"


@pytest.fixture
def sell_elsewhere(prices, sandbox):
    """A price of the tier's product that somebody made at the dashboard, bought by a link of Stripe's."""

    def make(currency="kwd", amount=12_500, interval="year"):
        price = {
            "currency": currency, "unit_amount": amount, "recurring": {"interval": interval},
            "product": prices.stripe_product_id or make_product(prices),
        }  # fmt: skip
        session = stripe_api().checkout.sessions.create(
            {"mode": "subscription", "line_items": [{"price_data": price, "quantity": 1}], "success_url": "https://a.example/"}
        )  # fmt: skip
        sandbox.pay(session.id, BUYER)
        receive(sandbox.events())
        return Subscription.objects.get(currency=currency)

    return make


def test_it_gives_the_rights_and_a_receipt(sell_elsewhere):
    row = sell_elsewhere()
    assert states()["invoice.paid"] == "done" and Period.objects.get().member == row.member
    assert "12.500\u00a0KWD" in Letter.objects.get(kind="members/receipt").subject


@pytest.mark.parametrize("name", ["members:my-support", "members:receipts", "members:change-support", "account"])
def test_its_payer_reads_each_page_of_the_account(sell_elsewhere, client, name):
    sign_in(client, sell_elsewhere().member)
    answer = client.get(reverse(name))
    assert answer.status_code == 200


def test_its_payer_sees_the_year_s_statement(sell_elsewhere, client):
    sign_in(client, sell_elsewhere().member)
    page = client.get(reverse("members:giving", args=[timezone.now().year])).content.decode()
    assert "Given in KWD" in page and "12.500\u00a0KWD" in page


def test_the_desk_lists_it_and_can_give_it_back(sell_elsewhere, manager_client):
    sell_elsewhere()
    for name in ("subscription", "payment"):
        page = manager_client.get(reverse(f"admin:members_{name}_changelist"))
        assert page.status_code == 200 and "12.500\u00a0KWD" in page.content.decode()
    address = reverse("admin:members_payment_refund", args=[Payment.objects.get().pk])
    form = manager_client.get(address).context["form"]
    assert form.initial["amount"] == "12.500"
    data = {"key": str(form.initial["key"]), "amount": "2.125", "reason": "requested_by_customer"}
    assert manager_client.post(address, data).status_code == 302
    assert stripe_api().refunds.list({"limit": 1}).data[0].amount == 2125


def test_it_is_written_to_before_the_renewal_and_so_are_others(sell_elsewhere, bought):
    sell_elsewhere()
    bought("year", 5000)
    Subscription.objects.update(current_period_end=timezone.now() + timedelta(days=9))
    renewing.sweep_renewals()
    subjects = list(Letter.objects.filter(kind="members/renewal_soon").order_by("id").values_list("subject", flat=True))
    assert len(subjects) == 2 and any("12.500\u00a0KWD" in text for text in subjects)


def test_its_payer_can_change_nothing_here_and_is_told_so(sell_elsewhere, prices, client):
    Price.objects.create(tier=prices, amount=12_500, currency="kwd", interval="year")
    sign_in(client, sell_elsewhere().member)
    page = client.post(reverse("members:change-support"), {"frequency": "year", "amount_year": "15000"})
    assert page.status_code == 422 and "We cannot take the currency “kwd”" in page.content.decode()


def test_a_price_in_it_is_not_offered(prices, client):
    """Made before the desk knew which it takes: the forms say so, and no page breaks."""
    Price.objects.create(tier=prices, amount=1000, currency="cad", interval="month")
    for address in ("/support/", "/support/gift/"):
        page = client.get(f"{address}?currency=cad")
        assert page.status_code == 200 and page.context["currency"] == "eur" and b"CAD" not in page.content


def test_one_letter_that_cannot_be_written_holds_up_no_other(bought, make_member, monkeypatch):
    for number in range(2):
        bought("year", 5000, member=make_member(f"patron{number}@example.org"))
    Subscription.objects.update(current_period_end=timezone.now() + timedelta(days=9))
    first, write = Subscription.objects.order_by("id").first().pk, renewing._write

    def break_first(row):
        if row.pk == first:
            raise ValueError("a row that nobody thought of")
        write(row)

    monkeypatch.setattr(renewing, "_write", break_first)
    renewing.sweep_renewals()
    assert [one.to_email for one in Letter.objects.filter(kind="members/renewal_soon")] == ["patron1@example.org"]


def test_one_difference_that_cannot_be_mended_holds_up_neither_others_nor_the_walk(bought, manager, monkeypatch):
    bought("month")
    bought("once", 900)
    donation = Payment.objects.get(kind="donation")
    Subscription.objects.update(status="past_due")
    run = reconciling.begin_reconciliation(user=None)
    about = {"found_in": run, "found_at": timezone.now(), "says": {}}
    first = Drift.objects.create(kind="subscription", stripe_id=Subscription.objects.get().stripe_id, **about)
    second = Drift.objects.create(kind="payment_intent", stripe_id=donation.stripe_id, **about)

    def break_down(_fetched):
        raise ValueError("reader@example.org is what a raw error may say")

    broken = HANDLERS["customer.subscription.updated"]
    monkeypatch.setitem(HANDLERS, "customer.subscription.updated", type(broken)(broken.fetch, break_down))
    mending.ask_mend_all(user=manager)
    tasks.sweep_reconciling()
    first.refresh_from_db(), second.refresh_from_db()
    assert (first.state, first.error) == ("open", "ValueError") and second.state == "mended"
    assert Reconciliation.objects.get().seen > 0
