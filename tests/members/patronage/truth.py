"""What has to stand with us, worked out from what the sandbox says and from nothing of ours."""

from datetime import UTC, datetime, timedelta
from itertools import groupby

from members.accounts.models import Member
from members.patronage.client import stripe_api
from members.patronage.credit_taking import MARK
from members.patronage.models import (
    Checkout,
    CreditTaking,
    DeclaredEffect,
    Dispute,
    Donation,
    Double,
    Gift,
    Payment,
    Period,
    Refund,
    RefundRequest,
    Subscription,
    SupportChange,
    SupportMove,
)
from members.patronage.rights import patrons
from newsroom.lib.models import Letter
from newsroom.lib.site_settings import site_settings

AWAITED = ("active", "past_due", "unpaid")
OWING = ("past_due", "unpaid")
TAKING = ("active", "trialing", "past_due", "unpaid", "paused")


def at(seconds):
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


class Truth:
    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.subscriptions = sandbox.all("subscriptions", status="all", expand=["data.default_payment_method"])
        self.invoices = sandbox.all("invoices", expand=["data.payments"])
        self.intents = sandbox.all("payment_intents", expand=["data.latest_charge"])
        told = sandbox.all("events", type="payment_intent.succeeded")
        self.settled = {row["data"]["object"]["id"]: row["created"] for row in told}
        self.refunds, self.disputes = sandbox.all("refunds"), sandbox.all("disputes")

    def check(self):
        self.check_mirror()
        self.check_rights()
        self.check_letters()
        self.check_dunning()
        self.check_doubles()
        self.check_erased()
        self.check_declared()
        self.check_moves()
        self.check_credit()

    def check_mirror(self):
        assert rows(Subscription, SUBSCRIPTION) == {row["id"]: _subscription(row) for row in self.subscriptions}
        tried = [row for row in self.invoices if row["attempted"] or row["status"] == "paid"]
        gifts = [row for row in self.intents if row["metadata"].get("newsroom") and row["latest_charge"]]
        assert rows(Payment, PAYMENT) == {
            **{row["id"]: self._invoice(row) for row in tried},
            **{row["id"]: self._gift(row) for row in gifts},
        }
        assert rows(Refund, REFUND) == {row["id"]: _refund(row) for row in self.refunds}
        assert rows(Dispute, DISPUTE) == {row["id"]: _dispute(row) for row in self.disputes}
        paid = {row["id"] for row in gifts if row["status"] == "succeeded"}
        assert set(Donation.objects.values_list("payment__stripe_id", flat=True)) == paid - self.check_gifts(gifts)
        for row in Checkout.objects.exclude(stripe_id=""):
            session = stripe_api().checkout.sessions.retrieve(row.stripe_id)
            is_paid = session.status == "complete" and session.payment_status != "unpaid"
            assert (row.state == "paid") == is_paid, (row.state, session.status, session.payment_status)

    def check_gifts(self, intents):
        """What was paid for somebody else is handed over while the money is here, and withdrawn when it went. The
        intents that paid it."""
        found = {str(gift.checkout.key): gift for gift in Gift.objects.select_related("checkout")}
        ours = {row["id"]: row for row in intents if row["metadata"]["checkout"] in found}
        for row in ours.values():
            is_gone = self.is_gone(row["id"], row["amount"])
            expected = ("withdrawn" if is_gone else "given") if row["status"] == "succeeded" else "new"
            gift = found[row["metadata"]["checkout"]]
            if gift.state != "taken":
                assert gift.state == expected, (row["status"], is_gone)
            else:  # it keeps its Period, whose rights go with the money and come back with it
                assert row["status"] == "succeeded" and bool(gift.period.revoked_at) == is_gone
                assert gift.period.member_id == gift.redeemed_by_id
        return {key for key, row in ours.items() if row["status"] == "succeeded"}

    def _invoice(self, row):
        is_paid = row["status"] == "paid"
        tries = sorted(row["payments"]["data"], key=lambda one: one["status"] != "paid")
        intent = tries[0]["payment"]["payment_intent"] if tries else ""
        return (
            row["status"], row["amount_paid"] if is_paid else row["amount_due"], row["currency"], intent,
            at(row["status_transitions"]["paid_at"]), self.refunded(intent), at(row["created"]), moved_by(row),
            "renewal", row["number"] or "", "", _of(row), row["livemode"],
        )  # fmt: skip

    def _gift(self, row):
        is_paid = row["status"] == "succeeded"
        paid_at = self._paid_at(row) if is_paid else None
        amount = row["amount_received"] if is_paid else row["amount"]
        charge = row["latest_charge"]
        is_gift = Gift.objects.filter(checkout__key=row["metadata"]["checkout"]).exists()
        return (
            row["status"], amount, row["currency"], row["id"], paid_at, self.refunded(row["id"]), at(row["created"]), 0,
            "gift" if is_gift else "donation", charge["receipt_number"] or "",
            charge["calculated_statement_descriptor"] or "", None, row["livemode"],
        )  # fmt: skip

    def _paid_at(self, row):
        """A debit is paid when the bank says so, and no object names that moment: ours lies between what Stripe's event
        says and now, or is the charge's beginning where a repair found it weeks later."""
        charge = row["latest_charge"]
        begun = at(charge["created"])
        if charge["payment_method_details"]["type"] != "sepa_debit":
            return begun
        settled = at(self.settled[row["id"]])
        heard = Payment.objects.values_list("paid_at", flat=True).filter(stripe_id=row["id"]).first()
        is_old = heard == begun and self.sandbox.now() - begun >= timedelta(days=21)
        return heard if heard and (is_old or settled <= heard <= self.sandbox.now()) else settled

    def refunded(self, intent):
        gone = ("succeeded", "pending", "requires_action")
        return sum(
            r["amount"] for r in self.refunds if intent and r["payment_intent"] == intent and r["status"] in gone
        )

    def is_gone(self, intent, amount):
        lost = sum(d["amount"] for d in self.disputes if d["payment_intent"] == intent and d["status"] == "lost")
        return bool(amount) and self.refunded(intent) + lost >= amount

    def check_rights(self):
        """Each Period is money that is here, from and to as Stripe's bill says; and the grace where it is due."""
        expected = {}
        for row in self.invoices:
            stretch = _stretch(row)
            if row["status"] == "paid" and stretch:
                _status, amount, _currency, intent, *_rest = self._invoice(row)
                is_gone = self.is_gone(intent, amount) if amount else self.is_credit_gone(row)
                expected[row["id"]] = [*stretch, is_gone, _of(row), row["created"]]
        bought = Period.objects.exclude(cause=Period.Cause.GIFT)
        found = {row.payment.stripe_id: row for row in bought.select_related("payment")}
        assert set(found) == set(expected)
        graces = self.graces(expected)
        for key, (start, end, is_gone, _subscription_id, _created) in expected.items():
            period = found[key]
            assert (period.starts_at, period.paid_until) == (at(start), at(end)), key
            assert bool(period.revoked_at) == is_gone, (key, period.revoked_why)
            if key in self.late:  # a later period has begun: what there was of grace is over
                continue
            assert period.ends_at == at(end) + (graces[key] if key in graces else timedelta()), (key, graces)
        self.check_patrons(expected, graces)

    def is_credit_gone(self, row):
        """Of what was paid by credit: all money that had become credit went back."""
        funds = self.funds(self.change_before(row)) if moved_by(row) else []
        return bool(funds) and all(self.is_gone(intent, amount) for intent, amount in funds)

    def change_before(self, row):
        own = [one for one in self.paid_of(_of(row)) if one["created"] <= row["created"] and moved_by(one) < 0]
        return max(own, key=lambda one: one["created"], default=None)

    def paid_of(self, subscription_id):
        return [one for one in self.invoices if one["status"] == "paid" and _of(one) == subscription_id]

    def funds(self, change):
        """The intents, with their amounts, that paid for time which ran on when a bill left credit."""
        found = []
        for row in self.paid_of(_of(change)) if change else []:
            _status, amount, _currency, intent, *_rest = self._invoice(row)
            if amount and row["created"] <= change["created"] < (_stretch(row) or (0, 0))[1]:
                found.append((intent, amount))
        return found

    def check_credit(self):
        """What was taken stands at Stripe once; and nobody may spend what was given back, nor less than what is still
        here of the money that the only change that left credit was made out of."""
        assert not CreditTaking.objects.filter(state="new").exists()
        for subscription in self.subscriptions:
            customer = stripe_api().customers.retrieve(subscription["customer"])
            if getattr(customer, "deleted", False):
                continue
            self.check_taken(customer)
            bills = self.paid_of(subscription["id"])
            changes = [one for one in bills if moved_by(one) < 0]
            if len(changes) == 1 and not self.has_other_bills(subscription):
                spent = sum(moved_by(one) for one in bills if moved_by(one) > 0)
                kept = sum(self.kept(intent, amount) for intent, amount in self.funds(changes[0]))
                assert -customer.balance == max(0, min(-moved_by(changes[0]), kept) - spent), (customer.id, kept, spent)

    def check_taken(self, customer):
        listed = stripe_api().customers.balance_transactions.list(customer.id, {"limit": 100}).data
        ours = [row for row in listed if getattr(row.metadata, MARK, "")]
        rows = CreditTaking.objects.filter(subscription__customer__stripe_id=customer.id, state="done")
        assert sorted((getattr(row.metadata, MARK), row.id, row.amount, row.currency) for row in ours) == sorted(
            (str(row.key), row.transaction_id, row.amount, row.currency) for row in rows
        )

    def kept(self, intent, amount):
        lost = sum(d["amount"] for d in self.disputes if d["payment_intent"] == intent and d["status"] == "lost")
        return max(0, amount - self.refunded(intent) - lost)

    def has_other_bills(self, subscription):
        """The customer's balance is one for all that it pays."""
        others = {row["id"] for row in self.subscriptions if row["customer"] == subscription["customer"]}
        return any(moved_by(one) for key in others - {subscription["id"]} for one in self.paid_of(key))

    def graces(self, expected):
        """Of each subscription that Stripe may still be paid for: the newest of the Periods that reach furthest."""
        self.late = set()
        found, days = {}, timedelta(days=site_settings().grace_days)
        for row in self.subscriptions:
            own = {key: value for key, value in expected.items() if value[3] == row["id"]}
            reach = max((value[1] for value in own.values()), default=None)
            last = [(value[4], key) for key, value in own.items() if value[1] == reach and not value[2]]
            current = max(item["current_period_end"] for item in row["items"]["data"])
            if last and row["status"] in AWAITED and not row["pause_collection"] and current > reach:
                if max(item["current_period_start"] for item in row["items"]["data"]) > reach:
                    self.late.add(max(last)[1])
                else:
                    found[max(last)[1]] = days
        return found

    def check_patrons(self, expected, graces):
        now = self.sandbox.now()
        running = [
            key
            for key, (start, end, is_gone, *_rest) in expected.items()
            if not is_gone and at(start) <= now < at(end) + graces.get(key, timedelta())
        ]
        owners = set(Payment.objects.filter(stripe_id__in=running).values_list("member", flat=True))
        given = Period.objects.filter(cause=Period.Cause.GIFT, revoked_at=None, starts_at__lte=now, ends_at__gt=now)
        owners |= set(given.values_list("member", flat=True))
        erased = set(Member.objects.filter(erased_at__isnull=False).values_list("pk", flat=True))
        assert {member.pk for member in patrons()} == owners - erased

    def check_letters(self):
        receipts = Letter.objects.filter(kind="members/receipt")
        paid = [row for row in Payment.objects.filter(paid_at__isnull=False) if row.amount]
        assert receipts.count() <= len(paid)
        for address in set(Letter.objects.exclude(to_email="").values_list("to_email", flat=True)):
            own = [row for row in paid if row.member.email == address]
            assert receipts.filter(to_email=address).count() <= len(own)
            assert Letter.objects.filter(to_email=address, kind="members/patron_welcome").count() <= 1

    def check_dunning(self):
        """Nobody owes beyond the days of grace, who has paid is reminded of nothing, and of an end hears who has it."""
        status = {row["id"]: row["status"] for row in self.subscriptions}
        over = Period.objects.filter(grace_from__isnull=False, ends_at__lte=self.sandbox.now())
        for key in over.values_list("payment__subscription__stripe_id", flat=True):
            assert status[key] not in OWING
        reminders = Letter.objects.filter(kind="members/payment_failed", state="queued")
        for name in (cause.split(":")[1] for cause in reminders.values_list("cause", flat=True)):
            if name.startswith("s"):  # of a failure without grace
                assert status[Subscription.objects.get(pk=name[1:].partition("-")[0]).stripe_id] in OWING
            else:
                assert Period.objects.get(pk=name).grace_from is not None
        for cause in Letter.objects.filter(kind="members/support_ended").values_list("cause", flat=True):
            assert status[Subscription.objects.get(pk=cause.split(":")[1]).stripe_id] == "canceled"

    def check_doubles(self):
        """Of those that go on taking money from one card or one member all but the oldest stand in a pair; what a
        repair ended has ended at Stripe, and what it took lately is gone, unless Stripe would not give it back."""
        taking = [row for row in self.subscriptions if row["status"] in TAKING and not _is_ending(row)]
        owners = dict(Subscription.objects.values_list("stripe_id", "member"))
        noted = set(Double.objects.exclude(state="over").values_list("second__stripe_id", flat=True))
        for mark in (_card, lambda row: owners[row["id"]]):
            for _mark, group in groupby(sorted(taking, key=lambda row: str(mark(row))), key=mark):
                assert len({row["id"] for row in group} - noted) <= 1
        for pair in Double.objects.filter(state="repaired").select_related("ended", "second"):
            assert self.status_of(pair.ended) == "canceled"
            if pair.ended == pair.second and not pair.error:
                self.check_gave_back(pair)
        assert not Double.objects.filter(state="repairing").exists()

    def status_of(self, subscription):
        return next(row["status"] for row in self.subscriptions if row["id"] == subscription.stripe_id)

    def check_gave_back(self, pair):
        failed = {row["payment_intent"] for row in self.refunds if row["status"] in ("failed", "canceled")}
        for row in self.invoices:
            _status, amount, _currency, intent, paid_at, *_rest = self._invoice(row)
            is_recent = paid_at and pair.decided_at - paid_at < timedelta(days=45)  # by a debit, also after it
            if _of(row) == pair.second.stripe_id and is_recent and amount and intent not in failed:
                assert self.is_gone(intent, amount), (row["id"], amount, self.refunded(intent))

    def check_erased(self):
        """Nothing is taken of who is forgotten, and Stripe has forgotten them too."""
        for member in Member.objects.filter(erased_at__isnull=False):
            assert (member.email, member.name) == (None, "")
            assert {self.status_of(row) for row in member.subscriptions.all()} <= {"canceled", "incomplete_expired"}
            self.check_nothing_kept(member)
            for customer in member.stripe_customers.all():
                assert getattr(stripe_api().customers.retrieve(customer.stripe_id), "deleted", False)
        assert not SupportChange.objects.filter(state="asked").exists()

    def check_nothing_kept(self, member):
        """Of what was paid for lasting support after the erasure, unless Stripe would not give it back."""
        own = set(member.subscriptions.values_list("stripe_id", flat=True))
        for row in self.invoices:
            _status, amount, _currency, intent, paid_at, *_rest = self._invoice(row)
            if (
                _of(row) in own
                and paid_at
                and paid_at > member.erased_at
                and amount
                and not self.is_gone(intent, amount)
            ):
                assert RefundRequest.objects.filter(payment__stripe_id=row["id"], state="failed").exists(), row["id"]

    def check_declared(self):
        """What was withdrawn from has ended, and its money is gone: unless a bank has yet to pay it, or Stripe or a
        bank would not give it back."""
        effects = DeclaredEffect.objects.select_related("subscription", "payment", "declaration")
        for effect in effects.exclude(kind="already"):
            if effect.state == "failed":
                assert effect.error
            elif effect.kind == "cancel":
                assert (effect.state, self.status_of(effect.subscription)) == ("done", "canceled")
            elif effect.kind == "end":
                assert effect.state == "done"  # it can be taken back
            elif effect.payment.paid_at is None:
                assert effect.state == "asked" or effect.payment.status not in ("open", "processing")
            else:
                self.check_went_back(effect)

    def check_went_back(self, effect):
        intent = effect.payment.payment_intent_id
        failed = {row["payment_intent"] for row in self.refunds if row["status"] in ("failed", "canceled")}
        disputed = {row["payment_intent"] for row in self.disputes}
        assert effect.state == "done", (effect.error, effect.payment.status)
        assert self.is_gone(intent, effect.payment.amount) or intent in failed | disputed, effect.payment.stripe_id

    def check_moves(self):
        """Nobody pays more before the letter has been out for two weeks."""
        for row in SupportMove.objects.filter(change__asked_at__isnull=False).select_related("change"):
            assert row.change.asked_at - row.told_at >= timedelta(days=14)
        assert not SupportMove.objects.filter(state="waiting").exists()


def _is_ending(row):
    return bool(row["cancel_at_period_end"] or row["cancel_at"])


def _card(row):
    method = row["default_payment_method"]
    return method[method["type"]]["fingerprint"] if method else row["id"]


SUBSCRIPTION = [
    "status", "amount", "currency", "interval", "current_period_end", "cancel_at_period_end", "is_collecting",
    "canceled_at", "ended_at", "customer__stripe_id", "livemode", "created_at", "current_period_start",
    "tier__stripe_product_id", "interval_count",
]  # fmt: skip
PAYMENT = [
    "status", "amount", "currency", "payment_intent_id", "paid_at", "refunded", "created_at", "balance_change", "kind",
    "receipt_number", "statement_text", "subscription__stripe_id", "livemode",
]  # fmt: skip
REFUND = ["amount", "status", "currency", "reason", "created_at", "livemode", "payment__payment_intent_id"]
DISPUTE = [*REFUND, "evidence_due_at", "is_withdrawn"]
# Ours, or compared in another way: whose it is by `check_patrons`, the card by `check_doubles`; no code is given here.
NOT_COMPARED = {
    "id", "stripe_id", "account", "fetched_at", "member", "fingerprint", "percent_off", "amount_off",
    "discount_ends_at", "discount_fits",
}  # fmt: skip
COMPARED = {Subscription: SUBSCRIPTION, Payment: PAYMENT, Refund: REFUND, Dispute: DISPUTE}


def rows(model, fields):
    return {row[0]: row[1:] for row in model.objects.values_list("stripe_id", *fields)}


def _subscription(row):
    item = row["items"]["data"][0]
    return (
        row["status"], item["price"]["unit_amount"] * item["quantity"], item["price"]["currency"],
        item["price"]["recurring"]["interval"], at(item["current_period_end"]),
        bool(row["cancel_at_period_end"] or row["cancel_at"]), row["pause_collection"] is None,
        at(row["canceled_at"]), at(row["ended_at"]), row["customer"], row["livemode"], at(row["created"]),
        at(item["current_period_start"]), item["price"]["product"], item["price"]["recurring"]["interval_count"],
    )  # fmt: skip


def _refund(row):
    return (
        row["amount"], row["status"], row["currency"], row["reason"] or "", at(row["created"]),
        row.get("livemode", False), row["payment_intent"],
    )  # fmt: skip


def _dispute(row):
    """The money of one that waits or was lost is gone by its state; of the rest the balance says it."""
    moved = sum(one["amount"] for one in row["balance_transactions"])
    is_told = row["status"] in ("prevented", "appeal_needs_response", "appeal_under_review")
    return (*_refund(row), at(row["evidence_details"]["due_by"] or None), is_told and moved < 0)


def moved_by(invoice):
    """What it moved on its customer's balance: below zero it left credit."""
    return 0 if invoice["ending_balance"] is None else invoice["ending_balance"] - invoice["starting_balance"]


def _of(invoice):
    return invoice["parent"]["subscription_details"]["subscription"]


def _stretch(invoice):
    """What was bought: the ordinary line, or of a change within a period what was charged for the rest of it."""
    lines = [line for line in invoice["lines"]["data"] if line["parent"]["subscription_item_details"]]
    plain = [line for line in lines if not line["parent"]["subscription_item_details"]["proration"]]
    bought = plain or [line for line in lines if line["amount"] > 0]
    spans = [(line["period"]["start"], line["period"]["end"]) for line in bought]
    return max(spans, key=lambda span: span[1], default=None)
