from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """In the order in which they are compared: what others lean on comes first."""

    SUBSCRIPTION = "subscription", _("subscription")
    INVOICE = "invoice", _("invoice")
    INTENT = "payment_intent", _("payment")
    REFUND = "refund", _("refund")
    DISPUTE = "dispute", _("dispute")
    SESSION = "session", _("checkout")


class Reconciliation(models.Model):
    """One walk through all that Stripe has, page by page. `kind` and `after` are where it goes on after a crash."""

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    state = models.CharField(_("state"), max_length=10, choices=State, default=State.RUNNING)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.SUBSCRIPTION)
    after = models.CharField(max_length=120, blank=True)  # the last object that was compared
    reached_at = models.DateTimeField(null=True, blank=True)  # when that one was made: the list goes back in time
    seen = models.PositiveIntegerField(_("compared"), default=0)
    foreign = models.PositiveIntegerField(_("not ours"), default=0)
    differing = models.PositiveIntegerField(_("differing"), default=0)
    error = models.TextField(blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("begun"), auto_now_add=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("reconciliation")
        verbose_name_plural = _("reconciliations")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="running"), name="reconciliation_one_running")
        ]

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d %H:%M}"


GONE = {"row": ["missing", "there"]}  # Stripe, we


class DriftQuerySet(models.QuerySet["Drift"]):
    def needing_person(self) -> Self:
        """Money in our books that Stripe does not know: kept or written off, never mended by itself."""
        return self.filter(says__row=GONE["row"], says__has_key="amount")

    def open_to_mending(self) -> Self:
        """Open, and not for a person to decide."""
        return self.filter(state=Drift.State.OPEN).exclude(pk__in=Drift.objects.needing_person().values("pk"))


class Drift(models.Model):
    """An object of ours of which Stripe says something else than our mirror: field by field, what each says."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        ASKED = "asked", _("to be mended")
        MENDED = "mended", _("mended")
        GONE = "gone", _("gone by itself")
        KEPT = "kept", _("kept as it is")  # money that Stripe does not know, and that a person lets stand

    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    stripe_id = models.CharField(max_length=120)
    says = models.JSONField(default=dict)  # {field: [Stripe, we]}
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    error = models.TextField(blank=True)
    found_in = models.ForeignKey(Reconciliation, on_delete=models.PROTECT, related_name="drifts")
    found_at = models.DateTimeField(_("found"), default=timezone.now)
    mended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = DriftQuerySet.as_manager()

    class Meta:
        verbose_name = _("difference from Stripe")
        verbose_name_plural = _("differences from Stripe")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "stripe_id"], condition=Q(state__in=("open", "asked")), name="drift_open_once"
            )
        ]
        indexes = [models.Index(fields=["state", "id"], condition=Q(state__in=("open", "asked")), name="drift_open")]

    def __str__(self) -> str:
        return self.stripe_id

    @property
    def needs_person(self) -> bool:
        """As `needing_person`."""
        return self.says.get("row") == GONE["row"] and "amount" in self.says


class WebhookAlarm(models.Model):
    """Stripe's events stopped coming in or cannot be applied, or it refuses our key. One open at a time of each kind,
    told once."""

    class Kind(models.TextChoices):
        SILENT = "silent", _("events do not arrive")
        FAILING = "failing", _("events cannot be applied")
        REFUSED = "refused", _("Stripe refuses our key")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    raised_at = models.DateTimeField(_("since"), default=timezone.now)
    ended_at = models.DateTimeField(_("over"), null=True, blank=True)

    class Meta:
        verbose_name = _("webhook alarm")
        verbose_name_plural = _("webhook alarms")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["kind"], condition=Q(ended_at__isnull=True), name="webhook_alarm_open_once")
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
