from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from newsroom.lib.slugs import sort_key


class Author(models.Model):
    """A byline, with or without an account. `translations`: {"uk": {"name": "…", "bio": "…"}}."""

    name = models.CharField(pgettext_lazy("a person", "name"), max_length=120)
    slug = models.SlugField(_("slug"), max_length=90, unique=True)
    sort_key = models.CharField(max_length=200, editable=False, db_index=True, db_collation="C")
    job = models.CharField(_("what they do"), max_length=120, blank=True)
    bio = models.TextField(_("about"), blank=True)
    public_email = models.EmailField(_("public address"), blank=True)
    portrait = models.ForeignKey(
        "articles.Image", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("portrait")
    )
    member = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="author",
        verbose_name=_("account"),
    )  # fmt: skip
    translations = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("author")
        verbose_name_plural = _("authors")
        ordering = ["sort_key"]

    def __str__(self) -> str:
        return self.shown_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.sort_key = sort_key(self.name)
        super().save(*args, **kwargs)

    def get_absolute_url(self) -> str:
        return reverse("articles:author", args=[self.slug])

    def _text(self, field: str) -> str:
        return self.translations.get(get_language() or "", {}).get(field) or getattr(self, field)

    @property
    def shown_name(self) -> str:
        return self._text("name")

    @property
    def shown_bio(self) -> str:
        return self._text("bio")

    @property
    def shown_job(self) -> str:
        return self._text("job")

    @property
    def page_key(self) -> str:
        return f"author:{self.pk}"
