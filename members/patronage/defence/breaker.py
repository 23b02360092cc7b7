"""The breaker: while cards are being tried out here, every checkout asks for a proof.

Counted in PostgreSQL, from declines that Stripe told of and from checkouts that nobody pays, so that neither an emptied
Redis nor a restart forgets an attack. It opens by itself over the newsroom's thresholds, stays open for a while, and
closes by itself after calm; what a publisher opened stays open until somebody closes it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from members.accounts.models import Member
from members.accounts.roles import PUBLISHER
from members.patronage.desk_letters import write_to_desk
from members.patronage.errors import NotAllowed
from members.patronage.models import Checkout, CheckoutBreaker, Decline
from newsroom.lib.audit import record
from newsroom.lib.health import record_note
from newsroom.lib.site_settings import site_settings

DECLINES_WITHIN = timedelta(minutes=10)
UNPAID_WITHIN = timedelta(minutes=30)
TIME_TO_PAY = timedelta(minutes=3)  # whoever began less than that ago may be typing the card's number
LEAST_PAID = 0.1  # of checkouts; more than one in ten is paid on an honest day
CALM = timedelta(minutes=30)
LASTS = timedelta(minutes=30)  # at least, and twice as long with each time within a day
LASTS_AT_MOST = timedelta(hours=8)
DAY = timedelta(days=1)
AHEAD = timedelta(minutes=1)  # what lies further ahead was noted before the clock was set back

Reason = CheckoutBreaker.Reason


@dataclass(frozen=True)
class Figures:
    """What was seen lately. `paid` within ten minutes, `begun` and `paid_of_begun` within half an hour."""

    declines: int
    paid: int
    begun: int
    paid_of_begun: int

    @property
    def unpaid(self) -> int:
        return self.begun - self.paid_of_begun


def open_breaker() -> CheckoutBreaker | None:
    return CheckoutBreaker.objects.filter(is_open=True).first()


def read_figures(*, since: datetime | None = None, within: timedelta = DECLINES_WITHIN) -> Figures:
    """Declines and payments `within`; nothing before `since` counts."""
    now = timezone.now()
    least = since or now - DAY
    recently = max(now - within, least)
    begun = Checkout.objects.exclude(stripe_id="").filter(
        created_at__gte=max(now - TIME_TO_PAY - UNPAID_WITHIN, least), created_at__lt=now - TIME_TO_PAY
    )
    counted = begun.aggregate(all=Count("pk"), paid=Count("pk", filter=Q(state=Checkout.State.PAID)))
    return Figures(
        declines=Decline.objects.filter(declined_at__range=(recently, now + AHEAD)).count(),
        paid=Checkout.objects.filter(state=Checkout.State.PAID, finished_at__gte=recently).count(),
        begun=counted["all"], paid_of_begun=counted["paid"],
    )  # fmt: skip


def _trouble(figures: Figures) -> tuple[Reason, int] | None:
    limits = site_settings()
    if figures.declines >= limits.declines_tolerated and figures.declines * 2 > figures.paid:
        return Reason.DECLINES, figures.declines
    if figures.unpaid >= limits.unpaid_tolerated and figures.paid_of_begun < figures.begun * LEAST_PAID:
        return Reason.UNPAID, figures.unpaid
    return None


def watch_declines() -> None:
    """After each decline: opens when there are too many. Safe to run twice: one breaker is open at a time."""
    if open_breaker() is None:
        _open_if_trouble()


def watch_checkouts() -> None:
    """Every half minute: opens, or closes after calm, and says in `/healthz/` which it is. Safe to run twice."""
    breaker = open_breaker()
    if breaker is None:
        _open_if_trouble()
    elif is_calm(breaker):
        _close(breaker, user=None)
    breaker = open_breaker()
    record_note(
        "card testing", f"checkouts ask for a proof since {breaker.opened_at:%Y-%m-%d %H:%M}" if breaker else ""
    )


def _open_if_trouble() -> None:
    """What was seen before somebody closed it by hand is settled."""
    closed = CheckoutBreaker.objects.filter(closed_by__isnull=False).order_by("-closed_at").first()
    trouble = _trouble(read_figures(since=closed.closed_at if closed else None))
    if trouble is not None:
        _open(reason=trouble[0], count=trouble[1], user=None)


def is_calm(breaker: CheckoutBreaker) -> bool:
    """Of one that opened by itself: its time is over, and half an hour went by with a third of what is tolerated."""
    now = timezone.now()
    if breaker.reason == Reason.HAND or abs(now - breaker.opened_at) < lasts(breaker):
        return False
    figures = read_figures(since=breaker.opened_at, within=CALM)
    is_quiet = figures.declines <= max(site_settings().declines_tolerated // 3, figures.paid // 4)
    return is_quiet and _trouble(figures) is None


def lasts(breaker: CheckoutBreaker) -> timedelta:
    """Half an hour, and twice as long with each earlier one of the last day: whoever comes back is waited for."""
    day = CheckoutBreaker.objects.filter(opened_at__gte=breaker.opened_at - DAY, opened_at__lt=breaker.opened_at)
    return min(LASTS_AT_MOST, LASTS * 2 ** min(6, day.exclude(reason=Reason.HAND).count()))


def open_by_hand(*, user: Member) -> None:
    """Until somebody closes it. Raises NotAllowed."""
    _require(user)
    _open(reason=Reason.HAND, count=0, user=user)


def close_by_hand(*, user: Member) -> None:
    """Raises NotAllowed."""
    _require(user)
    breaker = open_breaker()
    if breaker is not None:
        _close(breaker, user=user)


def _require(user: Member) -> None:
    if not user.has_perm("members.change_checkoutbreaker"):
        raise NotAllowed(_("Only publishers may turn this check on or off."))


def _open(*, reason: Reason, count: int, user: Member | None) -> None:
    try:
        with transaction.atomic():
            breaker = CheckoutBreaker.objects.create(reason=reason, count=count, opened_by=user)
            record("checkout_breaker.opened", actor=user, actor_label="" if user else "clock", target=breaker,
                   reason=str(reason.value), count=count)  # fmt: skip
            _tell(breaker)
    except IntegrityError:  # another worker was faster, and told
        return


def _close(breaker: CheckoutBreaker, *, user: Member | None) -> None:
    with transaction.atomic():
        still = CheckoutBreaker.objects.filter(pk=breaker.pk, is_open=True)
        if not still.update(is_open=False, closed_at=timezone.now(), closed_by=user):
            return
        breaker.refresh_from_db()
        record("checkout_breaker.closed", actor=user, actor_label="" if user else "clock", target=breaker)
        _tell(breaker)


def _tell(breaker: CheckoutBreaker) -> None:
    step = "opened" if breaker.is_open else "closed"
    declines = Decline.objects.filter(declined_at__gte=breaker.opened_at - DECLINES_WITHIN).count()
    write_to_desk(
        "card_testing", cause=f"checkout-breaker:{breaker.pk}:{step}", page="checkoutbreaker", roles=[PUBLISHER],
        breaker=breaker, declines=declines,
    )  # fmt: skip
