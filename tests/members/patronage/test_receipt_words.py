"""The receipt's page says what was paid for: tier, rhythm and time, a single gift, or whom a gift is for."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from members.patronage import changing
from members.patronage.models import Gift, Payment, Period, Subscription, Tier
from members.patronage.receipt_views import own_payments
from members.patronage.receipt_words import what_for
from newsroom.lib.money import Money
from tests.members.patronage.gifts import FRIEND, give

pytestmark = pytest.mark.django_db


def said_on(client, payment):
    """In the row "For"."""
    page = client.get(payment.receipt_url).content.decode()
    return page.partition('<th scope="row">For</th><td>')[2].partition("</td>")[0]


def day(moment):
    return date_format(timezone.localtime(moment), "j E Y")


def stretch(period):
    return f"{day(period.starts_at)} to {day(period.paid_until)}"


@pytest.mark.parametrize(("interval", "amount", "rhythm"), [("month", 500, "monthly"), ("year", 5000, "yearly")])
def test_it_names_tier_rhythm_and_time(bought, member, member_client, interval, amount, rhythm):
    bought(interval, amount, member=member)
    assert said_on(member_client, Payment.objects.get()) == f"Lantern, {rhythm}: {stretch(Period.objects.get())}"


def test_it_counts_no_days_of_grace(bought, member, member_client):
    bought("month", member=member)
    paid = stretch(Period.objects.get())
    period = Period.objects.get()
    Period.objects.update(grace_from=period.ends_at, ends_at=period.ends_at + timedelta(days=14))
    assert said_on(member_client, Payment.objects.get()).endswith(paid)


def test_it_says_what_was_bought_and_not_what_runs_now(bought, member, member_client):
    bought("month", member=member)
    Subscription.objects.update(interval="year")  # changed since
    assert said_on(member_client, Payment.objects.get()) == f"Lantern: {stretch(Period.objects.get())}"


def test_what_a_change_cost_has_no_rhythm(bought, member, member_client):
    bought("year", 5000, member=member)
    began = timezone.now() - timedelta(days=90)
    shown = changing.propose_change(member=member, money=Money(9000, "eur"), interval="year")
    changing.confirm_change(change=shown)
    charged = Payment.objects.order_by("-pk").first()
    Period.objects.filter(payment=charged).update(starts_at=began, ends_at=began + timedelta(days=200))
    assert said_on(member_client, charged) == f"Lantern: {stretch(Period.objects.get(payment=charged))}"


def test_it_names_a_single_gift(bought, member, member_client):
    bought("once", 900, member=member)
    assert said_on(member_client, Payment.objects.get()) == "one-off gift"


def test_it_says_whom_a_gift_is_for_while_that_is_kept(sandbox, prices, member, member_client):
    give(sandbox, member)
    payment = Payment.objects.get()
    assert said_on(member_client, payment) == f"3 months of Lantern, a gift for {FRIEND}"
    Gift.objects.update(recipient_email="")  # forgotten
    assert said_on(member_client, payment) == "3 months of Lantern, a gift"


def test_it_says_what_it_can_where_no_period_is_known(bought, member, member_client):
    bought("month", member=member)
    Period.objects.all().delete()
    assert said_on(member_client, Payment.objects.get()) == "support"


def test_it_is_in_the_reader_s_language(bought, member, member_client):
    bought("month", member=member)
    Tier.objects.update(translations={"uk": {"name": "Ліхтар"}})
    page = member_client.get(f"/uk{Payment.objects.get().receipt_url}").content.decode()
    assert "Ліхтар, щомісяця: " in page


def test_lists_and_the_years_statement_say_it_too(bought, sandbox, member, member_client, django_assert_num_queries):
    """In as many questions to the database however much was paid."""
    bought("month", member=member)
    bought("once", 900, member=member)
    give(sandbox, member, recipient_email=FRIEND)
    year = timezone.localtime().year
    line = f"Lantern, monthly: {stretch(Period.objects.get(cause='invoice'))}"
    for page in (reverse("members:receipts"), reverse("members:my-support"), reverse("members:giving", args=[year])):
        words = member_client.get(page).content.decode()
        assert line in words and f"a gift for {FRIEND}" in words and "one-off gift" in words, page
    with django_assert_num_queries(1):
        assert len([what_for(payment) for payment in own_payments(member)]) == 3
