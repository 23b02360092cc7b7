"""What a story and a page share: a live row, revisions beside it, and the one rule of visibility."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.sanitising import clean_body
from newsroom.lib.languages import language_name, main_language


class State(models.TextChoices):
    DRAFT = "draft", _("draft")
    IN_REVIEW = "in_review", _("in review")
    SCHEDULED = "scheduled", _("scheduled")
    PUBLISHED = "published", _("published")
    UNPUBLISHED = "unpublished", _("unpublished")


class PublicationQuerySet(models.QuerySet[Any]):
    """Whatever writes a body here makes it clean, as `save` does. What no method sees (an expression, SQL) is cleaned
    where it is shown."""

    def update(self, **values: Any) -> int:
        if isinstance(body := values.get("body"), str):
            values["body"] = clean_body(body)
        return super().update(**values)

    def bulk_create(self, objs: Iterable[Any], *args: Any, **options: Any) -> list[Any]:
        return super().bulk_create(_with_clean_bodies(objs), *args, **options)

    def bulk_update(self, objs: Iterable[Any], fields: Iterable[str], *args: Any, **options: Any) -> int:
        rows, names = list(objs), list(fields)
        return super().bulk_update(_with_clean_bodies(rows) if "body" in names else rows, names, *args, **options)

    def published(self) -> Self:
        """What a reader may see now. The one rule of visibility: pages, feeds, sitemaps, search, mail all ask it."""
        now = timezone.now()
        return self.filter(
            Q(embargo_until__isnull=True) | Q(embargo_until__lte=now), state=State.PUBLISHED, published_at__lte=now
        )

    def in_language(self, language: str) -> Self:
        return self.filter(language=language)


def _with_clean_bodies(rows: Iterable[Any]) -> list[Any]:
    found = list(rows)
    for row in found:
        row.body = clean_body(row.body)
    return found


class Publication(models.Model):
    """The live row. Only `articles.publishing` writes it; what is being written is a Revision."""

    language = models.CharField(_("language"), max_length=12, default=main_language)
    translation_key = models.UUIDField(default=uuid.uuid4, editable=False)  # shared by translations of one text
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.DRAFT)
    headline = models.CharField(_("headline"), max_length=250, blank=True)
    deck = models.TextField(_("deck"), blank=True)
    body = models.TextField(_("body"), blank=True)  # clean HTML; pictures and stories by id
    slug = models.SlugField(_("slug"), max_length=90, blank=True)
    search_text = models.TextField(blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name=_("created by"),
    )  # fmt: skip
    latest_revision = models.ForeignKey(
        "articles.Revision", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    latest_headline = models.CharField(  # of the latest revision, for lists and search
        max_length=250, blank=True, default="", db_default="", editable=False
    )
    live_revision = models.ForeignKey(
        "articles.Revision", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    edited_at = models.DateTimeField(_("last edited"), auto_now_add=True)
    first_published_at = models.DateTimeField(null=True, blank=True, editable=False)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)
    updated_at = models.DateTimeField(_("updated"), null=True, blank=True)
    unpublished_at = models.DateTimeField(null=True, blank=True)
    publish_at = models.DateTimeField(_("publish at"), null=True, blank=True)
    unpublish_at = models.DateTimeField(_("unpublish at"), null=True, blank=True)
    embargo_until = models.DateTimeField(_("embargo until"), null=True, blank=True)

    objects = PublicationQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **options: Any) -> None:
        """Of whoever saves: a verb cleaned the body already, a shell or a script may not have."""
        names = options.get("update_fields")
        if (names is None or "body" in names) and "body" not in self.get_deferred_fields():
            self.body = clean_body(self.body)
        super().save(*args, **options)

    def is_published(self) -> bool:
        """The instance's twin of `published()`."""
        now = timezone.now()
        return (
            self.state == State.PUBLISHED
            and self.published_at is not None
            and self.published_at <= now
            and (self.embargo_until is None or self.embargo_until <= now)
        )

    @property
    def working_headline(self) -> str:
        """The headline as last written, live or not."""
        return self.latest_headline or self.headline or str(_("Untitled"))

    @property
    def shown_name(self) -> str:
        """The live headline; for what was never live the one last written."""
        return self.headline or self.latest_headline

    @property
    def has_unpublished_changes(self) -> bool:
        return self.state == State.PUBLISHED and self.latest_revision_id != self.live_revision_id

    @property
    def language_name(self) -> str:
        return language_name(self.language)
