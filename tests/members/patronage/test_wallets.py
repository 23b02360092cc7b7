"""Paying by a wallet that has another address: whose the support is, and that nobody's address is overwritten."""

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from members.accounts.models import Member
from members.patronage.client import stripe_api
from members.patronage.models import Double, Payment, Period, StripeCustomer
from members.patronage.rights import is_patron
from newsroom.lib.models import Letter
from tests.members.patronage.conftest import receive

pytestmark = pytest.mark.django_db
WALLET = "wallet@example.org"
ORDERS = {"as they came": 1, "backwards": -1}


@pytest.fixture
def known(member):
    """With an address that was proved."""
    EmailAddress.objects.create(user=member, email=member.email, primary=True, verified=True)
    return member


@pytest.fixture
def pay(begin, sandbox):
    def make(frequency="month", order=1, **given):
        row = begin(frequency, 500, **given)
        sandbox.pay(row.stripe_id, WALLET, wallet="apple_pay")
        receive(sandbox.events()[::order])
        row.refresh_from_db()
        return row

    return make


def standing(member):
    row = Member.objects.get(pk=member.pk)
    return row.email, row.name, list(EmailAddress.objects.filter(user=row).values_list("email", "verified"))


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
@pytest.mark.parametrize("frequency", ["month", "once"])
def test_it_belongs_to_who_is_signed_in(pay, known, frequency, order):
    before = standing(known)
    row = pay(frequency, order, member=known)
    assert stripe_api().checkout.sessions.retrieve(row.stripe_id).customer_details.email == WALLET
    assert (row.member, Payment.objects.get().member) == (known, known)
    assert is_patron(known) == (frequency == "month") and standing(known) == before
    assert not Member.objects.filter(email=WALLET).exists()
    assert set(Letter.objects.values_list("to_email", flat=True)) == {known.email}


def test_it_stays_so_when_who_is_known_at_stripe_pays_again(bought, pay, known):
    bought("month", member=known)
    pay("once", member=known)
    assert StripeCustomer.objects.get().member == known and Payment.objects.filter(member=known).count() == 2
    assert stripe_api().customers.retrieve(StripeCustomer.objects.get().stripe_id).email == known.email


def test_whoever_has_the_wallet_s_address_here_gets_nothing_of_it(pay, known, make_member):
    other = make_member(WALLET, name="Somebody Else")
    before = standing(other)
    pay(member=known)
    assert not is_patron(other) and standing(other) == before
    assert not Payment.objects.filter(member=other).exists() and not Double.objects.exists()
    assert not Letter.objects.filter(to_email=WALLET).exists()


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_it_belongs_to_the_wallet_s_address_when_nobody_is_signed_in(pay, known, order):
    before = standing(known)
    row = pay(order=order)
    assert row.member.email == WALLET and row.member.proved_at is None
    assert Period.objects.get().member == row.member and standing(known) == before
    assert set(Letter.objects.values_list("to_email", flat=True)) == {WALLET}


def test_the_thanks_page_says_which_address_a_wallet_gave(pay, known, member_client):
    said = "it is the address that is kept in it"
    own, anybodys = (f"/support/thanks/?session={pay(member=who).stripe_id}" for who in (known, None))
    assert said in Client().get(anybodys).content.decode() and WALLET not in Client().get(anybodys).content.decode()
    assert said not in member_client.get(own).content.decode()
