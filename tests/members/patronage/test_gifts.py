"""Support for somebody else: paid, handed over, taken, given back; in any order and never twice."""

from datetime import timedelta

import pytest
from django.utils import timezone

from members.accounts.models import Member
from members.patronage import giving, rights, tasks
from members.patronage.client import stripe_api
from members.patronage.errors import AmountRefused, GiftRefused, NotAllowed
from members.patronage.gift_time import place_gifts
from members.patronage.models import Checkout, Donation, Gift, GiftLink, Payment, Period, Price, StripeEvent, Tier
from members.patronage.months import add_months
from members.patronage.redeeming import take_gift
from members.patronage.reversals import DISPUTED, REFUNDED
from members.patronage.tiers import Offers
from newsroom.lib.models import AuditEntry, Letter
from tests.members.patronage.conftest import receive
from tests.members.patronage.gifts import FRIEND, GIVER, begin_gift, give, letters, token_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def given(prices, sandbox):
    def make(**given):
        return give(sandbox, **given)

    return make


@pytest.fixture
def friend(make_member):
    return make_member(FRIEND)


def take(member, letter=None):
    return take_gift(member=member, token=token_in(letter or letters().last()))


def refund(gift, **part):
    stripe_api().refunds.create({"payment_intent": gift.payment.payment_intent_id, **part})


def test_it_stands_in_a_row_before_stripe_is_asked(prices, settings, monkeypatch):
    from members.patronage.errors import StripeResting

    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    monkeypatch.setattr("members.patronage.client.RETRIES", 0)
    with pytest.raises(StripeResting):
        begin_gift(message="For you.")
    gift = Gift.objects.get()
    assert (gift.state, gift.checkout.state, gift.message) == ("new", "new", "For you.")


def test_it_asks_stripe_for_one_payment_marked_as_ours(prices, sandbox):
    _address, gift = begin_gift(months=6)
    session = stripe_api().checkout.sessions.retrieve(gift.checkout.stripe_id, {"expand": ["line_items"]})
    assert (session.mode, session.amount_total, session.metadata["checkout"]) == (
        "payment", 3000, str(gift.checkout.key),
    )  # fmt: skip
    assert "6 months of Lantern" in session.line_items.data[0].description
    assert session.cancel_url.endswith("/support/gift/") and FRIEND not in str(session.to_dict())


@pytest.mark.parametrize(("months", "amount"), [(3, 1500), (6, 3000), (12, 5000)])
def test_it_costs_months_or_the_year(prices, months, amount):
    assert [money.amount for _tier, money in giving.gift_prices(Offers(), "eur", months)] == [amount]


def test_it_costs_twelve_months_where_no_year_is_offered(prices):
    Price.objects.filter(interval="year").delete()
    assert giving.gift_prices(Offers(), "eur", 12)[0][1].amount == 6000


def test_it_refuses_what_is_not_offered(prices):
    with pytest.raises(AmountRefused):
        giving.begin_gift(
            member=None, offers=Offers(), tier_key="none", months=3, currency="eur", recipient_email=FRIEND,
            language="en",
        )  # fmt: skip
    assert not Checkout.objects.exists()


def test_it_hands_over_when_it_is_paid(given):
    gift = given(giver_name="Ada", message="Read <this>.")
    letter = letters().get()
    assert gift.state == "given" and gift.payment.kind == Payment.Kind.GIFT and gift.giver.email == GIVER
    assert (letter.to_email, letter.is_urgent) == (FRIEND, True) and "Ada" in letter.subject
    assert "Read <this>." in letter.text and "Read &lt;this&gt;." in letter.html
    assert GIVER not in letter.text + letter.html
    assert token_in(letter) not in str(GiftLink.objects.values())
    receipt = letters("receipt").get()
    assert receipt.to_email == GIVER and "3 months of Lantern, a gift" in receipt.text
    assert not Donation.objects.exists() and not letters("thanks").exists() and not Period.objects.exists()


@pytest.mark.parametrize("order", [1, -1])
def test_it_is_handed_over_once_in_any_order_however_often(prices, sandbox, order):
    _address, gift = begin_gift()
    sandbox.pay(gift.checkout.stripe_id, GIVER)
    events = sandbox.events()
    for event in [*events[::order], *events]:
        receive([event])
    assert (letters().count(), letters("receipt").count(), GiftLink.objects.count()) == (1, 1, 1)
    assert not StripeEvent.objects.filter(state="failed").exists()


def test_it_becomes_a_period_and_both_are_told(given, friend):
    gift = given()
    taken = take(friend)
    period = Period.objects.get()
    assert (taken.pk, period.member, period.cause, period.payment) == (gift.pk, friend, "gift", gift.payment)
    assert period.ends_at == add_months(period.starts_at, 3) and rights.votes_allowance(friend) == 3
    assert not rights.is_patron(Member.objects.get(email=GIVER))
    assert letters("gift_taken").get().to_email == GIVER and FRIEND in letters("gift_taken").get().text
    assert "Nothing is taken from you" in letters("patron_welcome").get().text


def test_it_is_the_same_gift_at_a_second_click(given, friend, stranger):
    given()
    assert take(friend).period_id == take(friend).period_id
    with pytest.raises(GiftRefused, match="taken already"):
        take(stranger)
    assert Period.objects.count() == 1


def test_it_is_for_whoever_has_the_link_and_a_proved_address(given, stranger, make_member):
    gift = given()
    with pytest.raises(NotAllowed):
        take(make_member("unproved@example.org", proved_at=None))
    take(stranger)
    gift.refresh_from_db()
    assert gift.redeemed_by == stranger and "stranger@example.org" not in letters("gift_taken").get().text


def test_it_refuses_an_unknown_link(friend):
    with pytest.raises(GiftRefused, match="do not know"):
        take_gift(member=friend, token="x" * 43)


def test_it_may_be_taken_by_who_gave_it(given, make_member):
    giver = make_member(GIVER)
    given(recipient_email=GIVER)
    take(giver)
    assert rights.is_patron(giver) and not letters("gift_taken").exists()


def test_it_begins_after_what_runs_and_moves_on_with_each_renewal(given, support, sandbox, friend):
    support("month", member=friend)
    paid = Period.objects.get()
    given()
    gift = take(friend)
    assert gift.period.starts_at == paid.ends_at and not letters("patron_welcome").filter(cause__endswith=":0").exists()
    subscription = friend.subscriptions.get().stripe_id
    sandbox.control(f"subscriptions/{subscription}/renew")
    receive(sandbox.events())
    renewed = Period.objects.filter(cause="invoice").latest("ends_at")
    gift.period.refresh_from_db()
    assert gift.period.starts_at == renewed.paid_until > paid.paid_until
    assert gift.period.ends_at == add_months(gift.period.starts_at, 3)


def test_it_stands_still_while_support_begun_later_is_paid(given, friend, support):
    given()
    gift = take(friend)
    Gift.objects.update(redeemed_at=gift.redeemed_at - timedelta(days=10))
    place_gifts(friend.pk)
    gift.period.refresh_from_db()
    before = gift.period.ends_at
    support("month", member=friend)
    paid = Period.objects.get(cause="invoice")
    gift.period.refresh_from_db()
    assert gift.period.ends_at == before + (paid.ends_at - paid.starts_at)


def test_it_follows_free_time_and_comes_forward_when_that_is_taken_back(given, friend, manager, tier):
    free = rights.grant_free_period(user=manager, member=friend, tier=tier, days=30)
    given()
    gift = take(friend)
    assert gift.period.starts_at == free.ends_at
    rights.revoke_period(user=manager, period=free)
    gift.period.refresh_from_db()
    assert gift.period.starts_at <= timezone.now()


def test_it_puts_two_gifts_one_after_the_other(given, friend):
    given()
    given(months=6)
    first, second = letters()
    one, two = take(friend, first), take(friend, second)
    assert two.period.starts_at == one.period.ends_at
    assert two.period.ends_at == add_months(two.period.starts_at, 6)


def test_it_takes_the_period_back_with_the_money(given, friend, sandbox):
    gift = given()
    take(friend)
    refund(gift, amount=100)
    receive(sandbox.events())
    assert rights.is_patron(friend)
    refund(gift)
    receive(sandbox.events())
    assert not rights.is_patron(friend) and Period.objects.get().revoked_why == REFUNDED
    assert AuditEntry.objects.filter(action="period.revoked", target_id=str(friend.pk)).exists()


@pytest.mark.parametrize(("outcome", "is_patron"), [("lost", False), ("won", True)])
def test_it_follows_a_dispute(given, friend, sandbox, outcome, is_patron):
    gift = given()
    take(friend)
    charge = stripe_api().payment_intents.retrieve(gift.payment.payment_intent_id).latest_charge
    dispute = sandbox.control(f"charges/{charge}/dispute")
    sandbox.control(f"disputes/{dispute['id']}/end", outcome=outcome)
    receive(sandbox.events())
    assert rights.is_patron(friend) == is_patron
    assert Period.objects.get().revoked_why == ("" if is_patron else DISPUTED)


def test_it_withdraws_what_nobody_took_and_gives_it_back_when_the_refund_fails(given, friend, sandbox):
    gift = given()
    token = token_in(letters().get())
    refund(gift)
    receive(sandbox.events())
    with pytest.raises(GiftRefused, match="withdrawn"):
        take_gift(member=friend, token=token)
    sandbox.control(f"refunds/{stripe_api().refunds.list({'limit': 1}).data[0].id}/fail")
    receive(sandbox.events())
    assert take_gift(member=friend, token=token).state == "taken"


def test_it_says_nothing_to_the_recipient_when_the_refund_comes_first(prices, sandbox, friend):
    _address, gift = begin_gift()
    paid = sandbox.pay(gift.checkout.stripe_id, GIVER)
    stripe_api().refunds.create({"payment_intent": paid["payment_intent"]})
    receive(sandbox.events()[::-1])
    gift.refresh_from_db()
    assert gift.state == "withdrawn" and not letters().exists()
    sandbox.control(f"refunds/{stripe_api().refunds.list({'limit': 1}).data[0].id}/fail")
    receive(sandbox.events())
    tasks.sweep_gifts()
    assert letters().count() == 1 and take(friend).state == "taken"


def test_it_gives_nothing_before_it_is_paid(prices, sandbox):
    _address, gift = begin_gift()
    with pytest.raises(OSError):
        sandbox.pay(gift.checkout.stripe_id, GIVER, card="4000000000000002")
    receive(sandbox.events())
    gift.refresh_from_db()
    assert gift.state == "new" and not Letter.objects.exists()


def test_it_takes_a_tier_that_is_no_longer_offered(given, friend):
    given()
    Tier.objects.update(is_active=False)
    assert take(friend).state == "taken"
