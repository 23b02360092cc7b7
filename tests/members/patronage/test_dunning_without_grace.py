"""A payment that failed where no grace runs, on the sandbox's clock: nobody keeps rights by it, and yet its payer is
written to on the set days, led to the fix, and not tried for good."""

import pytest
from django.urls import reverse

from members.patronage import checkout, ending, pausing, rights, tasks
from members.patronage.client import stripe_api
from members.patronage.errors import StripeRefused
from members.patronage.models import Payment, Period, Subscription
from newsroom.lib.models import AuditEntry, Letter
from newsroom.lib.money import Money
from tests.members.patronage.conftest import receive
from tests.members.patronage.life import let_debit
from tests.members.patronage.peer import begin_at, own_peer  # noqa: F401  (fixtures)
from tests.members.patronage.test_dunning import reminders

pytestmark = pytest.mark.django_db
REFUSED = "DE62370400440532013001"


@pytest.fixture
def sandbox(begin_at):  # noqa: F811
    return begin_at("2026-03-02T08:00:00Z")


@pytest.fixture
def refused_debit(prices, sandbox, member):
    """The first debit comes back after five days."""

    def make():
        checkout.open_checkout(member=member, frequency="month", money=Money(500, "eur"), language="en")
        sandbox.pay(let_debit(checkout.Checkout.objects.get()).stripe_id, member.email, card=REFUSED)
        pass_days(sandbox, 5)
        return Subscription.objects.get()

    return make


@pytest.fixture
def unpaid_return(support, sandbox, member):
    """Paused, and gone on with when the paid time was over; the card refuses."""

    def make():
        support("month", member=member)
        row = Subscription.objects.get()
        pausing.pause_support(member=member)
        sandbox.advance("40d")
        receive(sandbox.events())
        sandbox.control(f"subscriptions/{row.stripe_id}/fail", count=9)
        with pytest.raises(StripeRefused):
            pausing.resume_support(member=member)
        return row

    return make


@pytest.fixture
def renewal_after_refund(support, sandbox, member):
    """What was paid last went back; the next payment fails."""

    def make():
        support("month", member=member)
        row = Subscription.objects.get()
        stripe_api().refunds.create({"payment_intent": Payment.objects.get().payment_intent_id})
        sandbox.control(f"subscriptions/{row.stripe_id}/fail", count=9)
        pass_days(sandbox, 31)
        return row

    return make


def pass_days(sandbox, number):
    for _day in range(number):
        sandbox.advance("1d")
        receive(sandbox.events())


def days(sandbox, number):
    """With the clock's sweep each day; the numbers of letters written by then."""
    counts = []
    for _day in range(number):
        pass_days(sandbox, 1)
        tasks.sweep_dunning()
        counts.append(reminders())
        Letter.objects.update(state="sent")
    return counts


@pytest.mark.parametrize("name", ["unpaid_return", "renewal_after_refund"])
def test_it_writes_on_the_set_days_and_ends_in_the_end(request, sandbox, member, name):
    row = request.getfixturevalue(name)()
    row.refresh_from_db()
    assert row.status == "past_due" and not rights.is_patron(member)
    assert not Period.objects.filter(grace_from__isnull=False).exists()
    sandbox.advance("1h")
    for _sweep in range(2):
        tasks.sweep_dunning()
    assert reminders() == 1
    assert days(sandbox, 13) == [1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4]
    days(sandbox, 2)
    assert stripe_api().subscriptions.retrieve(row.stripe_id).status == "canceled"
    assert Letter.objects.filter(kind="members/support_ended").count() == 1 and not rights.is_patron(member)
    assert AuditEntry.objects.filter(action="support.end_unpaid").count() == 1
    assert Payment.objects.filter(paid_at__isnull=False).count() == 1


def test_it_ends_a_first_debit_that_is_refused_again_and_again(refused_debit, sandbox, member):
    """While the bank is at another try Stripe calls it active; the days go on."""
    row = refused_debit()
    tasks.sweep_dunning()
    assert reminders() == 1 and row.status == "past_due"
    counts = days(sandbox, 20)
    assert counts == sorted(counts) and 2 <= counts[-1] <= 4
    assert stripe_api().subscriptions.retrieve(row.stripe_id).status == "canceled"
    assert AuditEntry.objects.filter(action="support.end_unpaid").count() == 1
    assert Letter.objects.filter(kind="members/support_ended").count() == 1 and not Period.objects.exists()


def test_its_letter_promises_no_rights_and_leads_to_the_fix(refused_debit, sandbox):
    refused_debit()
    tasks.sweep_dunning()
    letter = Letter.objects.get(kind="members/payment_failed")
    assert reverse("members:fix-payment") in letter.text and "Your support waits until it is paid." in letter.text
    assert "You stay a patron" not in letter.text + letter.html and "what you gave" not in letter.text + letter.html
    days(sandbox, 20)
    assert "Thank you" not in Letter.objects.get(kind="members/support_ended").text


def test_it_is_over_when_the_money_comes(refused_debit, sandbox, member):
    refused_debit()
    tasks.sweep_dunning()
    sandbox.control(f"invoices/{Payment.objects.get().stripe_id}/pay")  # from another account
    charge = stripe_api().charges.list({"limit": 1}).data[0].id
    sandbox.control(f"charges/{charge}/settle", failed=0)
    receive(sandbox.events())
    assert reminders() == 0 and rights.is_patron(member)  # what was queued is taken back
    days(sandbox, 16)
    assert reminders() == 0 and Subscription.objects.get().status == "active"


def test_each_time_counts_anew(renewal_after_refund, sandbox, member):
    """Months later: the days begin again."""
    row = renewal_after_refund()
    days(sandbox, 8)
    sandbox.control(f"subscriptions/{row.stripe_id}/fail", count=0)
    sandbox.control(f"invoices/{Payment.objects.get(paid_at=None).stripe_id}/pay")
    receive(sandbox.events())
    paid = Payment.objects.latest("paid_at")
    stripe_api().refunds.create({"payment_intent": paid.payment_intent_id})
    sandbox.control(f"subscriptions/{row.stripe_id}/fail", count=9)
    before = reminders()
    pass_days(sandbox, 24)
    tasks.sweep_dunning()
    row.refresh_from_db()
    assert row.status == "past_due" and reminders() == before + 1


def test_it_hears_nothing_who_ends_it_herself(refused_debit, sandbox, member):
    refused_debit()
    ending.end_support(member=member)
    days(sandbox, 2)
    assert not Letter.objects.filter(kind__in=["members/payment_failed", "members/support_ended"]).exists()


def test_it_leaves_alone_what_the_publisher_has_put_aside(refused_debit, sandbox):
    """At Stripe's dashboard: nothing is collected."""
    row = refused_debit()
    stripe_api().subscriptions.update(row.stripe_id, {"pause_collection": {"behavior": "keep_as_draft"}})
    receive(sandbox.events())
    days(sandbox, 10)
    assert reminders() == 0 and Subscription.objects.get().status == "past_due"
