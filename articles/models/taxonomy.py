from __future__ import annotations

import uuid
from typing import Any

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from newsroom.lib.languages import main_language
from newsroom.lib.slugs import sort_key


class Named(models.Model):
    """A name in one language with its slug and the stored key that sorts it as its alphabet does."""

    url_name: str

    language = models.CharField(_("language"), max_length=12, default=main_language)
    translation_key = models.UUIDField(default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("slug"), max_length=90)
    sort_key = models.CharField(max_length=200, editable=False, db_index=True, db_collation="C")
    description = models.TextField(_("description"), blank=True)

    class Meta:
        abstract = True
        ordering = ["sort_key"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.sort_key = sort_key(self.name)
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        with translation.override(self.language):
            return reverse(f"articles:{self.url_name}", args=[self.slug])

    @property
    def page_key(self) -> str:
        return f"{self.url_name}:{self.pk}"


def _unique(name: str) -> list[models.BaseConstraint]:
    return [
        models.UniqueConstraint(fields=["language", "slug"], name=f"{name}_address_unique"),
        models.UniqueConstraint(fields=["translation_key", "language"], name=f"{name}_one_per_language"),
    ]


class Section(Named):
    """A part of the paper; a story stands in one."""

    url_name = "section"
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_on_front = models.BooleanField(_("has a place on the front"), default=True)

    class Meta(Named.Meta):
        verbose_name = _("section")
        verbose_name_plural = _("sections")
        ordering = ["position", "sort_key"]
        constraints = _unique("section")


class Tag(Named):
    """A subject; a story has any number."""

    url_name = "tag"

    class Meta(Named.Meta):
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        constraints = _unique("tag")
        indexes = [GinIndex(OpClass(Upper("name"), "gin_trgm_ops"), name="tag_name_likeness")]


class Series(Named):
    """Stories that belong together in an order of their own."""

    url_name = "series"

    class Meta(Named.Meta):
        verbose_name = _("series")
        verbose_name_plural = _("series")
        constraints = _unique("series")
