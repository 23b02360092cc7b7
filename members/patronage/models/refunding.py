from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from newsroom.lib.money import Money


class RefundRequest(models.Model):
    """Money that somebody at the desk gives back, written before Stripe is asked: new → done | failed. `key` begins the
    idempotency key, which Stripe remembers for a day: unknown while no answer came within that day and Stripe does not
    say what became of it."""

    class State(models.TextChoices):
        NEW = "new", _("on its way")
        DONE = "done", _("done")
        FAILED = "failed", _("refused")
        UNKNOWN = "unknown", _("unknown: look at Stripe")

    class Reason(models.TextChoices):
        ASKED = "requested_by_customer", _("the patron asked")
        DUPLICATE = "duplicate", _("paid twice")
        FRAUD = "fraudulent", _("fraud")

    NEVER_DONE = gettext_noop("Stripe never did it.")  # an error that we write, once its list shows it
    SENT_BACK = gettext_noop("The bank sent it back.")  # before what Stripe says of why

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    payment = models.ForeignKey("members.Payment", on_delete=models.PROTECT, related_name="refund_requests")
    amount = models.PositiveIntegerField(_("amount"))
    currency = models.CharField(max_length=3)
    reason = models.CharField(_("reason"), max_length=24, choices=Reason)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.NEW)
    error = models.TextField(blank=True)
    refund_id = models.CharField(max_length=120, blank=True)  # at Stripe
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(_("asked"), auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("refund request")
        verbose_name_plural = _("refund requests")
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="refund_request_positive")]
        indexes = [models.Index(fields=["created_at"], condition=Q(state="new"), name="refund_request_new")]

    def __str__(self) -> str:
        return str(self.money)

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def said_error(self) -> str:
        return say_refund_error(self.error)


class CreditTaking(models.Model):
    """Credit that is taken off a customer's balance at Stripe, since the money that it came of went back; below zero
    what is put back, since a refund failed. Written before Stripe is asked: new → done | failed. Minor units of
    `currency`; `key` begins the idempotency key."""

    class State(models.TextChoices):
        NEW = "new", _("on its way")
        DONE = "done", _("done")
        FAILED = "failed", _("refused")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    subscription = models.ForeignKey("members.Subscription", on_delete=models.PROTECT, related_name="credit_takings")
    amount = models.IntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=10, choices=State, default=State.NEW)
    refusals = models.PositiveSmallIntegerField(default=0)  # answers that Stripe may replay under the key
    error = models.TextField(blank=True)
    transaction_id = models.CharField(max_length=120, blank=True)  # at Stripe
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("credit taken back")
        verbose_name_plural = _("credit taken back")
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="credit_taking_not_empty"),
            models.UniqueConstraint(
                fields=["subscription"], condition=Q(state="new"), name="credit_taking_one_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} ({self.state})"


def say_refund_error(error: str) -> str:
    """Ours in the reader's language, Stripe's as it came."""
    for ours in (RefundRequest.NEVER_DONE, RefundRequest.SENT_BACK):
        if error.startswith(ours):
            return gettext(ours) + error.removeprefix(ours)
    return error
