from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from newsroom.lib.money import Money


class StripeEvent(models.Model):
    """The inbox: an event as it came in, once per id. From it only the object's id is believed; the object itself is
    fetched. waiting → claimed → done | ignored | foreign | failed (retried)."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        CLAIMED = "claimed", _("claimed")
        DONE = "done", _("done")
        IGNORED = "ignored", _("ignored")
        FOREIGN = "foreign", _("not ours")
        FAILED = "failed", _("failed")

    event_id = models.CharField(max_length=120, unique=True)
    type = models.CharField(_("type"), max_length=80)
    object_id = models.CharField(max_length=120, blank=True, db_index=True)
    account = models.CharField(max_length=80, blank=True)
    livemode = models.BooleanField(default=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    received_at = models.DateTimeField(db_default=Now())
    next_attempt_at = models.DateTimeField(db_default=Now())
    claimed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("Stripe event")
        verbose_name_plural = _("Stripe events")
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], condition=Q(state__in=("waiting", "claimed", "failed")), name="event_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"


class Checkout(models.Model):
    """A reader's decision to give, written before Stripe is asked for a page to pay on. `key` is the idempotency key,
    so that asking again after a crash makes no second session."""

    class Frequency(models.TextChoices):
        ONCE = "once", _("once")
        MONTH = "month", _("monthly")
        YEAR = "year", _("yearly")

    class State(models.TextChoices):
        NEW = "new", _("new")
        OPEN = "open", _("at the checkout")
        PAID = "paid", _("paid")
        EXPIRED = "expired", _("expired")
        FAILED = "failed", _("failed")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="checkouts"
    )
    frequency = models.CharField(max_length=5, choices=Frequency)
    amount = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    tier = models.ForeignKey("members.Tier", on_delete=models.PROTECT, null=True, related_name="+")
    campaign = models.ForeignKey("members.Campaign", on_delete=models.SET_NULL, null=True, related_name="checkouts")
    article_id = models.BigIntegerField(null=True, blank=True)  # the story that asked
    language = models.CharField(max_length=12)
    statement_text = models.CharField(max_length=22, blank=True)  # of a single gift, as the settings had it then
    takes_codes = models.BooleanField(default=False)  # Stripe's page has a field for promotion codes
    stripe_id = models.CharField(max_length=120, blank=True, db_index=True)
    state = models.CharField(max_length=10, choices=State, default=State.NEW)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(
        null=True, blank=True
    )  # what Stripe is told; of the row, so that it never differs
    checked_at = models.DateTimeField(null=True, blank=True)  # when Stripe was asked about it last
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("checkout")
        verbose_name_plural = _("checkouts")
        constraints = [
            models.UniqueConstraint(fields=["stripe_id"], condition=~Q(stripe_id=""), name="checkout_session_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="checkout_positive"),
        ]
        indexes = [models.Index(fields=["state", "created_at"], name="checkout_open")]

    def __str__(self) -> str:
        return f"{self.money} {self.frequency}"

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)
