from __future__ import annotations

import math
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from articles.models.publication import Publication, PublicationQuerySet, State

WORDS_A_MINUTE = 230


class ArticleQuerySet(PublicationQuerySet):
    def for_lists(self) -> Self:
        """With all that a teaser shows, in a fixed number of queries; newest first."""
        return (
            self.select_related("section", "lead_image")
            .defer("body", "search_text", "search_vector")
            .order_by("-published_at", "-id")
        )

    def editable_by(self, member: Any) -> Self:
        """An editor's all; a writer's own."""
        if member.has_perm("articles.publish_article"):
            return self
        return self.filter(created_by=member)


class Article(Publication):
    """A story. Unique by (published_on, language, slug), which is its address; `published_on` is frozen in the
    newsroom's time zone at first publication.

    States: draft → in review → scheduled → published → unpublished; every change is a verb of `articles.publishing`.
    """

    class Kind(models.TextChoices):
        NEWS = "news", _("News")
        BRIEF = "brief", _("In brief")
        FEATURE = "feature", _("Feature")
        ANALYSIS = "analysis", _("Analysis")
        EXPLAINER = "explainer", _("Explainer")
        INTERVIEW = "interview", _("Interview")
        INVESTIGATION = "investigation", _("Investigation")
        OPINION = "opinion", _("Opinion")

    kind = models.CharField(pgettext_lazy("a story", "kind"), max_length=16, choices=Kind, default=Kind.NEWS)
    published_on = models.DateField(null=True, blank=True, editable=False)
    section = models.ForeignKey(
        "articles.Section", on_delete=models.PROTECT, null=True, blank=True, related_name="articles",
        verbose_name=_("section"),
    )  # fmt: skip
    series = models.ForeignKey(
        "articles.Series", on_delete=models.PROTECT, null=True, blank=True, related_name="articles",
        verbose_name=_("series"),
    )  # fmt: skip
    tags = models.ManyToManyField("articles.Tag", blank=True, related_name="articles", verbose_name=_("tags"))
    authors = models.ManyToManyField("articles.Author", through="articles.Byline", related_name="articles")
    related = models.ManyToManyField("self", through="articles.RelatedStory", symmetrical=False, related_name="+")
    lead_image = models.ForeignKey(
        "articles.Image", on_delete=models.PROTECT, null=True, blank=True, related_name="leads",
        verbose_name=_("lead picture"),
    )  # fmt: skip
    lead_caption = models.CharField(_("caption"), max_length=500, blank=True)
    lead_credit = models.CharField(_("credit"), max_length=200, blank=True)
    is_front_lead = models.BooleanField(_("leads the front"), default=False)
    translated_from = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="renderings",
        verbose_name=_("translated from"),
    )  # fmt: skip
    translated_revision = models.ForeignKey(  # of the source: what this text renders
        "articles.Revision", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    unpublish_note = models.TextField(_("note for readers"), blank=True, default="", db_default="")  # at `unpublish_at`
    word_count = models.PositiveIntegerField(default=0, editable=False)
    search_vector = SearchVectorField(null=True, editable=False)  # written by publish()

    objects = ArticleQuerySet.as_manager()

    class Meta:
        verbose_name = _("story")
        verbose_name_plural = _("stories")
        constraints = [
            models.UniqueConstraint(fields=["published_on", "language", "slug"], name="article_address_unique"),
            models.UniqueConstraint(fields=["translation_key", "language"], name="article_one_per_language"),
            models.CheckConstraint(
                condition=~Q(state=State.PUBLISHED)
                | (Q(published_on__isnull=False) & Q(published_at__isnull=False) & ~Q(slug="") & ~Q(headline="")),
                name="article_published_is_complete",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.SCHEDULED) | Q(publish_at__isnull=False), name="article_scheduled_has_a_time"
            ),
        ]
        indexes = [
            models.Index(
                fields=["language", "-published_at", "-id"], condition=Q(state="published"), name="article_newest"
            ),
            models.Index(fields=["-published_at", "-id"], condition=Q(state="published"), name="article_newest_of_all"),
            models.Index(
                fields=["language", "-published_at", "-id"], condition=Q(state="published", is_front_lead=True),
                name="article_front_lead",
            ),
            models.Index(
                fields=["section", "-published_at", "-id"], condition=Q(state="published"), name="article_in_section"
            ),
            models.Index(fields=["-edited_at", "-id"], name="article_edited"),
            models.Index(fields=["-edited_at", "-id"], condition=~Q(state="published"), name="article_in_hand"),
            models.Index(fields=["publish_at"], condition=Q(state="scheduled"), name="article_due"),
            GinIndex(fields=["search_vector"], name="article_search"),
            GinIndex(  # as the desk searches: any part of either, whatever its case
                OpClass(Upper("latest_headline"), "gin_trgm_ops"), OpClass(Upper("headline"), "gin_trgm_ops"),
                name="article_headlines",
            ),
            GinIndex(
                fields=["slug"], opclasses=["gin_trgm_ops"], condition=Q(state="published"),
                name="article_slug_likeness",
            ),
        ]  # fmt: skip
        permissions = [
            ("publish_article", "May publish, schedule and unpublish stories"),
            ("submit_article", "May submit own stories for review"),
        ]

    def __str__(self) -> str:
        return self.shown_name or f"story {self.pk}"

    def get_absolute_url(self) -> str:
        """The address, frozen at first publication; "" before it."""
        if self.published_on is None:
            return ""
        with translation.override(self.language):
            day = self.published_on
            return reverse("articles:article", args=[f"{day:%Y}", f"{day:%m}", f"{day:%d}", self.slug])

    @property
    def kind_label(self) -> str:
        return self.get_kind_display()

    @property
    def reading_minutes(self) -> int:
        return max(1, math.ceil(self.word_count / WORDS_A_MINUTE))

    @property
    def page_key(self) -> str:
        return f"story:{self.pk}"


class Byline(models.Model):
    """One author on one live story, in order, with a role."""

    class Role(models.TextChoices):
        WORDS = "words", _("by")
        PHOTOS = "photos", _("photos by")
        ILLUSTRATION = "illustration", _("illustration by")
        EDITING = "editing", _("edited by")
        TRANSLATION = "translation", _("translated by")
        DATA = "data", _("data by")

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="bylines")
    author = models.ForeignKey("articles.Author", on_delete=models.PROTECT, related_name="bylines")
    role = models.CharField(max_length=16, choices=Role, default=Role.WORDS)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["article", "author", "role"], name="byline_once")]

    def __str__(self) -> str:
        return f"{self.role_label} {self.author}"

    @property
    def role_label(self) -> str:
        return self.get_role_display()


class RelatedStory(models.Model):
    """Related stories are stored rows, else each publication would purge half the archive."""

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="related_rows")
    other = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="related_from")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["article", "other"], name="related_once"),
            models.CheckConstraint(condition=~Q(article=models.F("other")), name="related_to_another"),
        ]

    def __str__(self) -> str:
        return f"{self.article_id} → {self.other_id}"


class Correction(models.Model):
    """What was wrong and what is right; shown on the story and at /corrections/ from the moment it is made."""

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="corrections")
    text = models.TextField(_("correction"))
    corrected_at = models.DateTimeField(_("corrected"), auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering = ["-corrected_at", "-id"]

    def __str__(self) -> str:
        return self.text[:80]
