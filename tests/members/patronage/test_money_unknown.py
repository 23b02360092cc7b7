"""Money in our books that Stripe does not know: found, told, left as it is, and kept or written off by a person."""

import pytest
from django.core.management import call_command
from django.urls import reverse

from members.patronage import deciding, mending, rights
from members.patronage.client import stripe_api
from members.patronage.errors import NeedsPerson, NotAllowed, PatronageError
from members.patronage.fetching import fetch_invoice, fetch_payment_intent
from members.patronage.mirroring import mirror_invoice, mirror_payment_intent
from members.patronage.models import Dispute, Donation, Drift, Gift, Payment, Period, Refund, Subscription
from members.patronage.timeline import timeline_of
from newsroom.lib.models import AuditEntry, Letter
from tests.members.patronage.conftest import receive
from tests.members.patronage.gifts import begin_gift
from tests.members.patronage.test_reconcile import clean, compare  # noqa: F401  (a fixture, and a verb)

pytestmark = pytest.mark.django_db
PAGE = reverse("admin:members_drift_changelist")


def forget(row, name):
    """As if Stripe had never had it."""
    type(row).objects.filter(pk=row.pk).update(stripe_id=name)
    row.refresh_from_db()
    return row


def hear(sandbox):
    """All events since it was emptied."""
    sandbox.forget()
    receive(sandbox.events())


def found():
    return dict(Drift.objects.filter(state="open", says__has_key="amount").values_list("stripe_id", "says"))


@pytest.fixture
def invoice(clean, bought, member):  # noqa: F811
    bought("month", member=member)
    return forget(Payment.objects.get(), "in_gone")


@pytest.fixture
def donation(clean, bought, member):  # noqa: F811
    bought("once", 900, member=member)
    return forget(Payment.objects.get(), "pi_gone")


@pytest.fixture
def refund(clean, bought, member):  # noqa: F811
    """Given back whole, and then Stripe does not know of it."""
    bought("month", member=member)
    stripe_api().refunds.create({"payment_intent": Payment.objects.get().payment_intent_id})
    hear(clean)
    return forget(Refund.objects.get(), "re_gone")


@pytest.fixture
def dispute(clean, bought, member):  # noqa: F811
    bought("month", member=member)
    charge = stripe_api().charges.list({"limit": 1}).data[0].id
    clean.control(f"charges/{charge}/dispute")
    hear(clean)
    Dispute.objects.update(status="lost")
    Period.objects.update(revoked_at=Period.objects.get().starts_at, revoked_why="disputed")
    return forget(Dispute.objects.get(), "dp_gone")


@pytest.mark.parametrize(("kind", "said"), [
    ("invoice", {"status": "paid", "amount": 500}), ("donation", {"status": "succeeded", "amount": 900}),
    ("refund", {"status": "succeeded", "amount": 500}), ("dispute", {"status": "lost", "amount": 500}),
])  # fmt: skip
def test_it_finds_each_kind_and_says_what_we_have(request, kind, said):
    row = request.getfixturevalue(kind)
    compare()
    says = found()[row.stripe_id]
    assert says["row"] == ["missing", "there"] and says["paid_at"][1]
    assert {name: says[name] for name in said} == {name: ["missing", value] for name, value in said.items()}


def test_nothing_is_touched_by_itself(invoice, manager, member):
    compare()
    drift = Drift.objects.get(stripe_id="in_gone")
    for user in (manager, None):
        with pytest.raises(NeedsPerson):
            mending.mend_drift(user=user, drift=drift)
    mending.ask_mend_all(user=manager)
    mending.sweep_mending()
    call_command("reconcile", "--mend")
    invoice.refresh_from_db()
    assert (invoice.status, Drift.objects.get(stripe_id="in_gone").state) == ("paid", "open")
    assert rights.is_patron(member)


def test_the_managers_are_told_once(invoice, manager, publisher, editor):
    compare()
    compare()
    letters = Letter.objects.filter(kind="members/money_unknown")
    assert set(letters.values_list("to_email", flat=True)) == {manager.email, publisher.email}
    assert letters.count() == 2 and "1 payment, refund or dispute" in letters[0].text and PAGE in letters[0].text


def test_it_is_kept_and_not_found_again(invoice, manager, member):
    compare()
    drift = Drift.objects.get(stripe_id="in_gone")
    for _click in range(2):
        deciding.keep_money(user=manager, drift=drift)
    compare()
    drift.refresh_from_db()
    assert (drift.state, drift.mended_by) == ("kept", manager) and not found() and rights.is_patron(member)
    assert AuditEntry.objects.get(action="drift.kept").actor == manager
    assert "Kept in the books, although Stripe does not know it any more" in [row.text for row in timeline_of(member)]


def test_a_payment_is_written_off_with_its_rights(invoice, manager, member, member_client):
    compare()
    drift = Drift.objects.get(stripe_id="in_gone")
    for _click in range(2):
        deciding.write_off(user=manager, drift=drift)
    invoice.refresh_from_db()
    assert (invoice.status, invoice.amount, invoice.paid_at) == ("written off", 500, None)
    assert not rights.is_patron(member) and Period.objects.get().revoked_why == "written off"
    assert member_client.get(invoice.receipt_url).status_code == 404
    entry = AuditEntry.objects.get(action="payment.written_off")
    assert entry.actor == manager and entry.details["paid_at"]
    compare()
    assert not found()


def test_what_stripe_knows_again_comes_back(invoice, manager, member):
    compare()
    deciding.write_off(user=manager, drift=Drift.objects.get(stripe_id="in_gone"))
    known = stripe_api().invoices.list({"limit": 1}).data[0].id
    forget(invoice, known)
    mirror_invoice(fetch_invoice(known))
    invoice.refresh_from_db()
    assert invoice.status == "paid" and invoice.paid_at and rights.is_patron(member)


def test_a_gift_once_is_written_off_and_its_row_stays(donation, manager, manager_client):
    compare()
    deciding.write_off(user=manager, drift=Drift.objects.get(stripe_id="pi_gone"))
    assert Donation.objects.get().payment.status == "written off"
    assert "written off" in manager_client.get(reverse("admin:members_donation_changelist")).content.decode()


def test_a_gift_for_somebody_else_is_withdrawn_and_comes_back(clean, prices, member, manager):  # noqa: F811
    _address, gift = begin_gift(member)
    clean.pay(gift.checkout.stripe_id, "giver@example.org")
    hear(clean)
    intent = Payment.objects.get().stripe_id
    forget(Payment.objects.get(), "pi_gone")
    compare()
    deciding.write_off(user=manager, drift=Drift.objects.get(stripe_id="pi_gone"))
    assert Gift.objects.get().state == "withdrawn"
    forget(Payment.objects.get(), intent)
    mirror_payment_intent(fetch_payment_intent(intent))
    assert Gift.objects.get().state in ("paid", "given")


@pytest.mark.parametrize("kind", ["refund", "dispute"])
def test_rights_come_back_with_money_that_did_not_go(request, kind, manager, member):
    row = request.getfixturevalue(kind)
    assert not rights.is_patron(member)
    compare()
    deciding.write_off(user=manager, drift=Drift.objects.get(stripe_id=row.stripe_id))
    row.refresh_from_db()
    assert row.status == "written off" and rights.is_patron(member) and Payment.objects.get().refunded == 0
    assert AuditEntry.objects.get(action=f"payment.{kind}_written_off").actor == manager


def test_it_asks_stripe_once_more(invoice, manager):
    compare()
    drift = Drift.objects.get(stripe_id="in_gone")
    known = stripe_api().invoices.list({"limit": 1}).data[0].id
    Drift.objects.exclude(pk=drift.pk).delete()
    Drift.objects.update(stripe_id=known)
    drift.refresh_from_db()
    with pytest.raises(NeedsPerson):
        deciding.write_off(user=manager, drift=drift)
    assert Payment.objects.get().status == "paid"


def test_what_was_never_paid_is_called_off_by_the_mend(donation, manager):
    Payment.objects.update(paid_at=None, status="processing")
    compare()
    drift = Drift.objects.get(stripe_id="pi_gone")
    with pytest.raises(PatronageError):
        deciding.keep_money(user=manager, drift=drift)
    mending.mend_drift(user=manager, drift=drift)
    assert Payment.objects.get().status == "canceled"


def test_the_desk_decides_by_buttons(invoice, manager_client, editor_client, editor):
    compare()
    drift = Drift.objects.get(stripe_id="in_gone")
    page = manager_client.get(PAGE).content.decode()
    assert 'name="keep"' in page and 'name="write_off"' in page
    assert reverse("admin:members_payment_change", args=[invoice.pk]) in page
    assert editor_client.post(PAGE, {"write_off": drift.pk}).status_code in (302, 403)
    with pytest.raises(NotAllowed):
        deciding.write_off(user=editor, drift=drift)
    assert Payment.objects.get().status == "paid"
    said = manager_client.post(PAGE, {"write_off": drift.pk}, follow=True).content.decode()
    assert "Written off: it counts no more." in said and Payment.objects.get().status == "written off"
    assert Subscription.objects.get().status == "active"
