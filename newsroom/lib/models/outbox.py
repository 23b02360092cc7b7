from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Outbox(models.Model):
    """An effect owed upwards: written in the transaction of its cause, carried out by the table of follow-ups in
    `newsroom/site/followups.py`. `key` makes it one per cause."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        CLAIMED = "claimed", _("claimed")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    kind = models.CharField(max_length=60)  # article.published
    key = models.CharField(max_length=120)
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(db_default=Now())
    next_attempt_at = models.DateTimeField(db_default=Now())
    claimed_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("follow-up")
        verbose_name_plural = _("follow-ups")
        constraints = [models.UniqueConstraint(fields=["kind", "key"], name="outbox_once_per_cause")]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(state__in=("waiting", "claimed")), name="outbox_open")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
