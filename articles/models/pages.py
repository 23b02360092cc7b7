from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from articles.models.publication import Publication, State

OTHER_WAYS_SLUG = "other-ways"  # shown at /support/other-ways/


class Page(Publication):
    """A static page (About, Privacy): same editor, revisions and rule of visibility as a story; at `/<slug>/`."""

    class Meta:
        verbose_name = _("page")
        verbose_name_plural = _("pages")
        ordering = ["headline"]
        constraints = [
            models.UniqueConstraint(fields=["language", "slug"], condition=~Q(slug=""), name="page_address_unique"),
            models.UniqueConstraint(fields=["translation_key", "language"], name="page_one_per_language"),
            models.CheckConstraint(
                condition=~Q(state=State.PUBLISHED) | (Q(published_at__isnull=False) & ~Q(slug="") & ~Q(headline="")),
                name="page_published_is_complete",
            ),
        ]
        permissions = [("publish_page", "May publish and unpublish pages")]

    def __str__(self) -> str:
        return self.shown_name or f"page {self.pk}"

    def get_absolute_url(self) -> str:
        if not self.slug:
            return ""
        with translation.override(self.language):
            if self.slug == OTHER_WAYS_SLUG:
                return reverse("articles:other-ways")
            return reverse("articles:page", args=[self.slug])

    @property
    def page_key(self) -> str:
        return f"page:{self.pk}"
