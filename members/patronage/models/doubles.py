from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from members.patronage.models.mirror import Subscription


class Double(models.Model):
    """Two running subscriptions of what seems to be one reader. `second` is the younger; it is the second of one pair.

    open → repairing → repaired, or kept (both are meant), or over (one of them ended otherwise). `ended` is the one
    that the repair ends.
    """

    class Why(models.TextChoices):
        MEMBER = "member", _("one member")
        CARD = "card", _("one card or account")
        ADDRESS = "address", _("one mailbox, written in two ways")

    class State(models.TextChoices):
        OPEN = "open", _("open")
        REPAIRING = "repairing", _("being mended")
        REPAIRED = "repaired", _("mended")
        KEPT = "kept", _("both are meant")
        OVER = "over", _("over by itself")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    first = models.ForeignKey("members.Subscription", on_delete=models.PROTECT, related_name="doubles_after")
    second = models.OneToOneField("members.Subscription", on_delete=models.PROTECT, related_name="double")
    why = models.CharField(_("known by"), max_length=8, choices=Why)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    ended = models.ForeignKey("members.Subscription", on_delete=models.PROTECT, null=True, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    error = models.TextField(blank=True)
    found_at = models.DateTimeField(_("found"), auto_now_add=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    class Meta:
        verbose_name = _("double support")
        verbose_name_plural = _("double support")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=~Q(first=F("second")), name="double_is_two"),
            models.CheckConstraint(
                condition=~Q(state__in=("repairing", "repaired")) | Q(ended__isnull=False), name="double_ends_one"
            ),
        ]
        indexes = [
            models.Index(fields=["state", "id"], condition=Q(state__in=("open", "repairing")), name="double_open")
        ]

    def __str__(self) -> str:
        return f"{self.first.money} / {self.second.money}"

    @property
    def other(self) -> Subscription:
        """The one that stays, or would."""
        return self.second if self.ended_id == self.first_id else self.first
