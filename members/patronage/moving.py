"""Running support that moves to a tier's new price. Nobody pays more unasked: a letter goes first, two weeks and more
before the first payment of the new amount, with a way to keep the old one and a way to end.

Each subscription is a row of its own, worked off one by one: written to, then changed at Stripe by a SupportChange
without proration, so that what was paid stays paid. A worker that dies anywhere is followed by the next sweep.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from members.accounts.models import Member
from members.patronage.carrying_out import begin, carry_out
from members.patronage.checkout import product_of, query_of
from members.patronage.client import asking_stripe
from members.patronage.errors import ChangeUnderWay, NotAllowed, PatronageError, StripeRefused
from members.patronage.fetching import fetch_subscription
from members.patronage.mirroring import mirror_subscription
from members.patronage.models import Price, PriceMove, Subscription, SupportChange, SupportMove
from members.patronage.models.mirror import RUNNING
from members.patronage.models.tiers import Interval
from members.patronage.months import add_months
from members.patronage.sweeping import ask_each
from members.patronage.tiers import check_price
from newsroom.lib.audit import record
from newsroom.lib.holding import is_on_hold
from newsroom.lib.jobs import advance_job, begin_job, finish_job
from newsroom.lib.letters import withdraw_letters, write_letter
from newsroom.lib.models import Letter
from newsroom.lib.money import Money
from newsroom.lib.sweeping import for_each
from newsroom.lib.waking import wake

SWEEP_TASK = "members.patronage.tasks.sweep_moves"
MONTHS = {Interval.MONTH.value: 1, Interval.YEAR.value: 12}
NOTICE = timedelta(days=14)  # between the letter's sending and the change at Stripe
NOTICE_AND_POST = NOTICE + timedelta(days=2)  # what the letter counts with: mail may wait a while
SAME_PAYMENT = timedelta(days=4)  # a renewal so near the day in the letter is the one that it means
LETTERS_AT_ONCE = 100
CHANGES_AT_ONCE = 20  # a sweep a minute; each asks Stripe twice
State, Why = SupportMove.State, SupportMove.Why
OPEN = (State.WAITING, State.TOLD)


class PlanChanged(PatronageError):  # noqa: N818
    """What was shown is not what would happen now."""


@dataclass
class Plan:
    """What a move to `price` would do now: whom it takes along, and whom it leaves out and why."""

    price: Price
    taken: list[Subscription] = field(default_factory=list)
    left_out: list[tuple[Subscription, SupportMove.Why]] = field(default_factory=list)
    first_at: datetime | None = None  # the earliest first payment of the new amount

    @property
    def amounts(self) -> list[tuple[Money, int]]:
        """How many pay which earlier price."""
        counts = Counter(row.amount for row in self.taken)
        return [(Money(amount, self.price.currency), count) for amount, count in sorted(counts.items())]

    @property
    def reasons(self) -> list[tuple[str, int]]:
        counts = Counter(why.label for _row, why in self.left_out)
        return sorted((str(label), count) for label, count in counts.items())


def plan_move(price: Price) -> Plan:
    """Support that runs at an earlier price of the same tier, interval and currency. Whoever chose an amount of their
    own keeps it."""
    plan = Plan(price)
    now = timezone.now()
    for row in _at_earlier_prices(price):
        why = _why_not(row)
        if why:
            plan.left_out.append((row, why))
            continue
        plan.taken.append(row)
        first_at = first_payment(row, now)
        plan.first_at = min(plan.first_at or first_at, first_at)
    return plan


def _at_earlier_prices(price: Price) -> QuerySet[Subscription]:
    """Also those of whom a move is under way: they are left out, and said to be."""
    earlier = Price.objects.filter(
        tier=price.tier, currency=price.currency, interval=price.interval, is_active=False
    ).exclude(amount=price.amount)
    running = Subscription.objects.of_our_mode().filter(
        tier=price.tier, currency=price.currency, interval=price.interval, interval_count=1, status__in=RUNNING,
        amount__in=earlier.values("amount"),
    )  # fmt: skip
    is_moving = Count("moves", filter=Q(moves__state__in=OPEN))
    return running.annotate(is_moving=is_moving).select_related("member").order_by("id")


def _why_not(row: Any) -> SupportMove.Why | None:
    """None where support can be moved."""
    reasons = (
        (row.cancel_at_period_end, Why.ENDING), (row.status == "paused" or not row.is_collecting, Why.PAUSED),
        (row.is_owing, Why.UNPAID), (row.status == "trialing", Why.TRIAL), (row.status != "active", Why.OVER),
        (not row.member.email, Why.NO_ADDRESS), (getattr(row, "is_moving", 0), Why.MOVING),
    )  # fmt: skip
    return next((why for holds, why in reasons if holds), None)


def first_payment(row: Subscription, now: datetime) -> datetime:
    """Of the new amount: the first renewal that leaves time for the letter."""
    earliest = now + NOTICE_AND_POST
    begun, renewal, months = row.current_period_start, row.current_period_end or earliest, MONTHS[row.interval]
    # Stripe goes back to the day on which support began, where a month has it: from February to 31 March.
    is_cut = begun is not None and add_months(begun, months) == renewal
    base, step = (begun, months) if begun is not None and is_cut else (renewal, 0)
    while renewal < earliest:
        step += months
        renewal = add_months(base, step)
    return renewal


def begin_move(*, user: Member, price: Price, expected: int) -> PriceMove:
    """Writes down each subscription that moves or is left out; the letters follow. `expected` is the number that was
    shown. Raises NotAllowed, PlanChanged, and AmountRefused for a price that nobody could pay."""
    _require(user)
    check_price(price.money)
    with transaction.atomic():
        held = Price.objects.select_for_update(of=("self",)).select_related("tier").get(pk=price.pk)
        plan = plan_move(held)
        if not held.is_active or not plan.taken or len(plan.taken) != expected:
            raise PlanChanged(_("This has changed since it was shown. Please look again."))
        job = begin_job("price-move", target_id=held.pk, total=expected, user=user)
        move = PriceMove.objects.create(price=held, job=job, started_by=user)
        taken = [SupportMove(move=move, subscription=row, from_amount=row.amount) for row in plan.taken]
        now = timezone.now()
        left = [
            SupportMove(
                move=move, subscription=row, from_amount=row.amount, state=State.SKIPPED, why=why, finished_at=now
            )
            for row, why in plan.left_out
        ]
        SupportMove.objects.bulk_create([*taken, *left], batch_size=1000)
        record("price.move_begun", actor=user, target=held.tier, price=str(held), supports=expected)
        wake(SWEEP_TASK)
    return move


def stop_move(*, user: Member, move: PriceMove) -> int:
    """What Stripe was not asked for yet stays as it is, and whoever was written to is told so; answers how many.
    Raises NotAllowed."""
    _require(user)
    with transaction.atomic():
        PriceMove.objects.select_for_update().get(pk=move.pk)
        rows = list(_unasked().select_for_update(of=("self",)).filter(move=move).select_related("subscription__member"))
        for row in rows:
            withdraw_letters(_cause(row))
            if Letter.objects.filter(cause=_cause(row)).exists():  # it has left, or is leaving
                _write(row, "price_stays", f"price-stays:{row.pk}")
            _close(row, State.STOPPED)
        PriceMove.objects.filter(pk=move.pk, stopped_at__isnull=True).update(stopped_at=timezone.now())
        record("price.move_stopped", actor=user, target=move.price.tier, price=str(move.price), supports=len(rows))
        _finish_jobs()
    return len(rows)


def pending_moves(member: Member) -> list[SupportMove]:
    """The member's own support on its way to a new price, while it can still be kept from it."""
    own = _unasked().filter(subscription__member=member, state=State.TOLD).order_by("first_at", "pk")
    return list(own.select_related("move__price__tier", "subscription"))


def keep_amount(*, member: Member, move: int | None = None) -> bool:
    """The member goes on giving what they give by the support of this move, or by the first that was told; False when
    there is nothing to be kept from any more."""
    with transaction.atomic():
        rows = _unasked().select_for_update(of=("self",)).filter(subscription__member=member)
        rows = rows.filter(pk=move) if move else rows.order_by("state", "first_at", "pk")  # told before waiting
        row = rows.first()
        if row is None:
            return False
        withdraw_letters(_cause(row))
        _close(row, State.KEPT)
        record("support.move_kept", actor=member, target=row.subscription)
        _finish_jobs()
    return True


def _require(user: Member) -> None:
    if not user.has_perm("members.add_pricemove"):
        raise NotAllowed(_("Only membership managers may move running support to a new price."))


def _unasked() -> QuerySet[SupportMove]:
    return SupportMove.objects.filter(state__in=OPEN, change__isnull=True)


def _cause(row: SupportMove) -> str:
    return f"price-move:{row.pk}:"


def _close(row: SupportMove, state: SupportMove.State, why: SupportMove.Why | str = "") -> bool:
    """Once: the job counts a row when it leaves what is open. Called in a transaction."""
    closed = SupportMove.objects.filter(pk=row.pk, state__in=OPEN).update(
        state=state, why=why, finished_at=timezone.now()
    )
    if closed:
        advance_job(row.move.job_id, 1)
    return bool(closed)


def sweep_moves() -> None:
    """Writes the letters that are owed, then changes at Stripe what was written about long enough ago. Safe to run
    twice and to be killed anywhere: each row is locked, its letter's cause is unique, and Stripe is asked through a
    SupportChange."""
    if is_on_hold():
        return
    waiting = SupportMove.objects.filter(state=State.WAITING).values_list("pk", flat=True)
    for_each(waiting[:LETTERS_AT_ONCE], _tell, failed="support_move_not_told")
    _note_changes()
    ask_each(_due()[:CHANGES_AT_ONCE], _change_or_give_up, failed="support_not_moved")
    with transaction.atomic():
        _finish_jobs()


def _lock(pk: int, **wanted: Any) -> SupportMove | None:
    rows = SupportMove.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=pk, **wanted)
    return rows.select_related("move__price__tier", "move__started_by", "subscription__member").first()


@transaction.atomic
def _tell(pk: int) -> None:
    row = _lock(pk, state=State.WAITING)
    if row is None:
        return
    why = _why_moved_on(row)
    if why:
        _close(row, State.SKIPPED, why)
        return
    now = timezone.now()
    row.state, row.told_at, row.first_at = State.TOLD, now, first_payment(row.subscription, now)
    row.save(update_fields=["state", "told_at", "first_at"])
    _write(row, "price_moves", _cause(row))
    record("support.move_told", actor=row.move.started_by, target=row.subscription)


def _why_moved_on(row: SupportMove) -> SupportMove.Why | None:
    """Why what was planned does not fit any more; None where it does."""
    if not row.move.price.is_active:
        return Why.NOT_OFFERED
    support = row.subscription
    if support.amount != row.from_amount or not support.is_sold_so or support.interval != row.move.price.interval:
        return Why.CHANGED
    return _why_not(row.subscription)


def _write(row: SupportMove, kind: str, cause: str) -> None:
    member = row.subscription.member
    if not member.email:
        return
    with translation.override(member.language):
        names = {"keep_url": "members:new-price", "end_url": "members:end-support", "account_url": "account"}
        addresses = {key: settings.SITE_URL + reverse(name) for key, name in names.items()}
    if query := query_of(row.subscription):
        addresses["keep_url"] += f"?move={row.pk}"
        addresses["end_url"] += query
    write_letter(
        f"members/{kind}", cause=cause, to_email=member.email, language=member.language, member_id=member.pk,
        context={"member": member, "row": row, "tier": row.move.price.tier, **addresses},
    )  # fmt: skip


def _due() -> QuerySet[SupportMove, int]:
    """Longest not looked at first. Not before the last payment that the letter left to the old price: two weeks after
    the letter it may be a day or two ahead."""
    told = SupportMove.objects.filter(state=State.TOLD, change__isnull=True, told_at__lte=timezone.now() - NOTICE)
    is_next = Q(subscription__current_period_end__gte=F("first_at") - SAME_PAYMENT)
    told = told.filter(is_next | Q(first_at__lte=timezone.now()))
    return told.order_by(F("checked_at").asc(nulls_first=True), "id").values_list("pk", flat=True)


def _change(pk: int) -> None:
    """The letter has to be out for two weeks; then the subscription as Stripe has it now is changed."""
    SupportMove.objects.filter(pk=pk).update(checked_at=timezone.now())
    row = SupportMove.objects.select_related("subscription", "move__price__tier").get(pk=pk)
    if not _is_letter_out(row):
        return
    fetched = fetch_subscription(row.subscription.stripe_id)
    mirror_subscription(fetched)
    with asking_stripe():
        product_id = product_of(row.move.price.tier)
    change = _begin_change(pk, item_id=fetched.data["items"]["data"][0]["id"], product_id=product_id)
    if change is not None:
        try:
            carry_out(change)
        finally:
            _note_changes()


def _change_or_give_up(pk: int) -> None:
    """What Stripe does not know, or refuses, is for a person. A change that was asked for tells by itself."""
    try:
        _change(pk)
    except StripeRefused:
        with transaction.atomic():
            row = _lock(pk, change__isnull=True)
            if row is not None:
                _close(row, State.FAILED, Why.REFUSED)
        raise


def _is_letter_out(row: SupportMove) -> bool:
    letter = Letter.objects.filter(cause=_cause(row)).first()
    if letter is not None and letter.state == Letter.State.SENT and letter.sent_at is not None:
        return letter.sent_at <= timezone.now() - NOTICE
    if letter is None or letter.state in (Letter.State.FAILED, Letter.State.UNKNOWN):
        with transaction.atomic():
            _close(row, State.FAILED, Why.NO_LETTER)
            withdraw_letters(_cause(row))  # nor does the desk send it again: nothing follows it any more
    return False


@transaction.atomic
def _begin_change(pk: int, *, item_id: str, product_id: str) -> SupportChange | None:
    """The change's row and ours in one transaction; None when somebody was faster or it does not fit any more."""
    row = _lock(pk, state=State.TOLD, change__isnull=True)
    if row is None:
        return None
    why = _why_moved_on(row)
    if why:
        _close(row, State.SKIPPED, why)
        return None
    price = row.move.price
    try:
        row.change = begin(
            row.subscription, SupportChange.Kind.TERMS, actor=row.move.started_by, amount=price.amount,
            currency=price.currency, interval=price.interval, item_id=item_id, product_id=product_id,
        )  # fmt: skip
    except ChangeUnderWay:  # the member's own is first
        return None
    row.save(update_fields=["change"])
    return row.change


def _note_changes() -> None:
    """What became of the changes that Stripe was asked for, whoever carried them out; one that failed and was asked for
    again may be done by now."""
    asked = SupportMove.objects.filter(state__in=(State.TOLD, State.FAILED), change__isnull=False)
    ended = asked.filter(
        Q(change__state=SupportChange.State.DONE) | Q(state=State.TOLD, change__state=SupportChange.State.FAILED)
    )
    for_each(ended.select_related("change", "move"), _note_change, failed="support_move_not_noted")


@transaction.atomic
def _note_change(row: SupportMove) -> None:
    if row.change is not None and row.change.state == SupportChange.State.FAILED:
        _close(row, State.FAILED, Why.REFUSED)
    elif not _close(row, State.DONE):
        SupportMove.objects.filter(pk=row.pk, state=State.FAILED).update(state=State.DONE, why="")


def _finish_jobs() -> None:
    """Of moves of which nothing is open any more."""
    going = PriceMove.objects.filter(job__state__in=("waiting", "running"))
    for move in going.exclude(supports__state__in=OPEN):
        finish_job(move.job_id)
