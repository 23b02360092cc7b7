"""The yearly statement of giving: sums by currency, by the newsroom's year, for its owner alone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members.patronage.models import Dispute, Payment
from members.patronage.statements import statement_of, years_of
from newsroom.lib.models import SiteSettings
from newsroom.lib.site_settings import save_site_settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def pay(member):
    def make(amount, paid_at, currency="eur", **fields):
        number = Payment.objects.count() + 1
        fields = {"member": member, "kind": Payment.Kind.RENEWAL, "status": "paid", **fields}
        return Payment.objects.create(
            stripe_id=f"in_{number}", fetched_at=timezone.now(), created_at=timezone.now(), amount=amount,
            currency=currency, paid_at=paid_at, receipt_number=f"NR-{number}", **fields,
        )  # fmt: skip

    return make


def at(*parts):
    return datetime(*parts, tzinfo=ZoneInfo(settings.TIME_ZONE))


def address(year):
    return reverse("members:giving", args=[year])


def test_it_sums_by_currency_and_takes_off_what_went_back(pay, member):
    pay(500, at(2025, 3, 1)), pay(700, at(2025, 4, 1), refunded=200), pay(900, at(2025, 5, 1), currency="usd")
    disputed = pay(400, at(2025, 6, 1))
    moment = timezone.now()
    Dispute.objects.create(
        payment=disputed, stripe_id="dp_1", amount=400, currency="eur", status="lost", fetched_at=moment,
        created_at=moment,
    )  # fmt: skip
    totals = statement_of(member, 2025).totals
    assert {code: (total.given, total.returned) for code, total in totals.items()} == {
        "eur": (1600, 600), "usd": (900, 0),
    }  # fmt: skip


def test_it_counts_by_the_newsrooms_clock(pay, member):
    pay(500, at(2024, 12, 31, 23, 59)), pay(600, at(2025, 1, 1, 0, 0))
    assert statement_of(member, 2024).totals["eur"].given == 500
    assert statement_of(member, 2025).totals["eur"].given == 600
    assert years_of(member) == [2025, 2024]


def test_it_leaves_out_what_was_not_paid_and_what_cost_nothing(pay, member):
    pay(500, None, status="open"), pay(0, datetime(2025, 5, 5, tzinfo=UTC))
    assert statement_of(member, 2025) is None and years_of(member) == []


def test_it_names_who_received_by_the_legal_name(pay, member_client):
    pay(500, at(2025, 3, 1))
    row = SiteSettings.objects.get_or_create(pk=1)[0]
    row.legal_name = "Breakwater Press & Sons Ltd\n14 Ropewalk"
    save_site_settings(row)
    page = member_client.get(address(2025))
    words = page.content.decode()
    assert "Breakwater Press &amp; Sons Ltd<br>14 Ropewalk" in words and "€5" in words and "member@example.org" in words
    assert "The year is not over" not in words and "no-store" in page["Cache-Control"]


def test_it_says_beside_a_payment_what_went_back(pay, member_client):
    pay(700, at(2025, 4, 1), refunded=200)
    assert "€2 given back" in member_client.get(address(2025)).content.decode()
    assert "€2 given back" in member_client.get(reverse("members:receipts")).content.decode()
    assert ">€2<" in member_client.get(Payment.objects.get().receipt_url).content.decode()


def test_it_says_that_a_running_year_is_not_over(pay, member_client):
    pay(500, timezone.now())
    assert "The year is not over" in member_client.get(address(timezone.now().year)).content.decode()


def test_it_is_the_owner_s_alone(pay, member_client, stranger_client):
    pay(500, at(2025, 3, 1))
    assert member_client.get(address(2025)).status_code == 200
    assert stranger_client.get(address(2025)).status_code == 404
    assert Client().get(address(2025)).status_code == 302
    assert address(2025) in member_client.get(reverse("members:receipts")).content.decode()


@pytest.mark.parametrize("year", [0, 1999, 2023, 9999, 12345678901234])
def test_it_knows_no_year_without_a_payment(pay, member_client, year):
    pay(500, at(2025, 3, 1))
    assert member_client.get(address(year)).status_code == 404


def test_it_costs_few_queries(pay, member_client, django_assert_max_num_queries):
    for month in range(1, 13):
        pay(500, at(2025, month, 1))
    member_client.get(address(2025))  # the settings are kept from now on
    with django_assert_max_num_queries(8):
        assert member_client.get(address(2025)).content.decode().count("NR-") == 12
