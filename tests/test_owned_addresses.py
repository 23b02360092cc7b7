"""What belongs to one person: every address of the site is either for everybody or stands in a table here, and each
that does is asked for by a stranger and by whoever is not signed in. An address that no table names makes a test fail.
"""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from members.accounts.models import Member, SignedInBrowser
from members.patronage.models import Checkout, Gift, Payment, StripeCustomer, Subscription, SupportChange
from tests.members.patronage.conftest import OUR_PAGE
from tests.sign_in import sign_in
from tests.test_same_bytes import public_views

pytestmark = pytest.mark.django_db
SIGN_IN = reverse("account_login")
OWNER, MARKS = "owner@example.org", (b"owner@example.org", b"Olha Owner", b"NR-OWNED", b"friend@example.org")

# Of whoever is signed in, without a key of a row: nobody else's can be asked for.
ONES_OWN = {
    "account", "account-export", "account-erase", "account-newsletters", "account_reauthenticate",
    "account_sign_out_everywhere", "members:display-name", "members:my-support", "members:change-support",
    "members:pause-support", "members:resume-support", "members:end-support", "members:keep-support",
    "members:new-price", "members:fix-payment", "members:portal", "members:receipts", "members:topic-suggest",
    "members:vote", "mfa_index", "mfa_reauthenticate", "mfa_activate_totp", "mfa_deactivate_totp",
    "mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_download_recovery_codes", "mfa_list_webauthn",
    "mfa_add_webauthn", "mfa_reauthenticate_webauthn",
}  # fmt: skip
# A row of somebody: what its owner's address is made of.
OF_A_ROW = {
    "members:confirm-change": lambda owned: [owned["change"].key],
    "members:receipt": lambda owned: [owned["payment"].pk],
    "members:giving": lambda owned: [owned["payment"].paid_at.year],
    "account_sign_out_one": lambda owned: [owned["browser"].pk],
    "mfa_remove_webauthn": lambda owned: [owned["factor"].pk],
    "mfa_edit_webauthn": lambda owned: [owned["factor"].pk],
}
# Behind a secret that stands in a letter: who guesses finds nothing, or that it is over.
OF_A_TOKEN = {
    "members:take-gift": 404, "members:double": 404, "members:declaration": 404, "unsubscribe": 404,
    "articles:preview": 404, "account_staff_link": 410, "account_prove_address": 410, "newsletters:signup-confirm": 410,
}  # fmt: skip
# For everybody, yet not a page that is stored: the door, and what shows nothing of anybody to whoever is not signed in.
FOR_ALL = {
    "account_login", "account_request_login_code", "account_confirm_login_code", "account_sign_in_link",
    "account_sign_in_by_link", "mfa_login_webauthn",
    "mfa_authenticate", "mfa_trust", "account_logout", "account_inactive", "account-erased", "fragment-me",
    "members:support-thanks", "stripe-webhook", "articles:moved",
}  # fmt: skip
# The letters of the demo and of tests; in production there is no such address.
NOT_IN_PRODUCTION = {"inbox", "inbox-message", "inbox-message-body"}
DESK = {"desk-member"}  # see members/patronage/test_desk_roles.py


def names(patterns=None, namespace=""):
    """Of all addresses but the desk's own; an address without a name stands as its pattern."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}" if pattern.name else str(pattern.pattern)
        elif pattern.namespace != "admin":
            yield from names(pattern.url_patterns, f"{pattern.namespace}:" if pattern.namespace else namespace)


@pytest.fixture
def owned(make_member, tier):
    """What somebody has who gives, gave to a friend, and wants something else."""
    owner, now = make_member(OWNER, name="Olha Owner"), timezone.now()
    mirrored = {"fetched_at": now, "created_at": now, "amount": 500, "currency": "eur"}
    customer = StripeCustomer.objects.create(member=owner, stripe_id="cus_1")
    support = Subscription.objects.create(
        member=owner, customer=customer, tier=tier, status="active", interval="month", stripe_id="sub_1",
        current_period_start=now, current_period_end=now + timedelta(days=9), **mirrored,
    )  # fmt: skip
    payment = Payment.objects.create(
        member=owner, subscription=support, kind="renewal", status="paid", paid_at=now, stripe_id="in_1",
        receipt_number="NR-OWNED", **mirrored,
    )  # fmt: skip
    change = SupportChange.objects.create(
        member=owner, subscription=support, kind="terms", state="shown", amount=700, currency="eur", interval="month",
        due_now=200, next_at=now,
    )  # fmt: skip
    checkout = Checkout.objects.create(member=owner, frequency="once", amount=1500, currency="eur", language="en")
    Gift.objects.create(
        checkout=checkout, giver=owner, tier=tier, months=3, recipient_email="friend@example.org", payment=payment
    )
    factor = Authenticator.objects.create(user=owner, type=Authenticator.Type.WEBAUTHN, data={"name": "Key"})
    browser = SignedInBrowser.objects.create(member=owner, session_key="owned", browser="Firefox", system="Linux")
    return {"owner": owner, "payment": payment, "change": change, "factor": factor, "browser": browser}


def client_of(member):
    sign_in(client := Client(), member)
    return client


def ask(client, path):
    """A look and a click; what is made for one of the two says so to the other."""
    return client.get(path), client.post(path, **OUR_PAGE)


def leads_to_the_door(answer):
    return answer.status_code == 302 and answer["Location"].startswith(SIGN_IN)


def test_every_address_stands_in_one_table():
    tables = [set(public_views()), ONES_OWN, set(OF_A_ROW), set(OF_A_TOKEN), FOR_ALL, NOT_IN_PRODUCTION, DESK]
    unnamed = {"admin/login/", "media/<path:name>"}
    assert set(names()) - set().union(*tables) == unnamed
    assert sum(map(len, tables)) == len(set().union(*tables))


@pytest.mark.parametrize("name", sorted(ONES_OWN))
def test_it_asks_whoever_is_not_signed_in_to_sign_in(owned, name):
    for answer in ask(Client(), reverse(name)):
        assert leads_to_the_door(answer), (name, answer.status_code)


@pytest.mark.parametrize("name", sorted(ONES_OWN))
def test_it_shows_a_stranger_nothing_of_somebody_else(owned, stranger_client, name):
    for answer in ask(stranger_client, reverse(name)):
        content = b"".join(answer) if answer.streaming else answer.content
        assert answer.status_code < 500
        assert not [mark for mark in MARKS if mark in content], name


@pytest.mark.parametrize("name", sorted(OF_A_ROW))
def test_a_row_of_somebody_else_is_not_there(owned, stranger_client, name):
    path = reverse(name, args=OF_A_ROW[name](owned))
    for answer in ask(stranger_client, path):
        assert answer.status_code in (404, 405), name
    for answer in ask(Client(), path):
        assert leads_to_the_door(answer), name


@pytest.mark.parametrize("name", ["members:confirm-change", "members:receipt", "members:giving"])
def test_its_owner_finds_it(owned, name):
    """So that the test before this one cannot pass on an address that nobody has."""
    assert client_of(owned["owner"]).get(reverse(name, args=OF_A_ROW[name](owned))).status_code == 200


@pytest.mark.parametrize(("name", "status"), OF_A_TOKEN.items())
def test_a_guessed_secret_opens_nothing(owned, stranger_client, name, status):
    path = reverse(name, args=["a-mere-guess"])
    for client in (Client(), stranger_client):
        for answer in ask(client, path):
            assert answer.status_code in (status, 405), (name, answer.status_code)
            assert not [mark for mark in MARKS if mark in answer.content], name
    assert Member.objects.get(pk=owned["owner"].pk).is_active
