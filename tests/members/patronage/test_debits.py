"""Direct debits of single payments: the bank answers days later, and then it is as if the money had come at once, or
their giver hears that it did not."""

from datetime import timedelta

import pytest

from members.patronage import checkout
from members.patronage.fetching import fetch_payment_intent, fetch_session
from members.patronage.mirroring import mirror_checkout_session, mirror_payment_intent
from members.patronage.models import Donation, Gift, Payment
from newsroom.lib.models import Letter
from newsroom.lib.money import Money
from tests.members.patronage.conftest import receive
from tests.members.patronage.gifts import FRIEND, GIVER, begin_gift
from tests.members.patronage.life import let_debit
from tests.members.patronage.peer import begin_at, own_peer  # noqa: F401  (fixtures)

pytestmark = pytest.mark.django_db

ACCOUNT = "DE89370400440532013000"


@pytest.fixture
def sandbox(prices, begin_at):  # noqa: F811
    return begin_at("2026-12-29T10:00:00Z")


@pytest.fixture
def give_by_debit(sandbox):
    """A single gift from a bank account, on its way."""

    def make(amount=900, account=ACCOUNT):
        checkout.open_checkout(member=None, frequency="once", money=Money(amount, "eur"), language="en")
        row = let_debit(checkout.Checkout.objects.latest("id"))
        sandbox.pay(row.stripe_id, GIVER, card=account)
        return row

    return make


def kinds():
    return set(Letter.objects.values_list("kind", "to_email"))


THANKED = {("members/thanks", GIVER), ("members/receipt", GIVER)}


def test_a_gift_by_debit_is_thanked_and_receipted_when_the_bank_has_paid(give_by_debit, sandbox):
    give_by_debit()
    receive(sandbox.events())
    assert not Letter.objects.exists() and Payment.objects.get().status == "processing"
    sandbox.advance("6d")
    receive(sandbox.events())
    assert kinds() == THANKED
    payment, donation = Payment.objects.get(), Donation.objects.get()
    assert payment.paid_at.year == 2027 and donation.given_at == payment.paid_at


def test_a_gift_by_debit_is_thanked_though_nothing_was_heard_of_it_on_its_way(give_by_debit, sandbox):
    give_by_debit()
    sandbox.events()
    sandbox.advance("6d")
    receive(sandbox.events())
    assert kinds() == THANKED


def test_what_stands_as_the_moment_of_payment_stays(give_by_debit, sandbox):
    give_by_debit()
    receive(sandbox.events())
    sandbox.advance("6d")
    receive(sandbox.events())
    before = Payment.objects.get()
    sandbox.advance("2d")
    mirror_payment_intent(fetch_payment_intent(before.stripe_id))
    after = Payment.objects.get()
    assert after.paid_at == before.paid_at and after.fetched_at > before.fetched_at
    assert Letter.objects.count() == 2


def test_an_old_debit_that_a_repair_brings_is_not_thanked_again(give_by_debit, sandbox):
    """A new database that reads Stripe's history."""
    give_by_debit()
    sandbox.advance("40d")
    sandbox.events()
    (intent,) = sandbox.all("payment_intents")
    payment = mirror_payment_intent(fetch_payment_intent(intent["id"]))
    assert payment.paid_at <= sandbox.now() - timedelta(days=39) and not Letter.objects.exists()


def test_the_giver_of_months_by_debit_gets_a_receipt(sandbox):
    _address, gift = begin_gift()
    row = let_debit(gift.checkout)
    sandbox.pay(row.stripe_id, GIVER, card=ACCOUNT)
    receive(sandbox.events())
    assert not Letter.objects.exists()
    sandbox.advance("6d")
    receive(sandbox.events())
    assert kinds() == {("members/receipt", GIVER), ("members/gift", FRIEND)}
    assert Gift.objects.get().state == "given"


def test_a_debit_that_a_repair_brings_months_later_counts_from_its_beginning(give_by_debit, sandbox):
    """Known as on its way, and all events since were lost: it was not paid on the day of the repair."""
    give_by_debit()
    receive(sandbox.events())
    sandbox.advance("90d")
    mirror_payment_intent(fetch_payment_intent(Payment.objects.get().payment_intent_id))
    payment = Payment.objects.get()
    assert payment.status == "succeeded" and payment.paid_at.year == 2026 and not Letter.objects.exists()


REFUSED = "DE62370400440532013001"


def test_who_gave_once_hears_that_the_bank_refused(give_by_debit, sandbox):
    give_by_debit(account=REFUSED)
    receive(sandbox.events())
    sandbox.advance("6d")
    receive(sandbox.events())
    for _again in range(2):
        mirror_checkout_session(fetch_session(checkout.Checkout.objects.get().stripe_id))
    letter = Letter.objects.get()
    assert (letter.kind, letter.to_email, letter.subject) == (
        "members/debit_refused", GIVER, "Your bank did not pay €9"
    )  # fmt: skip
    assert "/support/\n" in letter.text and "nothing was taken" in letter.text and "been written to" not in letter.text


def test_the_giver_of_months_hears_it_too_and_the_friend_nothing(sandbox):
    _address, gift = begin_gift()
    sandbox.pay(let_debit(gift.checkout).stripe_id, GIVER, card=REFUSED)
    sandbox.advance("6d")
    receive(sandbox.events())
    letter = Letter.objects.get()
    assert letter.to_email == GIVER and "Whoever it was for has not been written to." in letter.text
    assert "/support/gift/" in letter.text


def test_nobody_hears_of_a_refusal_of_long_ago(give_by_debit, sandbox):
    give_by_debit(account=REFUSED)
    sandbox.advance("40d")
    receive(sandbox.events())
    assert checkout.Checkout.objects.get().state == "failed" and not Letter.objects.exists()
