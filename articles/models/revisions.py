from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Revision(models.Model):
    """A snapshot of every field of a story or page, tags, bylines and pictures included. Never changed once saved,
    but for an autosave, which one editor's session coalesces into one row.

    `content` is what `articles.content` describes.
    """

    class Kind(models.TextChoices):
        SAVED = "saved", _("saved")
        AUTOSAVED = "autosaved", _("autosaved")

    article = models.ForeignKey(
        "articles.Article", on_delete=models.PROTECT, null=True, blank=True, related_name="revisions"
    )
    page = models.ForeignKey("articles.Page", on_delete=models.PROTECT, null=True, blank=True, related_name="revisions")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.SAVED)
    headline = models.CharField(max_length=250, blank=True)  # for lists
    content = models.JSONField()
    based_on = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    session_key = models.CharField(max_length=40, blank=True)  # whose autosave it is
    note = models.CharField(_("note"), max_length=250, blank=True)
    name = models.CharField(_("name"), max_length=120, blank=True)  # named versions are kept for ever
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("revision")
        verbose_name_plural = _("revisions")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(article__isnull=False, page__isnull=True) | Q(article__isnull=True, page__isnull=False),
                name="revision_of_one",
            ),
            models.UniqueConstraint(
                fields=["article", "created_by", "session_key"],
                condition=Q(kind="autosaved", article__isnull=False),
                name="revision_one_autosave_per_session",
            ),
        ]
        indexes = [
            models.Index(fields=["article", "-id"], name="revision_of_article"),
            models.Index(fields=["page", "-id"], name="revision_of_page"),
        ]

    def __str__(self) -> str:
        return self.name or f"{self.headline} ({self.pk})"
