from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class RevisionQuerySet(models.QuerySet["Revision"]):
    def of(self, row: Any) -> Self:
        """Those of one story or page."""
        return self.filter(**{row._meta.model_name: row})

    def saved(self) -> Self:
        return self.filter(kind=Revision.Kind.SAVED)

    def autosaved(self) -> Self:
        return self.filter(kind=Revision.Kind.AUTOSAVED)

    def readable_by(self, member: Any) -> Self:
        """An editor's all; of autosaves a writer sees their own: nobody has saved those yet."""
        if member.has_perm("articles.publish_article"):
            return self
        return self.filter(Q(kind=Revision.Kind.SAVED) | Q(created_by=member))


class Revision(models.Model):
    """A snapshot of every field of a story or page, tags, bylines and pictures included. Never changed once saved,
    but for an autosave, which one editor's session coalesces into one row.

    `content` is what `articles.content` describes. A session is one form in one tab: `session_key` names it, on the
    autosave and on what was saved from it. An autosave is based on the revision that its writer had before them, is
    never the latest and never live, and goes when its form is saved.
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
    session_key = models.CharField(max_length=40, blank=True)  # the form that wrote it
    sequence = models.PositiveIntegerField(
        default=0, db_default=0
    )  # of an autosave: a late request never undoes a later one
    note = models.CharField(_("note"), max_length=250, blank=True)
    name = models.CharField(_("name"), max_length=120, blank=True)  # named versions are kept for ever
    is_left = models.BooleanField(
        default=False, db_default=False
    )  # of an autosave: its writer did not take it up again
    created_at = models.DateTimeField(default=timezone.now)  # an autosave's moves with each writing
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = RevisionQuerySet.as_manager()

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
            models.UniqueConstraint(
                fields=["page", "created_by", "session_key"],
                condition=Q(kind="autosaved", page__isnull=False),
                name="revision_one_page_autosave",
            ),
            models.UniqueConstraint(
                fields=["created_by", "session_key"],
                condition=Q(kind="saved", based_on__isnull=True) & ~Q(session_key=""),
                name="revision_one_begun_by_a_form",
            ),
        ]
        indexes = [
            models.Index(fields=["article", "-id"], name="revision_of_article"),
            models.Index(fields=["page", "-id"], name="revision_of_page"),
            models.Index(fields=["created_at"], condition=Q(kind="autosaved"), name="revision_autosaved"),
        ]

    def __str__(self) -> str:
        return self.name or f"{self.headline} ({self.pk})"
