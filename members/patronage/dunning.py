"""A payment that failed: the days of grace, the letters in them, and a friendly end.

The grace itself is `granting.settle_grace`'s. Here is what is written to whom: one letter per step and failure (its
cause is unique), none to whoever has paid in between, since Stripe is asked once more before each.

Some failures have no grace: a first debit that the bank refused, going on after a pause, a renewal after the last
payment went back. Nobody keeps rights by them, but as many days pass with the same letters and the same end, counted
from when we heard of it: Stripe would go on trying for good.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from members.accounts.models import Member
from members.patronage.checkout import query_of
from members.patronage.client import is_unknown, stripe_api
from members.patronage.ending import open_portal
from members.patronage.errors import NoSupport, StripeRefused
from members.patronage.fetching import ask, fetch_invoice, fetch_subscription
from members.patronage.granting import days_of_grace
from members.patronage.mirroring import mirror_invoice, mirror_subscription
from members.patronage.missing import close_unknown, is_known
from members.patronage.models import Double, Kind, Payment, Period, Subscription, SupportChange
from members.patronage.models.mirror import OWING, RUNNING
from members.patronage.rights import patron_until
from members.patronage.sweeping import ask_each
from newsroom.lib.audit import record
from newsroom.lib.holding import is_on_hold
from newsroom.lib.letters import write_letter
from newsroom.lib.models import AuditEntry, Letter
from newsroom.lib.money import Money
from newsroom.lib.site_settings import site_settings
from newsroom.lib.sweeping import for_each

INCOMPLETE = "incomplete"
LAST_WORD = 2  # days before the grace ends
TOLD_WITHIN = timedelta(days=3)  # an end that is older came by a repair
AT_ONCE = 200
NOT_PAID = ("open", "uncollectible", "void")  # bills that support ended with
KEPT_IN_MIND = timedelta(days=90)  # longer than any grace
BANK_TAKES = timedelta(days=21)  # for a debit, up to 14 business days


@dataclass(frozen=True)
class Owed:
    """A payment that failed: since when, how long it is waited for, and the Period that this lengthens, if any."""

    subscription: Subscription
    begun: datetime
    until: datetime
    period: Period | None = None

    @classmethod
    def in_grace(cls, period: Period) -> Self:
        """Raises NoSupport."""
        if period.payment is None or period.payment.subscription is None:
            raise NoSupport("A Period in grace has no subscription.")
        return cls(period.payment.subscription, period.paid_until, period.ends_at, period)

    @classmethod
    def without_grace(cls, subscription: Subscription) -> Self:
        begun = _first_heard(subscription)
        return cls(subscription, begun, begun + timedelta(days=days_of_grace()))

    @property
    def pk(self) -> str:
        """By which a letter's cause names it."""
        return str(self.period.pk) if self.period else f"s{self.subscription.pk}-{self.begun:%Y%m%d%H%M%S}"


def sweep_dunning() -> None:
    """Writes what is due to each patron in grace, and ends support whose grace is over: 200 at once, of those that have
    something due, in no order, so that what Stripe refuses each time stands before nobody for long. Safe to run twice,
    and for a sweep that comes days late: of several steps missed only the last is written."""
    if is_on_hold():
        return
    due = _due(timezone.now())
    random.shuffle(due)
    ask_each(due[:AT_ONCE], lambda owed: _follow(owed, timezone.now()), failed="dunning_waits")
    for_each(_ended_unpaid()[:AT_ONCE], _tell_of_end, failed="end_not_told")


def _periods_in_grace() -> QuerySet[Period]:
    owing = Period.objects.filter(
        grace_from__lte=timezone.now(), revoked_at__isnull=True, payment__subscription__status__in=OWING,
        payment__livemode=settings.STRIPE_LIVEMODE,
    )  # fmt: skip
    return owing.select_related("payment__subscription").order_by("grace_from")


def _owing_without_grace() -> QuerySet[Subscription]:
    in_grace = Period.objects.filter(
        payment__subscription=OuterRef("pk"), grace_from__isnull=False, revoked_at__isnull=True
    )
    owing = Subscription.objects.of_our_mode().filter(
        status__in=OWING, is_collecting=True, member__erased_at__isnull=True
    )
    return owing.exclude(Exists(in_grace)).select_related("member")


def _first_heard(subscription: Subscription) -> datetime:
    """When the mirror first said so, of this time that it owes, which begins after whatever was paid last: while a bank
    is at another debit Stripe calls it active. Of a row that no audit tells of, its period's beginning."""
    paid_at = subscription.payments.aggregate(last=Max("paid_at"))["last"]
    told = AuditEntry.objects.filter(
        action__in=("subscription.started", "subscription.changed"), target_id=str(subscription.pk),
        target_type=subscription._meta.label_lower, details__status__in=OWING,
        **({"at__gt": paid_at} if paid_at else {}),
    )  # fmt: skip
    first: datetime | None = None
    for at in told.order_by("-id").values_list("at", flat=True)[:20]:
        if first and first - at > BANK_TAKES:
            break  # that time came to nothing, such as a bill that was called off
        first = at
    return first or subscription.current_period_start or subscription.created_at


def _all_owed() -> list[Owed]:
    graced = [Owed.in_grace(period) for period in _periods_in_grace()]
    return graced + [Owed.without_grace(row) for row in _owing_without_grace()]


def _due(now: datetime) -> list[Owed]:
    """Those whose grace is over, or of which a letter is due and not written. A letter counts that is newer too: the
    settings' days may have changed within the grace."""
    recent = Letter.objects.filter(kind="members/payment_failed", created_at__gt=now - KEPT_IN_MIND)
    written = set(recent.values_list("cause", flat=True))
    due = []
    for owed in _all_owed():
        answers = _answers(owed, now)
        if owed.until <= now or (answers and written.isdisjoint(answers)):
            due.append(owed)
    return due


def _answers(owed: Owed, now: datetime) -> list[str]:
    """Causes of the letter that is due and of those after it, any of which makes it needless; empty when none is."""
    step = step_of(owed, now)
    if step is None or owed.until <= now:
        return []
    return [_cause(owed, day) for day in range(step, (now - owed.begun).days + 1)]


def _follow(owed: Owed, now: datetime) -> None:
    if owed.until <= now:
        _end_unpaid(owed)
    elif (step := step_of(owed, now)) is not None:
        subscription = _look_again(owed.subscription)
        if owed.period:
            _remind_in_grace(owed.period, subscription, step)
        else:
            _remind(owed, subscription, step)


def step_of(owed: Owed, now: datetime) -> int | None:
    """The day of the newest letter that is due."""
    begun, days = owed.begun, (owed.until - owed.begun).days
    steps = {*site_settings().letter_days, days - LAST_WORD}
    return max((day for day in steps if 0 <= day < days and begun + timedelta(days=day) <= now), default=None)


def _cause(owed: Owed, step: int) -> str:
    return f"dunning:{owed.pk}:{step}"


def _look_again(subscription: Subscription) -> Subscription:
    """As Stripe has it now: who has paid while its events were under way is not written to."""
    bill = unpaid_bill(subscription)
    if bill is not None:
        mirror_invoice(fetch_invoice(bill.stripe_id))
    else:
        mirror_subscription(fetch_subscription(subscription.stripe_id))
    return Subscription.objects.get(pk=subscription.pk)


def unpaid_bill(subscription: Subscription) -> Payment | None:
    """The newest invoice that was tried and is not paid."""
    return Payment.objects.filter(subscription=subscription, status="open").order_by("-created_at").first()


def owed_money(subscription: Subscription) -> Money:
    """What the open bill asks for, less codes and credit: a code for one bill is gone from the terms by then. Before
    the mirror has that bill, what the terms say."""
    bill = unpaid_bill(subscription)
    return bill.money if bill else subscription.last_money


@transaction.atomic
def _remind_in_grace(period: Period, subscription: Subscription, step: int) -> None:
    rows = Period.objects.select_for_update(of=("self",), no_key=True)
    period = rows.select_related("member", "tier", "payment__subscription").get(pk=period.pk)
    if period.grace_from is not None and not period.revoked_at:
        _remind(Owed.in_grace(period), subscription, step)


def _remind(owed: Owed, subscription: Subscription, step: int) -> None:
    if subscription.status not in OWING:
        return
    is_last = step >= (owed.until - owed.begun).days - LAST_WORD
    stays_until = patron_until(subscription.member)  # free time, a gift or another support may reach further
    context = {
        "subscription": subscription, "money": owed_money(subscription), "period": owed.period, "until": owed.until,
        "is_last": is_last, "fix_query": query_of(subscription),
        "stays_until": max(owed.until, stays_until or owed.until),
    }  # fmt: skip
    _write("payment_failed", _cause(owed, step), subscription.member, expires_at=owed.until, **context)


def _end_unpaid(owed: Owed) -> None:
    """Nothing may be taken after we said that it has ended: at Stripe first. A second ending changes nothing, so the
    key lasts an hour only: an answer that Stripe keeps under a key must not be heard for a day. What Stripe does not
    know takes nothing any more, and ends here."""
    subscription = owed.subscription
    try:
        subscription = _look_again(subscription)
    except StripeRefused as error:
        if not is_unknown(error):
            raise
        _close_unknown(owed, subscription)
        subscription.refresh_from_db()
    if subscription.status not in OWING:
        return
    _note_end(owed)
    hour = f"{timezone.now():%Y-%m-%dT%H}"
    key = {"idempotency_key": f"dunning-end:{owed.pk}:{subscription.stripe_id}:{hour}"}
    services, params = stripe_api().subscriptions, {"expand": ["customer"]}
    mirror_subscription(ask(lambda: services.cancel(subscription.stripe_id, params, key)))


def _close_unknown(owed: Owed, subscription: Subscription) -> None:
    """The bill, the subscription or both, whichever Stripe does not know."""
    bill = unpaid_bill(subscription)
    if bill is not None and not is_known(Kind.INVOICE, bill.stripe_id):
        close_unknown(Kind.INVOICE, bill.stripe_id)
    if not is_known(Kind.SUBSCRIPTION, subscription.stripe_id):
        _note_end(owed)
        close_unknown(Kind.SUBSCRIPTION, subscription.stripe_id)


def _note_end(owed: Owed) -> None:
    """Before Stripe is asked, and once however often it has to be asked."""
    subscription, period = owed.subscription, owed.period.pk if owed.period else None
    with transaction.atomic():
        Subscription.objects.select_for_update(no_key=True).get(pk=subscription.pk)
        noted = AuditEntry.objects.filter(
            action="support.end_unpaid", target_id=str(subscription.pk), at__gte=owed.begun, details__period=period
        )
        if not noted.exists():
            record("support.end_unpaid", actor_label="clock", target=subscription, period=period)


def _ended_unpaid() -> QuerySet[Subscription]:
    """Ended lately with its last bill unpaid, and not because the member or the desk wished it."""
    now = timezone.now()
    wished = _wished_ends().values("subscription")
    bills = Payment.objects.filter(subscription=OuterRef("pk")).order_by("-created_at", "-pk")  # as in `unpaid_at_end`
    ended = Subscription.objects.of_our_mode().filter(
        status="canceled", ended_at__gt=now - TOLD_WITHIN, ended_at__lte=now
    )
    told = Letter.objects.filter(kind="members/support_ended", created_at__gt=now - 2 * TOLD_WITHIN).values("cause")
    known = [int(row["cause"].rpartition(":")[2]) for row in told]
    unpaid = ended.alias(last=Subquery(bills.values("status")[:1])).filter(last__in=NOT_PAID)
    return unpaid.exclude(Q(pk__in=wished) | Q(pk__in=known)).select_related("member")


def _wished_ends() -> QuerySet[SupportChange]:
    """Wishes that support has ended by, or may have. One for the paid time's end that was taken back, here or at
    Stripe, is none: what ends by it keeps its flag."""
    kind, state = SupportChange.Kind, SupportChange.State
    ended_by_it = Q(subscription__cancel_at_period_end=True) | Q(finished_at__gte=F("subscription__ended_at"))
    at_once = Q(kind=kind.CANCEL, state__in=(state.ASKED, state.DONE))
    return SupportChange.objects.filter(
        at_once | Q(kind=kind.END, state=state.ASKED) | ended_by_it & Q(kind=kind.END, state=state.DONE)
    )


def _tell_of_end(subscription: Subscription) -> None:
    """Not to who gave anew and has support that goes on; but to who gives two and means both."""
    others = Subscription.objects.of_our_mode().filter(member=subscription.member, status__in=RUNNING)
    goes_on = others.exists()
    if goes_on and not _is_meant_besides(subscription, others):
        return
    has_given = subscription.payments.filter(paid_at__isnull=False, amount__gt=F("refunded")).exists()
    bill = unpaid_at_end(subscription)
    _write(
        "support_ended", f"support-ended:{subscription.pk}", subscription.member, subscription=subscription,
        money=bill.money if bill else subscription.last_money, has_given=has_given, goes_on=goes_on,
    )  # fmt: skip


def _is_meant_besides(subscription: Subscription, others: QuerySet[Subscription]) -> bool:
    kept = Double.objects.filter(state=Double.State.KEPT)
    return kept.filter(Q(first=subscription, second__in=others) | Q(second=subscription, first__in=others)).exists()


def _write(kind: str, cause: str, member: Member, *, expires_at: datetime | None = None, **context: Any) -> None:
    if not member.email:
        return
    with translation.override(member.language):
        names = {"fix_url": "members:fix-payment", "support_url": "members:support", "account_url": "account"}
        addresses = {key: settings.SITE_URL + reverse(name) for key, name in names.items()}
    write_letter(
        f"members/{kind}", cause=cause, to_email=member.email, language=member.language, member_id=member.pk,
        expires_at=expires_at, context={"member": member, **addresses, **context},
    )  # fmt: skip


def _open_bill_at_stripe(subscription: Subscription) -> str:
    """Whoever is quick is here before the bill's own event. Empty where there is none."""
    params = {"subscription": subscription.stripe_id, "status": "open", "limit": 1}
    found = ask(lambda: stripe_api().invoices.list(params)).data["data"]
    return str(found[0]["id"]) if found else ""


def owing_subscription(member: Member) -> Subscription | None:
    """The one whose last payment did not go through."""
    return _newest(member, *OWING)


def unpaid_at_end(subscription: Subscription) -> Payment | None:
    """The bill for which ended support ended; None where the member or the desk wished the end."""
    if _wished_ends().filter(subscription=subscription).exists():
        return None
    last = Payment.objects.filter(subscription=subscription).order_by("-created_at", "-pk").first()
    return last if last is not None and last.status in NOT_PAID else None


def unfinished_subscription(member: Member) -> Subscription | None:
    """One whose first payment did not go through yet: Stripe waits 23 hours for it."""
    return _newest(member, INCOMPLETE)


def _newest(member: Member, *statuses: str) -> Subscription | None:
    own = Subscription.objects.of_our_mode().filter(member=member, status__in=statuses)
    return own.order_by("-created_at").first()


def subscription_to_pay(member: Member) -> Subscription | None:
    """The one that waits for the member's payment."""
    return owing_subscription(member) or unfinished_subscription(member)


def open_bill(*, member: Member, language: str, subscription: Subscription | None = None) -> str:
    """The address of Stripe's page on which the open bill is paid with another card; where there is none, of the page
    on which the card is changed. It is asked for anew each time and kept nowhere. `subscription` is the member's own.
    Raises NoSupport, StripeResting, StripeRefused, NotConfigured."""
    subscription = subscription or subscription_to_pay(member)
    if subscription is None:
        raise NoSupport(_("Nothing is open: all your payments went through."))
    bill = unpaid_bill(subscription)
    bill_id = bill.stripe_id if bill else _open_bill_at_stripe(subscription)
    if bill_id:
        fetched = fetch_invoice(bill_id)
        mirror_invoice(fetched)
        if fetched.data["status"] == "open" and fetched.data["hosted_invoice_url"]:
            return str(fetched.data["hosted_invoice_url"])
    return open_portal(member=member, language=language, is_for_card=True, subscription=subscription)
