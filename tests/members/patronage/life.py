"""The random life of a few patrons, played at the sandbox, and its events on their way to us: late, doubled, shuffled,
lost; with what we do ourselves meanwhile. What is drawn is a list of numbers for each step, so that hypothesis can
shrink it."""

import random
from datetime import timedelta

import stripe
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from members.accounts.models import Member
from members.patronage import (
    carrying_out,
    changing,
    checkout,
    declarations,
    declaring,
    doubles,
    dunning,
    ending,
    inbox,
    leaving,
    mending,
    moving,
    reconciling,
    redeeming,
    refunding,
    repairing,
    tiers,
)
from members.patronage.client import stripe_api
from members.patronage.credit import CREDIT
from members.patronage.errors import PatronageError
from members.patronage.models import (
    Checkout,
    Declaration,
    DeclaredEffect,
    Double,
    Drift,
    Price,
    StripeEvent,
    Subscription,
    Tier,
)
from newsroom.lib.models import Letter, Outbox
from newsroom.lib.money import Money
from newsroom.site import erasing
from newsroom.site.followups import follow_up
from tests.members.patronage.conftest import deliver
from tests.members.patronage.gifts import begin_gift, letters, token_in

VERBS = (
    "sign_up", "sign_up", "give_once", "gift", "upgrade", "fail", "recover", "refund", "refund_fails", "dispute",
    "end_dispute", "cancel", "keep", "stop_at_once", "pause", "resume", "put_aside", "wait", "wait", "wait_long",
    "deliver", "deliver", "change", "change", "repair", "repair", "neglect", "dun", "erase", "take",
    "withdraw", "dearer", "to_months", "to_months", "take_credit", "take_credit",
)  # fmt: skip
ALL_OF_OURS = [
    ("sign_up", 2), ("sign_up", 2), ("sign_up", 2), ("repair", 0), ("change", 2), ("change", 3), ("neglect", 1),
    ("dun", 0), ("neglect", 8), ("wait", 8), ("dun", 0), ("sign_up", 4), ("gift", 2), ("take", 1), ("refund", 1),
    ("erase", 1), ("sign_up", 1), ("dearer", 2), ("withdraw", 1), ("sign_up", 3), ("withdraw", 0),
]  # fmt: skip
OF_CREDIT = [  # of a year that became months
    ("dun", 0), ("change", 9), ("dun", 0), ("refund", 1), ("dun", 0), ("take_credit", 0), ("refund_fails", 0),
    ("dun", 0), ("wait_long", 1), ("take_credit", 0), ("refund", 3), ("dun", 0), ("refund", 2), ("dun", 0),
    ("refund_fails", 1), ("dun", 0), ("take_credit", 0), ("wait_long", 2), ("dispute", 0), ("end_dispute", 1),
    ("dun", 0), ("wait_long", 0), ("take_credit", 0), ("refund_fails", 2),
]  # fmt: skip
# What is given a month, a year and once, at least; the smallest coins of each.
LEAST = {"eur": (500, 5000, 700), "usd": (600, 6000, 800), "jpy": (800, 8000, 900)}
CURRENCIES = ("eur", "usd", "eur", "jpy")


def take_credit():
    """What is owed of it, once, as the worker that follows up does."""
    owed = Outbox.objects.filter(kind=CREDIT, state=Outbox.State.WAITING)
    owed.update(next_attempt_at=timezone.now())
    for row_id in list(owed.values_list("pk", flat=True)):
        follow_up(row_id)


OWN_SWEEPS = (
    carrying_out.sweep_changes, refunding.sweep_refunds, repairing.sweep_repairs, doubles.sweep_doubles,
    leaving.sweep_erased, dunning.sweep_dunning, declarations.sweep_declarations, moving.sweep_moves,
    take_credit,
)  # fmt: skip
MINUTES = timedelta(minutes=5)
LIVE = ("active", "past_due", "unpaid", "paused")


class Life:
    def __init__(self, sandbox, seed, manager, *, loses=True):
        self.sandbox = sandbox
        self.dice = random.Random(seed)
        self.loses = loses
        self.manager = manager
        self.pool = []
        self._offer()
        self.members = [Member.objects.create_user(f"patron{n}@example.org", name=f"Patron {n}") for n in range(3)]

    def play(self, steps):
        for verb, who in steps:
            try:
                getattr(self, f"_{verb}")(who)
            except (OSError, stripe.StripeError, PatronageError, LookupError):
                pass  # the sandbox says no, as Stripe would: not everything can be done at any time
            self._gather()

    def _gather(self):
        """Whether anything happened at Stripe."""
        before = len(self.pool)
        while more := self.sandbox.events():
            self.pool += more
        return len(self.pool) > before

    def come_to_rest(self):
        """All that is on its way comes in any order, but for what is lost, which the comparison finds; then our own
        sweeps do what is due, until nothing happens any more."""
        for _round in range(10):
            self._deliver(0, share=1.0)
            self._sweep()
            if self.loses:
                reconcile()
            DeclaredEffect.objects.update(checked_at=F("checked_at") - MINUTES)
            for sweep in OWN_SWEEPS:
                sweep()
            if not self._gather():
                return
        raise AssertionError("It does not come to rest.")

    # what patrons, banks and the newsroom do

    def _sign_up(self, who):
        self._pay(self._open("year" if who % 5 == 4 else "month", who), who)

    def _give_once(self, who):
        self._pay(self._open("once", who), who)

    def _gift(self, who):
        """Months for somebody else, from a stranger or a member."""
        _address, gift = begin_gift(self._who(who), recipient_email=f"friend{who}@example.org")
        self._pay(gift.checkout, who)

    def _take(self, who):
        """By the link in a letter, whoever holds it; the giver too."""
        self._let_come()
        letter = self.dice.choice(list(letters()))
        member = self._anyone()
        member.proved_at = member.proved_at or self.sandbox.now()
        member.save(update_fields=["proved_at"])
        redeeming.take_gift(member=member, token=token_in(letter))

    def _pay(self, row, who):
        """Some pay from a bank that takes days, and some of those debits do not go through."""
        accounts = {7: "DE89370400440532013000", 8: "DE62370400440532013001", 9: "4000000000005126"}
        row = let_debit(row) if who in (7, 8) else row
        method = {"card": accounts[who]} if who in accounts else {}
        self.sandbox.pay(row.stripe_id, f"patron{who % 3}@example.org", **method)

    def _open(self, frequency, who):
        """Debits are in euros."""
        currency = "eur" if who in (7, 8) else CURRENCIES[who % len(CURRENCIES)]
        least = least_of(currency, frequency)
        money = Money(least + (who if frequency == "once" else 0), currency)
        checkout.open_checkout(member=self._who(who), frequency=frequency, money=money, language="en")
        return Checkout.objects.latest("id")

    def _offer(self):
        """In each currency what the tier has in euros."""
        tier = Tier.objects.get()
        for currency, (month, year, _once) in LEAST.items():
            for interval, amount in (("month", month), ("year", year)):
                same = {"tier": tier, "currency": currency, "interval": interval, "is_active": True}
                Price.objects.get_or_create(**same, defaults={"amount": amount})

    def _who(self, who):
        """A member who is signed in, or nobody."""
        standing = Member.objects.filter(pk=self.members[who % 3].pk, erased_at=None)
        return standing.first() if who % 2 else None

    def _anyone(self):
        return self.dice.choice(list(Member.objects.filter(erased_at=None, is_staff=False).order_by("id")))

    def _pick(self, kind, **params):
        return self.dice.choice(sorted(self.sandbox.all(kind, **params), key=lambda row: (row["created"], row["id"])))

    def _subscription(self, *statuses):
        found = [row for row in self.sandbox.all("subscriptions", status="all") if row["status"] in (statuses or LIVE)]
        return self.dice.choice(sorted(found, key=lambda row: row["created"]))

    def _charge(self):
        charges = [row for row in self.sandbox.all("charges") if row["paid"]]
        return self.dice.choice(sorted(charges, key=lambda row: row["created"]))

    def _upgrade(self, who):
        row = self._subscription("active")
        item = row["items"]["data"][0]
        price = {
            "currency": row["currency"], "unit_amount": 300 + 400 * who, "product": item["price"]["product"],
            "recurring": {"interval": item["price"]["recurring"]["interval"]},
        }  # fmt: skip
        behaviour = "always_invoice" if who % 2 else "create_prorations"
        params = {"items": [{"id": item["id"], "price_data": price}], "proration_behavior": behaviour}
        stripe_api().subscriptions.update(row["id"], params)

    def _fail(self, who):
        self.sandbox.control(f"subscriptions/{self._subscription()['id']}/fail", count=1 + who % 4)

    def _recover(self, who):
        self.sandbox.control(f"invoices/{self._pick('invoices', status='open')['id']}/pay")

    def _refund(self, who):
        part = {"amount": 150} if who % 3 == 0 else {}
        stripe_api().refunds.create({"charge": self._charge()["id"], **part})

    def _refund_fails(self, who):
        self.sandbox.control(f"refunds/{self._pick('refunds')['id']}/fail")

    def _dispute(self, who):
        self.sandbox.control(f"charges/{self._charge()['id']}/dispute", inquiry=who % 2)

    def _end_dispute(self, who):
        self.sandbox.control(f"disputes/{self._pick('disputes')['id']}/end", outcome="lost" if who % 2 else "won")

    def _cancel(self, who):
        ending.end_support(member=self._anyone())

    def _keep(self, who):
        ending.keep_support(member=self._anyone())

    def _change(self, who):
        """By the account's own page: another amount, now and then another rhythm; shown first, then confirmed."""
        givers = Member.objects.filter(subscriptions__status="active").order_by("id").distinct()
        member = self.dice.choice(list(givers))
        running = changing.require_changeable(member)
        other = {"month": "year", "year": "month"}[running.interval]
        change(member, running, other if who > 7 else running.interval, more=100 * who)

    def _to_months(self, who):
        """A year, unless somebody gives one already, that becomes months after a few days: the rest of it is credit."""
        yearly = Subscription.objects.filter(status="active", interval="year", member__erased_at=None).order_by("id")
        if not yearly:
            self._pay(self._open("year", who), who)
            self._let_come()
        running = self.dice.choice(list(yearly.all()))
        self.sandbox.advance(f"{3 * who}d")
        change(running.member, running, "month", more=100 * who)

    def _repair(self, who):
        """One click of whoever gives twice, once we have noticed it."""
        self._let_come()
        pair = self.dice.choice(list(Double.objects.filter(state=Double.State.OPEN).order_by("id")))
        repairing.repair_double(pair=pair, actor=pair.second.member)

    def _erase(self, who):
        erasing.erase_member(member_id=self._anyone().pk)

    def _withdraw(self, who):
        """By an address, and the link in the letter to it: all that was paid in the last days goes back; what is older
        can only be ended."""
        self._let_come()
        declaring.declare(kind="withdraw", given=self._anyone().email, language="en")
        made = Declaration.objects.latest("pk")
        declarations.carry_out_declaration(
            declaring.confirm_declaration(declaration=made, is_ending=bool(who % 3 == 2))
        )

    def _dearer(self, who):
        """The tier costs more from now on; who runs at the old price goes along, two weeks and more after a letter."""
        self._let_come()
        old = self.dice.choice(list(Price.objects.filter(is_active=True).order_by("id")))
        money = Money(old.amount + 100, old.currency)
        new = tiers.replace_price(user=self.manager, tier=old.tier, money=money, interval=old.interval)
        moving.begin_move(user=self.manager, price=new, expected=len(moving.plan_move(new).taken))
        moving.sweep_moves()
        Letter.objects.filter(kind="members/price_moves", state="queued").update(
            state="sent", sent_at=self.sandbox.now()
        )
        self.sandbox.advance(f"{13 + who}d")
        self._let_come()
        moving.sweep_moves()

    def _neglect(self, who):
        """A renewal fails and fails again, within the days of grace or beyond them."""
        self.sandbox.control(f"subscriptions/{self._subscription('active')['id']}/fail", count=9)
        self.sandbox.advance(f"{31 + 2 * who}d")
        self._dun(who)

    def _dun(self, who):
        self._let_come()
        dunning.sweep_dunning()

    def _take_credit(self, who):
        """A worker, with what has come so far."""
        take_credit()

    def _let_come(self):
        self._gather()
        self._deliver(0, share=1.0)
        self._sweep()

    def _stop_at_once(self, who):
        stripe_api().subscriptions.cancel(self._subscription()["id"])

    def _pause(self, who):
        since = {"unused_time_from": {"type": "none" if who % 2 else "now"}}
        stripe_api().subscriptions.pause(self._subscription("active", "past_due")["id"], {"bill_for": since})

    def _resume(self, who):
        anchor = {"billing_cycle_anchor": {"type": "now" if who % 2 else "unchanged"}}
        stripe_api().subscriptions.resume(self._subscription("paused")["id"], anchor)

    def _put_aside(self, who):
        """At the dashboard: collecting rests, or goes on again."""
        row = self._subscription("active")
        rests = (
            "" if row["pause_collection"] else {"behavior": ("void", "keep_as_draft", "mark_uncollectible")[who % 3]}
        )
        stripe_api().subscriptions.update(row["id"], {"pause_collection": rests})

    def _wait(self, who):
        self.sandbox.advance(f"{1 + 2 * who}d")

    def _wait_long(self, who):
        self.sandbox.advance(f"{30 + who}d")

    # what becomes of the events

    def _deliver(self, who, share=0.5):
        """Some come, in any order, some of them twice; some never do; of those that came a worker does some."""
        self.dice.shuffle(self.pool)
        number = int(len(self.pool) * share) if share < 1 else len(self.pool)
        coming, self.pool = self.pool[:number], self.pool[number:]
        for event in coming:
            lot = self.dice.random()
            if self.loses and lot < 0.15:
                continue
            for _copy in range(2 if lot > 0.75 else 1):
                assert deliver(event).status_code == 200
            if self.dice.random() < 0.4:
                self._work(self.dice.choice(list(StripeEvent.objects.values_list("event_id", flat=True))))

    def _work(self, event_id):
        inbox.process_event(event_id)

    def _sweep(self):
        for _round in range(30):
            StripeEvent.objects.filter(state__in=("waiting", "failed")).update(next_attempt_at=self.sandbox.now())
            due = inbox.due_events()
            if not due:
                return
            for event_id in due:
                self._work(event_id)
        errors = set(StripeEvent.objects.filter(state="failed").values_list("type", "error"))
        raise AssertionError(f"Events go on failing: {errors}")


def change(member, running, interval, *, more):
    """Of running support, to the least amount and so much more."""
    money = Money(least_of(running.currency, interval) + more, running.currency)
    shown = changing.propose_change(member=member, money=money, interval=interval, subscription=running)
    changing.confirm_change(change=shown)


def least_of(currency, frequency):
    """The lowest price that is offered now."""
    if frequency == "once":
        return LEAST[currency][2]
    offered = Price.objects.filter(currency=currency, interval=frequency, is_active=True)
    return min(offered.values_list("amount", flat=True))


def let_debit(row):
    """The same session once more, as a dashboard with direct debits would offer it."""
    product = row.tier.stripe_product_id if row.tier else ""
    params = checkout._session_params(row, product_id=product, customer_id="")
    session = stripe_api().checkout.sessions.create({**params, "payment_method_types": ["sepa_debit"]})
    Checkout.objects.filter(pk=row.pk).update(stripe_id=session.id)
    row.refresh_from_db()
    return row


def reconcile():
    """What the night's comparison and "mend all" do, until Stripe and we say the same."""
    for _night in range(3):
        reconciling.begin_reconciliation(user=None)
        reconciling.run_to_end()
        if not reconciling.count_open():
            return
        while Drift.objects.filter(state=Drift.State.OPEN, error="").update(state=Drift.State.ASKED):
            mending.sweep_mending()
    left = [f"{row.kind} {row.stripe_id} {row.says} {row.error}" for row in Drift.objects.filter(closed_at=None)]
    raise AssertionError(f"They still differ: {left}")


class Undone(Exception):
    """Ends an example: nothing of it stays in the database."""


def undone(work):
    try:
        with transaction.atomic():
            work()
            raise Undone
    except Undone:
        Tier.objects.update(stripe_product_id="")
