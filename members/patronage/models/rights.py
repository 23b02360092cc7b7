from __future__ import annotations

from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from newsroom.lib.money import Money


class PeriodQuerySet(models.QuerySet["Period"]):
    def counting(self) -> Self:
        """Without what was paid in Stripe's test mode, where our key is a live one. Real money counts under any key."""
        return self.exclude(payment__livemode=False) if settings.STRIPE_LIVEMODE else self

    def running(self) -> Self:
        """Those that give rights now (UTC)."""
        now = timezone.now()
        return self.counting().filter(revoked_at__isnull=True, starts_at__lte=now, ends_at__gt=now)

    def of(self, member: Any) -> Self:
        return self.filter(member=member)


class Period(models.Model):
    """A stretch of time in which a member is a patron: the only source of a patron's rights."""

    class Cause(models.TextChoices):
        INVOICE = "invoice", _("paid")
        GIFT = "gift", _("a gift")
        FREE = "free", _("complimentary")
        ELSEWHERE = "elsewhere", _("given another way")

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="periods")
    tier = models.ForeignKey("members.Tier", on_delete=models.PROTECT, related_name="periods")
    starts_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"))
    grace_from = models.DateTimeField(null=True, blank=True)  # what was paid reaches to here; from here on it is grace
    cause = models.CharField(_("cause"), max_length=10, choices=Cause)
    payment = models.OneToOneField(
        "members.Payment", on_delete=models.PROTECT, null=True, blank=True, related_name="period"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_why = models.CharField(max_length=60, blank=True)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PeriodQuerySet.as_manager()

    class Meta:
        verbose_name = _("period")
        verbose_name_plural = _("periods")
        ordering = ["-ends_at"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="period_not_empty"),
            models.CheckConstraint(
                condition=~Q(cause="invoice") | Q(payment__isnull=False), name="period_paid_has_payment"
            ),
        ]
        indexes = [
            models.Index(fields=["member", "-ends_at"], condition=Q(revoked_at__isnull=True), name="period_of_member")
        ]

    def __str__(self) -> str:
        return f"{self.tier} until {self.ends_at:%Y-%m-%d}"

    @property
    def paid_until(self) -> datetime:
        """Without the days of grace."""
        return self.grace_from or self.ends_at

    @property
    def is_grace(self) -> bool:
        """What was paid is over, and it runs on by grace."""
        return self.grace_from is not None and self.grace_from <= timezone.now()


class Donation(models.Model):
    """A one-off gift that was paid. It is thanked for and gives no vote."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="donations")
    payment = models.OneToOneField("members.Payment", on_delete=models.PROTECT, related_name="donation")
    amount = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    given_at = models.DateTimeField()

    class Meta:
        verbose_name = _("donation")
        verbose_name_plural = _("donations")
        ordering = ["-given_at"]

    def __str__(self) -> str:
        return str(self.money)

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)
