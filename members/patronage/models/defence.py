from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Decline(models.Model):
    """A payment of ours that was refused, once per charge (or per intent, where no charge was made)."""

    stripe_id = models.CharField(max_length=120, unique=True)
    checkout = models.ForeignKey("members.Checkout", on_delete=models.CASCADE, null=True, related_name="declines")
    amount = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    code = models.CharField(max_length=60, blank=True)
    declined_at = models.DateTimeField(db_index=True)  # by Stripe's clock, never ahead of ours

    class Meta:
        verbose_name = _("declined payment")
        verbose_name_plural = _("declined payments")

    def __str__(self) -> str:
        return self.stripe_id


class SpentToken(models.Model):
    """A form token that has opened its one checkout."""

    key = models.CharField(max_length=40, unique=True)
    spent_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("spent token")
        verbose_name_plural = _("spent tokens")

    def __str__(self) -> str:
        return self.key


class CheckoutBreaker(models.Model):
    """A time in which every checkout asks for a proof, since cards were being tried out. One is open at a time."""

    class Reason(models.TextChoices):
        DECLINES = "declines", _("many payments were declined")
        UNPAID = "unpaid", _("many checkouts were begun and not paid")
        HAND = "hand", _("turned on by hand")

    is_open = models.BooleanField(default=True)
    reason = models.CharField(_("why"), max_length=10, choices=Reason)
    count = models.PositiveIntegerField(_("how many"), default=0)
    opened_at = models.DateTimeField(_("since"), default=timezone.now)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    closed_at = models.DateTimeField(_("until"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("card-testing check")
        verbose_name_plural = _("card-testing checks")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["is_open"], condition=Q(is_open=True), name="breaker_open_once"),
            models.CheckConstraint(
                condition=Q(is_open=True, closed_at__isnull=True) | Q(is_open=False, closed_at__isnull=False),
                name="breaker_closed_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.opened_at:%Y-%m-%d %H:%M}"
