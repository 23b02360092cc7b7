from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Letter(models.Model):
    """One transactional mail to one person for one cause.

    queued → claimed → handing over → sent | failed. A dead worker's claimed letters go back to the queue; only
    *handing over* may mean that bytes left, so such a letter becomes unknown, is shown to a person and is never
    silently sent again.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        CLAIMED = "claimed", _("claimed")
        HANDING_OVER = "handing_over", _("handing over")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        UNKNOWN = "unknown", _("unknown")

    cause = models.CharField(max_length=120, unique=True)  # "story-out:12:345": one letter per recipient and cause
    kind = models.CharField(max_length=60)
    is_urgent = models.BooleanField(default=False)  # codes and receipts; never waits behind others
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="letters"
    )
    to_email = models.EmailField()
    language = models.CharField(max_length=12)
    subject = models.CharField(max_length=250)
    text = models.TextField()
    html = models.TextField(blank=True)
    headers = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)  # a code is worth nothing after this
    created_at = models.DateTimeField(db_default=Now())
    next_attempt_at = models.DateTimeField(db_default=Now())
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["next_attempt_at"], condition=Q(state="queued"), name="letter_queued"),
            models.Index(
                fields=["claimed_at"], condition=Q(state__in=("claimed", "handing_over")), name="letter_in_hand"
            ),
            models.Index(fields=["state"], condition=Q(state__in=("failed", "unknown")), name="letter_stuck"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
