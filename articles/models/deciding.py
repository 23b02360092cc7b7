"""What is said about a story before it is out, and who may publish for a while."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Note(models.Model):
    """A word on a story, addressed to people, open until somebody resolves it. A draft with an open note that asks for
    changes is what the desk calls "changes requested"."""

    article = models.ForeignKey("articles.Article", on_delete=models.CASCADE, related_name="notes")
    text = models.TextField(_("note"), max_length=4000)
    asks_for_changes = models.BooleanField(default=False)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    addressed_to = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="story_notes", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")
        ordering = ["id"]
        indexes = [models.Index(fields=["article"], condition=Q(resolved_at=None), name="note_open")]
        constraints = [
            models.CheckConstraint(
                condition=Q(resolved_by=None) | Q(resolved_at__isnull=False), name="note_resolved_has_a_time"
            )
        ]

    def __str__(self) -> str:
        return self.text[:80]

    @property
    def is_open(self) -> bool:
        return self.resolved_at is None


class LoanQuerySet(models.QuerySet["PublishingLoan"]):
    def running(self) -> Self:
        """By the newsroom's own calendar."""
        today = timezone.localdate()
        return self.filter(revoked_at=None, from_on__lte=today, until_on__gte=today)


class PublishingLoan(models.Model):
    """The right to publish one's own stories, lent to a writer for named days, the last one included."""

    writer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="publishing_loans", verbose_name=_("writer")
    )
    from_on = models.DateField(_("from"))
    until_on = models.DateField(_("until"))
    lent_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(_("taken back"), null=True, blank=True)

    objects = LoanQuerySet.as_manager()

    class Meta:
        verbose_name = _("lent right to publish")
        verbose_name_plural = _("lent rights to publish")
        ordering = ["-until_on", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(until_on__gte=F("from_on")), name="loan_ends_after_it_begins")
        ]

    def __str__(self) -> str:
        return f"{self.writer}, {self.from_on} – {self.until_on}"
