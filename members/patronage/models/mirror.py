"""Our mirror of what Stripe knows: written only by `members.patronage.mirroring`, from objects fetched under the
pinned API version. Amounts in minor units; times in UTC."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from hashlib import sha256
from typing import Self, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from members.patronage.models.rhythm import is_sold_so, say_every, say_rate, say_rhythm
from members.patronage.models.tiers import Interval
from newsroom.lib.money import Money

RUNNING = ("active", "trialing", "past_due", "paused", "unpaid")  # what Stripe may still take money for
OWING = ("past_due", "unpaid")  # a payment failed: Stripe tries on, or leaves it to the patron
PAID_AHEAD = ("active", "trialing")  # there is paid time left, as far as anybody knows
OVER = ("canceled", "incomplete_expired")
UNBEGUN = ("incomplete", "incomplete_expired")  # its first payment never came through
UNDER_WAY = ("open", "processing")  # payments that a bank which takes days may still make
WANTS_AN_ANSWER = ("needs_response", "warning_needs_response", "appeal_needs_response")  # else such disputes are lost
UNDECIDED = ("under_review", "warning_under_review", "appeal_under_review")
LOST = "lost"  # a dispute: its money is gone
BY_ITS_MONEY = ("prevented", "appeal_needs_response", "appeal_under_review")  # these words do not say where it is
OWN_NUMBER = "N-"  # begins the number of a receipt of our own


def _percent_of(amount: int, percent: Decimal) -> int:
    return int((amount * percent / 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


Row = TypeVar("Row", bound=models.Model)


class ModeQuerySet(models.QuerySet[Row]):
    def of_our_mode(self) -> Self:
        """Of the mode (test or live) of our key: nothing of the other one takes money here, or is asked about."""
        return self.filter(livemode=settings.STRIPE_LIVEMODE)

    def counting(self) -> Self:
        """Without what Stripe's test mode holds, where our key is a live one. Real money counts under any key."""
        return self.exclude(livemode=False) if settings.STRIPE_LIVEMODE else self

    def of_our_account(self) -> Self:
        """And of no connected account."""
        return self.of_our_mode().filter(account="")


class Mirrored(models.Model):
    stripe_id = models.CharField(max_length=120, unique=True)
    account = models.CharField(max_length=80, blank=True)  # connected account; empty: our own
    livemode = models.BooleanField(default=False)
    fetched_at = models.DateTimeField()  # when Stripe was asked; of two answers the later wins
    created_at = models.DateTimeField()  # at Stripe

    objects = ModeQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.stripe_id


class StripeCustomer(models.Model):
    """A member's customer object at Stripe, one per account and mode."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="stripe_customers")
    stripe_id = models.CharField(max_length=120, unique=True)
    account = models.CharField(max_length=80, blank=True)
    livemode = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ModeQuerySet.as_manager()

    class Meta:
        verbose_name = _("Stripe customer")
        verbose_name_plural = _("Stripe customers")

    def __str__(self) -> str:
        return self.stripe_id


class Subscription(Mirrored):
    """Stripe's subscription. It gives no rights: Periods do."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="subscriptions")
    customer = models.ForeignKey(StripeCustomer, on_delete=models.PROTECT, related_name="subscriptions")
    tier = models.ForeignKey("members.Tier", on_delete=models.PROTECT, null=True, related_name="subscriptions")
    status = models.CharField(_("status"), max_length=24)  # Stripe's own words
    amount = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    interval = models.CharField(max_length=5, choices=Interval)
    interval_count = models.PositiveSmallIntegerField(default=1)  # more than what we sell: see `is_sold_so`
    current_period_start = models.DateTimeField(null=True)
    current_period_end = models.DateTimeField(null=True)
    cancel_at_period_end = models.BooleanField(default=False)
    is_collecting = models.BooleanField(default=True)  # not while Stripe only writes invoices (pause_collection)
    percent_off = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)  # by a code
    amount_off = models.PositiveIntegerField(null=True, blank=True)  # instead; minor units of `currency`
    discount_ends_at = models.DateTimeField(null=True, blank=True)  # empty: as long as it runs
    discount_fits = models.BooleanField(default=True)  # not while what is paid is none of the code's products
    canceled_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    fingerprint = models.CharField(max_length=80, blank=True)  # Stripe's, of the card or account that pays

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        indexes = [
            models.Index(fields=["member", "status"], name="subscription_of_member"),
            models.Index(fields=["fingerprint"], condition=~Q(fingerprint=""), name="subscription_of_card"),
        ]

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)

    def money_at(self, moment: datetime | None) -> Money:
        """What a payment at `moment` takes, with what a code takes off then."""
        return self.discounted(self.money, moment)

    def discounted(self, money: Money, moment: datetime | None) -> Money:
        """What the code leaves of `money` at `moment` (halves of the least coin taken off are rounded up)."""
        is_over = moment is None or (self.discount_ends_at is not None and moment >= self.discount_ends_at)
        if is_over or not self.discount_fits:
            return money
        off = self.amount_off if self.percent_off is None else _percent_of(money.amount, self.percent_off)
        return Money(max(0, money.amount - (off or 0)), money.currency)

    @property
    def next_money(self) -> Money:
        return self.money_at(self.current_period_end)

    @property
    def last_money(self) -> Money:
        """Of the period that has begun, paid or not."""
        return self.money_at(self.current_period_start)

    @property
    def is_sold_so(self) -> bool:
        """Monthly or yearly; another rhythm was made at Stripe."""
        return is_sold_so(self.interval, self.interval_count)

    @property
    def rhythm(self) -> str:
        return say_rhythm(self.interval, self.interval_count)

    @property
    def every(self) -> str:
        return say_every(self.interval, self.interval_count)

    @property
    def rate(self) -> str:
        """What is given, and how often."""
        return say_rate(self.money, self.interval, self.interval_count)

    @property
    def last_rate(self) -> str:
        return say_rate(self.last_money, self.interval, self.interval_count)

    @property
    def again(self) -> str:
        """The query with which the support page has chosen what was given here, if it is sold."""
        if not self.is_sold_so:
            return ""
        return f"?as={self.interval}-{self.amount}&currency={self.currency}"

    @property
    def is_next_discounted(self) -> bool:
        """One for the first payment alone is gone after it."""
        return self.next_money != self.money

    @property
    def is_running(self) -> bool:
        return self.status in RUNNING

    @property
    def is_owing(self) -> bool:
        return self.status in OWING

    @property
    def takes_next_payment(self) -> bool:
        """At the end of the period that runs, by itself."""
        return self.status in PAID_AHEAD and self.is_collecting and not self.cancel_at_period_end


class Payment(Mirrored):
    """Money that was taken or tried: an invoice of a subscription or a single payment."""

    class Kind(models.TextChoices):
        RENEWAL = "renewal", _("support")
        DONATION = "donation", _("one-off gift")
        GIFT = "gift", _("support for somebody else")

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="payments")
    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, null=True, related_name="payments")
    kind = models.CharField(max_length=10, choices=Kind)
    status = models.CharField(_("status"), max_length=24)  # Stripe's own words
    amount = models.PositiveIntegerField()
    refunded = models.PositiveIntegerField(default=0)
    # What it moved on the customer's balance at Stripe: below zero it left credit, above it was paid from credit.
    balance_change = models.IntegerField(default=0)
    currency = models.CharField(max_length=3)
    payment_intent_id = models.CharField(max_length=120, blank=True, db_index=True)
    receipt_number = models.CharField(max_length=60, blank=True)
    statement_text = models.CharField(max_length=80, blank=True)  # of a single one, as the card's network was told it
    paid_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        indexes = [
            models.Index(fields=["member", "-paid_at"], name="payment_of_member"),
            models.Index(fields=["receipt_number"], condition=~Q(receipt_number=""), name="payment_receipt_number"),
        ]

    @property
    def number(self) -> str:
        """What its receipt is called: Stripe's number, else one of our own (Stripe numbers a single gift's receipt only
        when it mails one itself), whose last part nobody guesses."""
        return (
            self.receipt_number or f"{OWN_NUMBER}{self.pk:06}-{sha256(self.stripe_id.encode()).hexdigest()[:6].upper()}"
        )

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def refunded_money(self) -> Money:
        return Money(self.refunded, self.currency)

    @property
    def receipt_url(self) -> str:
        return reverse("members:receipt", args=[self.pk])


class Refund(Mirrored):
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    amount = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=24)
    reason = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


class DisputeQuerySet(ModeQuerySet["Dispute"]):
    def of_money_gone(self) -> Self:
        """Lost; or settled by the card's network before it began, or appealed against, while the money is there."""
        return self.filter(Q(status=LOST) | Q(status__in=BY_ITS_MONEY, is_withdrawn=True))


class Dispute(Mirrored):
    """What a payer's bank asks back. While that is open Stripe holds the money, and rights stay."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    amount = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=40)
    reason = models.CharField(max_length=60, blank=True)
    evidence_due_at = models.DateTimeField(null=True, blank=True)
    is_withdrawn = models.BooleanField(default=False)  # of those `BY_ITS_MONEY`: it was taken and did not come back

    objects = DisputeQuerySet.as_manager()

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
