from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.patronage.models.tiers import Interval
from newsroom.lib.money import Money


class SupportChange(models.Model):
    """What a member wants of running support, written before Stripe hears of it. `key` is the idempotency key.

    shown → asked → done | failed. Other terms begin as *shown*: the member sees what Stripe would charge and has not
    confirmed yet. While a row is *asked* nobody knows whether Stripe has done it; a sweep finds out. A subscription has
    one such row at most. Amounts in minor units of `currency`.
    """

    class Kind(models.TextChoices):
        TERMS = "terms", _("another amount or interval")
        PAUSE = "pause", _("pause")
        RESUME = "resume", _("go on after a pause")
        END = "end", _("end at the period’s end")
        KEEP = "keep", _("go on after all")
        CANCEL = "cancel", _("end at once")

    class State(models.TextChoices):
        SHOWN = "shown", _("shown, not confirmed")
        ASKED = "asked", _("asked for")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    class Reason(models.TextChoices):
        """Stripe's own words for `cancellation_details.feedback`, as far as they fit giving to a newsroom."""

        TOO_EXPENSIVE = "too_expensive", _("I cannot afford it just now.")
        UNUSED = "unused", _("I read too little of it.")
        LOW_QUALITY = "low_quality", _("I am not content with what you publish.")
        SWITCHED_SERVICE = "switched_service", _("I support another newsroom instead.")
        CUSTOMER_SERVICE = "customer_service", _("Something went wrong with my support.")
        OTHER = "other", _("Another reason.")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="support_changes")
    subscription = models.ForeignKey("members.Subscription", on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(_("what"), max_length=8, choices=Kind)
    state = models.CharField(_("state"), max_length=8, choices=State)
    amount = models.PositiveIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    interval = models.CharField(max_length=5, choices=Interval, blank=True)
    product_id = models.CharField(max_length=120, blank=True)  # the tier's, at Stripe
    item_id = models.CharField(max_length=120, blank=True)  # the subscription's item that changes, at Stripe
    is_prorated = models.BooleanField(default=False)
    prorated_at = models.DateTimeField(null=True, blank=True)
    due_now = models.PositiveIntegerField(null=True, blank=True)  # as Stripe's preview had it
    credit = models.PositiveIntegerField(default=0)  # what the preview left for later payments
    next_at = models.DateTimeField(null=True, blank=True)  # the payment after that
    next_due = models.PositiveIntegerField(null=True, blank=True)  # what that one takes, less codes and credit
    lasting_amount = models.PositiveIntegerField(null=True, blank=True)  # what a code that lasts leaves of `amount`
    reason = models.CharField(_("reason"), max_length=24, choices=Reason, blank=True)
    comment = models.TextField(_("in the member’s words"), blank=True)
    refusals = models.PositiveSmallIntegerField(default=0)  # answers that Stripe may replay under the key
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)  # when Stripe was asked last
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("change of support")
        verbose_name_plural = _("changes of support")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["subscription"], condition=Q(state="asked"), name="support_change_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=~Q(kind="terms") | (Q(amount__gt=0) & ~Q(currency="") & ~Q(interval="")),
                name="support_change_has_terms",
            ),
        ]
        indexes = [models.Index(fields=["checked_at"], condition=Q(state="asked"), name="support_change_open")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.get_state_display()})"

    @property
    def money(self) -> Money:
        return Money(self.amount or 0, self.currency)

    @property
    def lasting_money(self) -> Money:
        """What each payment takes as long as a code lasts; `money` without one."""
        return self.money if self.lasting_amount is None else Money(self.lasting_amount, self.currency)

    @property
    def next_money(self) -> Money:
        if self.next_due is None:
            return self.subscription.discounted(self.money, self.next_at)
        return Money(self.next_due, self.currency)

    @property
    def due_money(self) -> Money:
        return Money(self.due_now or 0, self.currency)

    @property
    def credit_money(self) -> Money:
        return Money(self.credit, self.currency)
