"""What patrons and the newsroom ask of Stripe, ended by SIGKILL after each thing that lasts. Then the sweeps come: it
is done once and whole, or was never begun; and nobody gets a letter twice.

KILLED_EVERYWHERE=1 lets each die after each act, which takes minutes; the default is after every ninth, or third.
"""

import os
from collections import Counter
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone

from members.accounts.models import Member
from members.patronage import (
    changing,
    checkout,
    declaring,
    dunning,
    ending,
    handing_over,
    inbox,
    leaving,
    moving,
    pausing,
    redeeming,
    refunding,
    repairing,
    tiers,
)
from members.patronage.client import stripe_api
from members.patronage.credit import due_credit
from members.patronage.models import (
    Checkout,
    Declaration,
    Dispute,
    Double,
    Gift,
    Payment,
    Period,
    Price,
    RefundRequest,
    StripeEvent,
    SupportChange,
    SupportMove,
)
from newsroom.lib.models import AuditEntry, Letter
from newsroom.lib.money import Money
from tests.members.patronage.conftest import receive, work
from tests.members.patronage.declaring import mailed_link
from tests.members.patronage.deeds import WEEK, Deed, follow_up_all, of_stripe, stage, sweep  # noqa: F401  (a fixture)
from tests.members.patronage.dying import dies_after
from tests.members.patronage.gifts import begin_gift, token_in

pytestmark = pytest.mark.django_db(transaction=True)

MOST_ACTS = 60
EVERYWHERE = "KILLED_EVERYWHERE" in os.environ


class Ending(Deed):
    def do(self, on):
        ending.end_support(member=on.member)

    def is_done(self, on):
        states = list(SupportChange.objects.filter(member=on.member).values_list("state", flat=True))
        assert states in ([], ["done"])
        on.subscription.refresh_from_db()
        assert of_stripe(on.subscription).cancel_at_period_end == on.subscription.cancel_at_period_end == bool(states)
        return bool(states)


class Pausing(Deed):
    def do(self, on):
        pausing.pause_support(member=on.member)

    def is_done(self, on):
        states = list(SupportChange.objects.filter(member=on.member).values_list("state", flat=True))
        assert states in ([], ["done"])
        on.subscription.refresh_from_db()
        assert of_stripe(on.subscription).status == on.subscription.status == ("paused" if states else "active")
        return bool(states)


class Changing(Deed):
    """To ten euros: one bill for the rest of the month, and no second one."""

    def prepare(self, on):
        on.change = changing.propose_change(member=on.member, money=Money(1000, "eur"), interval="month")

    def do(self, on):
        changing.confirm_change(change=on.change)

    def is_done(self, on):
        on.change.refresh_from_db()
        assert on.change.state in ("shown", "done")
        is_done = on.change.state == "done"
        on.subscription.refresh_from_db()
        price = of_stripe(on.subscription)["items"].data[0].price.unit_amount
        assert price == on.subscription.amount == (1000 if is_done else 500)
        assert len(stripe_api().invoices.list({"subscription": on.subscription.stripe_id}).data) == 1 + is_done
        return is_done


class GivingBack(Deed):
    def do(self, on):
        request = refunding.ask_refund(
            user=on.manager, payment=on.payment, amount=300, reason=RefundRequest.Reason.ASKED, key=uuid4()
        )
        refunding.carry_out_refund(request)

    def is_done(self, on):
        states = list(RefundRequest.objects.filter(payment=on.payment).values_list("state", flat=True))
        assert states in ([], ["done"])
        amounts = [one.amount for one in refunds_of(on.payment)]
        on.payment.refresh_from_db()
        assert (amounts, on.payment.refunded) == (([300], 300) if states else ([], 0))
        return bool(states)


def refunds_of(payment):
    return stripe_api().refunds.list({"payment_intent": payment.payment_intent_id}).data


class Withdrawing(Deed):
    """Without signing in, by the mailed link."""

    def prepare(self, on):
        declaring.declare(kind=Declaration.Kind.WITHDRAW, given=on.member.email, language="en")
        on.link = mailed_link()

    def do(self, on):
        Client().post(on.link)

    def is_done(self, on):
        state = Declaration.objects.get(member=on.member).state
        assert state in ("asked", "done")
        is_done = state == "done"
        assert of_stripe(on.subscription).status == ("canceled" if is_done else "active")
        assert [one.amount for one in refunds_of(on.payment)] == ([500] if is_done else [])
        receipt = Letter.objects.filter(kind="members/declaration_receipt", to_email=on.member.email)
        assert receipt.count() == is_done
        return is_done


class Repairing(Deed):
    """Of a double support: the second one ends, and its money goes back."""

    def prepare(self, on):
        row = on.begin("year", 5000)
        on.sandbox.pay(row.stripe_id, on.member.email, name=f"Reader {on.number}")
        receive(on.sandbox.events())
        on.pair = Double.objects.get(first=on.subscription)

    def do(self, on):
        repairing.repair_double(pair=on.pair, actor=on.member)

    def is_done(self, on):
        on.pair.refresh_from_db()
        assert on.pair.state in ("open", "repaired")
        is_done = on.pair.state == "repaired"
        assert of_stripe(on.pair.second).status == ("canceled" if is_done else "active")
        assert of_stripe(on.subscription).status == "active"
        payment = Payment.objects.get(subscription=on.pair.second)
        assert [one.amount for one in refunds_of(payment)] == ([5000] if is_done else [])
        return is_done


class OpeningACheckout(Deed):
    """The page closes before its answer came: what stands at Stripe is one session, which the row knows."""

    def prepare(self, on):
        on.other = Member.objects.create_user(f"giver{on.number}@example.org")

    def do(self, on):
        checkout.open_checkout(member=on.other, frequency="once", money=Money(900, "eur"), language="en")

    def is_done(self, on):
        rows = list(Checkout.objects.filter(member=on.other))
        assert [row.state for row in rows] in ([], ["open"])
        keys = {str(row.key) for row in rows}
        found = stripe_api().checkout.sessions.list({"limit": 100}).data
        sessions = [one.id for one in found if getattr(one.metadata, "checkout", "") in keys]
        assert sessions == [row.stripe_id for row in rows]
        return bool(rows)


class Leaving(Deed):
    """Asked again by whoever erases a member until it is through."""

    def do(self, on):
        leaving.forget_at_stripe(member=on.member)

    def is_done(self, on):
        leaving.forget_at_stripe(member=on.member)
        states = list(SupportChange.objects.filter(member=on.member).values_list("state", flat=True))
        assert states == ["done"] and of_stripe(on.subscription).status == "canceled"
        return True


class TakingAnEvent(Deed):
    """A worker that dies over an event; the sweep finds it, and another one finishes."""

    kind = ""

    def happen(self, on):
        raise NotImplementedError

    def prepare(self, on):
        self.happen(on)
        events = on.sandbox.events()
        on.event = next(event for event in events if event["type"] == self.kind)
        StripeEvent.objects.create(
            event_id=on.event["id"], type=self.kind, object_id=on.event["data"]["object"]["id"], livemode=False
        )

    def do(self, on):
        inbox.process_event(on.event["id"])

    def is_done(self, on):
        work()
        assert StripeEvent.objects.get(event_id=on.event["id"]).state == "done"
        return self.has_come(on)


class ADispute(TakingAnEvent):
    kind = "charge.dispute.created"

    def happen(self, on):
        intent = stripe_api().payment_intents.retrieve(on.payment.payment_intent_id)
        on.sandbox.control(f"charges/{intent.latest_charge}/dispute")

    def has_come(self, on):
        return Dispute.objects.filter(payment=on.payment).count() == 1


class ARefundByTheDashboard(TakingAnEvent):
    kind = "charge.refunded"

    def happen(self, on):
        stripe_api().refunds.create({"payment_intent": on.payment.payment_intent_id})

    def has_come(self, on):
        on.payment.refresh_from_db()
        return on.payment.refunded == 500 and on.payment.period.revoked_at is not None


class AGiftPaid(TakingAnEvent):
    kind = "payment_intent.succeeded"

    def happen(self, on):
        _address, on.gift = begin_gift(recipient_email=f"friend{on.number}@example.org")
        on.sandbox.pay(on.gift.checkout.stripe_id, on.member.email)

    def has_come(self, on):
        on.gift.refresh_from_db()
        letters = Letter.objects.filter(kind="members/gift", to_email=on.gift.recipient_email)
        return on.gift.state == Gift.State.GIVEN and letters.count() == 1


def letters_to(address, kind):
    return Letter.objects.filter(kind=f"members/{kind}", to_email=address).count()


class TellingOfAPrice(Deed):
    """The tier costs seven euros from now on, and the clock writes to who gives five."""

    def prepare(self, on):
        tier = on.subscription.tier
        price = tiers.replace_price(user=on.manager, tier=tier, money=Money(700, "eur"), interval="month")
        on.job = moving.begin_move(user=on.manager, price=price, expected=1).job

    def do(self, on):
        moving.sweep_moves()

    def is_done(self, on):
        assert SupportMove.objects.get(subscription=on.subscription).state == "told"
        assert letters_to(on.member.email, "price_moves") == 1
        self.offer_again()
        return True

    @staticmethod
    def offer_again():
        """Five euros, for the next one."""
        monthly = Price.objects.filter(interval="month", currency="eur")
        monthly.update(is_active=False)
        monthly.filter(amount=500).update(is_active=True)


class MovingAPrice(TellingOfAPrice):
    """Two weeks after the letter."""

    def prepare(self, on):
        super().prepare(on)
        moving.sweep_moves()
        Letter.objects.filter(kind="members/price_moves").update(state="sent", sent_at=F("created_at") - 3 * WEEK)
        SupportMove.objects.filter(state="told").update(told_at=F("told_at") - 3 * WEEK)

    def is_done(self, on):
        change = SupportChange.objects.get(subscription=on.subscription)
        on.subscription.refresh_from_db()
        on.job.refresh_from_db()
        assert (change.kind, change.state, on.subscription.amount) == ("terms", "done", 700)
        assert of_stripe(on.subscription)["items"].data[0].price.unit_amount == 700
        assert len(stripe_api().invoices.list({"subscription": on.subscription.stripe_id}).data) == 1
        assert SupportMove.objects.get(subscription=on.subscription).state == on.job.state == "done"
        assert on.job.done == 1
        self.offer_again()
        return True


class HandingOverAGift(Deed):
    """On its day, by the clock."""

    def prepare(self, on):
        friend = f"friend{on.number}@example.org"
        _address, on.gift = begin_gift(recipient_email=friend, hand_over_on=timezone.localdate() + WEEK)
        on.sandbox.pay(on.gift.checkout.stripe_id, on.member.email)
        receive(on.sandbox.events())
        Gift.objects.filter(pk=on.gift.pk, state="paid").update(hand_over_on=timezone.localdate() - WEEK)

    def do(self, on):
        handing_over.sweep_gifts()

    def is_done(self, on):
        on.gift.refresh_from_db()
        assert (on.gift.state, on.gift.links.count()) == ("given", 1)
        assert letters_to(on.gift.recipient_email, "gift") == 1
        return True


class TakingAGift(Deed):
    """By its link; who was cut off presses again."""

    def prepare(self, on):
        friend = f"friend{on.number}@example.org"
        _address, on.gift = begin_gift(on.member, recipient_email=friend)
        on.sandbox.pay(on.gift.checkout.stripe_id)
        receive(on.sandbox.events())
        on.token = token_in(Letter.objects.get(kind="members/gift", to_email=friend))
        on.friend = Member.objects.create_user(friend, proved_at=timezone.now())

    def do(self, on):
        redeeming.take_gift(member=on.friend, token=on.token)

    def is_done(self, on):
        is_taken = Gift.objects.get(pk=on.gift.pk).state == "taken"
        self.do(on)
        on.gift.refresh_from_db()
        assert on.gift.redeemed_by == on.friend and Period.objects.get(member=on.friend) == on.gift.period
        told = letters_to(on.member.email, "gift_taken"), letters_to(on.friend.email, "patron_welcome")
        assert told == (1, 1)
        return is_taken


class Reminding(Deed):
    """A renewal failed an hour ago."""

    ago = timedelta(hours=1)

    def prepare(self, on):
        on.sandbox.control(f"subscriptions/{on.subscription.stripe_id}/renew", failed=1)
        receive(on.sandbox.events())
        since = timezone.now() - self.ago
        own = Period.objects.filter(member=on.member, grace_from__isnull=False)
        assert own.update(starts_at=since - 4 * WEEK, grace_from=since, ends_at=since + 2 * WEEK) == 1

    def do(self, on):
        dunning.sweep_dunning()

    def is_done(self, on):
        assert letters_to(on.member.email, "payment_failed") == 1
        assert of_stripe(on.subscription).status == "past_due"
        return True


class EndingWhatIsUnpaid(Reminding):
    """The days of grace are over: Stripe first, then a friendly word."""

    ago = timedelta(days=15)

    def is_done(self, on):
        on.subscription.refresh_from_db()
        assert of_stripe(on.subscription).status == on.subscription.status == "canceled"
        assert letters_to(on.member.email, "payment_failed") == 0
        assert letters_to(on.member.email, "support_ended") == 1
        noted = AuditEntry.objects.filter(action="support.end_unpaid", target_id=str(on.subscription.pk))
        assert noted.count() == 1
        return True


class TakingCredit(Deed):
    """Of a year that became months and whose money went back, by the worker that follows up."""

    stride = 3

    def prepare(self, on):
        on.member = Member.objects.create_user(f"yearly{on.number}@example.org", name="Yearly")
        row = on.begin("year", 5000, member=on.member)
        on.sandbox.pay(row.stripe_id, on.member.email, name=f"Yearly {on.number}")
        receive(on.sandbox.events())
        shown = changing.propose_change(member=on.member, money=Money(500, "eur"), interval="month")
        changing.confirm_change(change=shown)
        receive(on.sandbox.events())
        on.year = Payment.objects.get(member=on.member, amount=5000)
        self.lose(on)

    def lose(self, on):
        on.refund = stripe_api().refunds.create({"payment_intent": on.year.payment_intent_id})
        receive(on.sandbox.events())

    def do(self, on):
        follow_up_all()

    def is_done(self, on):
        self.check(on, 4500)
        return True

    @staticmethod
    def check(on, *amounts):
        """Each is booked at Stripe once, and our row knows it; so says the trail."""
        customer = on.year.subscription.customer.stripe_id
        booked = stripe_api().customers.balance_transactions.list(customer, {"limit": 100}).data[::-1]
        taken = [(one.id, one.amount) for one in booked if "credit_taking" in (one.metadata or {})]
        rows = on.year.subscription.credit_takings.order_by("pk")
        assert list(rows.values_list("transaction_id", "amount")) == taken
        assert [amount for _id, amount in taken] == list(amounts)
        assert set(rows.values_list("state", flat=True)) <= {"done"} and due_credit(on.year.subscription) == 0
        assert stripe_api().customers.retrieve(customer).balance == -4500 + sum(amounts)
        told = AuditEntry.objects.filter(action__startswith="support.credit_", target_id=str(on.year.subscription_id))
        assert told.count() == len(amounts)


class PuttingCreditBack(TakingCredit):
    """The bank sends the refund back."""

    def lose(self, on):
        super().lose(on)
        follow_up_all()
        on.sandbox.control(f"refunds/{on.refund.id}/fail")
        receive(on.sandbox.events())

    def is_done(self, on):
        self.check(on, 4500, -4500)
        return True


class GivingACreditsMoneyBack(TakingCredit):
    """The whole way, from the desk to Stripe's balance."""

    stride = Deed.stride

    def lose(self, on):
        """That is what is to be done."""

    def do(self, on):
        request = refunding.ask_refund(
            user=on.manager, payment=on.year, amount=5000, reason=RefundRequest.Reason.ASKED, key=uuid4()
        )
        refunding.carry_out_refund(request)
        follow_up_all()

    def is_done(self, on):
        states = list(RefundRequest.objects.filter(payment=on.year).values_list("state", flat=True))
        assert states in ([], ["done"])
        self.check(on, *([4500] if states else []))
        return bool(states)


DEEDS = (
    Ending, Pausing, Changing, GivingBack, Withdrawing, Repairing, OpeningACheckout, Leaving, ADispute,
    ARefundByTheDashboard, AGiftPaid, TellingOfAPrice, MovingAPrice, HandingOverAGift, TakingAGift, Reminding,
    EndingWhatIsUnpaid, TakingCredit, PuttingCreditBack, GivingACreditsMoneyBack,
)  # fmt: skip


@pytest.mark.parametrize("kind", DEEDS)
def test_it_is_done_once_or_never_begun_wherever_it_died(stage, sandbox, kind):  # noqa: F811
    deed, ends = kind(), []
    for moment in range(1, MOST_ACTS, 1 if EVERYWHERE else deed.stride):
        on = stage(moment)
        deed.prepare(on)
        has_died = dies_after(moment, lambda on=on: deed.do(on))
        sweep(sandbox)
        ends.append(deed.is_done(on))
        letters = Letter.objects.filter(to_email=on.member.email).exclude(kind="members/receipt")  # one a payment
        repeated = [kind for kind, number in Counter(letters.values_list("kind", flat=True)).items() if number > 1]
        assert repeated == []
        if not has_died:
            break
    assert ends[-1] is True and moment > 1
    assert ends == sorted(ends), f"Done, and later not: {ends}"
