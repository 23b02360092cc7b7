"""What a member gave in a year: one sum for each currency, as a page to print."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Prefetch, QuerySet
from django.db.models.functions import ExtractYear
from django.utils import timezone

from members.accounts.models import Member
from members.patronage.models import Dispute, Payment
from members.patronage.receipt_words import WHAT_FOR
from newsroom.lib.money import Money


@dataclass
class Total:
    """Minor units of `currency`."""

    currency: str
    given: int = 0
    returned: int = 0

    @property
    def given_money(self) -> Money:
        return Money(self.given, self.currency)

    @property
    def returned_money(self) -> Money:
        return Money(self.returned, self.currency)

    @property
    def kept_money(self) -> Money:
        return Money(self.given - self.returned, self.currency)


@dataclass(frozen=True)
class Line:
    payment: Payment
    returned: Money


@dataclass
class Statement:
    year: int
    lines: list[Line] = field(default_factory=list)
    totals: dict[str, Total] = field(default_factory=dict)


def _paid_by(member: Member) -> QuerySet[Payment]:
    return Payment.objects.counting().filter(member=member, paid_at__isnull=False, amount__gt=0)


def years_of(member: Member) -> list[int]:
    """Years in which the member paid anything, newest first; by the newsroom's clock."""
    years = _paid_by(member).annotate(year=ExtractYear("paid_at", tzinfo=timezone.get_default_timezone()))
    return list(years.order_by("-year").values_list("year", flat=True).distinct())


def statement_of(member: Member, year: int) -> Statement | None:
    """What was paid in `year`, from its first to its last moment by the newsroom's clock; None for nothing. What went
    back (refunds, lost disputes) stands in the year of its payment."""
    zone = timezone.get_default_timezone()
    start, end = datetime(year, 1, 1, tzinfo=zone), datetime(year + 1, 1, 1, tzinfo=zone)
    lost = Prefetch("disputes", Dispute.objects.of_money_gone(), to_attr="lost")
    paid = _paid_by(member).filter(paid_at__gte=start, paid_at__lt=end).select_related(*WHAT_FOR).prefetch_related(lost)
    statement = Statement(year)
    for payment in paid.order_by("paid_at", "id"):
        _add(statement, payment)
    return statement if statement.lines else None


def _add(statement: Statement, payment: Payment) -> None:
    disputed = sum(dispute.amount for dispute in payment.lost)  # type: ignore[attr-defined]  # prefetched
    returned = min(payment.amount, payment.refunded + disputed)
    total = statement.totals.setdefault(payment.currency, Total(payment.currency))
    total.given += payment.amount
    total.returned += returned
    statement.lines.append(Line(payment, Money(returned, payment.currency)))
