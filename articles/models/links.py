from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class BodyReference(models.Model):
    """What a live body refers to by id, written at publish: "used in", slug changes and media moves come free."""

    article = models.ForeignKey("articles.Article", on_delete=models.CASCADE, null=True, related_name="references")
    page = models.ForeignKey("articles.Page", on_delete=models.CASCADE, null=True, related_name="references")
    image = models.ForeignKey("articles.Image", on_delete=models.PROTECT, null=True, related_name="used_in")
    to_article = models.ForeignKey("articles.Article", on_delete=models.CASCADE, null=True, related_name="used_in")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(article__isnull=False, page__isnull=True) | Q(article__isnull=True, page__isnull=False),
                name="reference_from_one",
            ),
            models.CheckConstraint(
                condition=Q(image__isnull=False, to_article__isnull=True)
                | Q(image__isnull=True, to_article__isnull=False),
                name="reference_to_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.article_id or self.page_id} → {self.image_id or self.to_article_id}"


class PreviewLink(models.Model):
    """An address at which somebody outside may read a draft until it expires or is revoked. Only the token's hash is
    kept; the address is shown once."""

    article = models.ForeignKey("articles.Article", on_delete=models.CASCADE, related_name="preview_links")
    token_hash = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="preview_links", null=True
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("preview link")
        verbose_name_plural = _("preview links")

    def __str__(self) -> str:
        return f"preview of story {self.article_id}"

    def is_valid(self) -> bool:
        return self.revoked_at is None and self.expires_at > timezone.now()


class Redirect(models.Model):
    """An address that was once ours and where it leads now. That of a story, page, section, tag, series or author
    follows it; `gone_note` is what an editor says about a taken-down text (410)."""

    old_path = models.CharField(_("old address"), max_length=300, unique=True)
    article = models.ForeignKey("articles.Article", on_delete=models.CASCADE, null=True, blank=True)
    page = models.ForeignKey("articles.Page", on_delete=models.CASCADE, null=True, blank=True)
    section = models.ForeignKey("articles.Section", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    tag = models.ForeignKey("articles.Tag", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    series = models.ForeignKey("articles.Series", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    author = models.ForeignKey("articles.Author", on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    new_path = models.CharField(_("new address"), max_length=300, blank=True)
    gone_note = models.TextField(_("note on why it is gone"), blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("redirect")
        verbose_name_plural = _("redirects")

    def __str__(self) -> str:
        return self.old_path

    @property
    def text(self) -> Any:
        """The story or page that it follows."""
        return self.article or self.page

    @property
    def listed(self) -> Any:
        """The section, tag, series or author that it follows."""
        return self.section or self.tag or self.series or self.author

    @property
    def follows_a_row(self) -> bool:
        """One of ours left it; editors did not write it down."""
        keys = (self.article_id, self.page_id, self.section_id, self.tag_id, self.series_id, self.author_id)
        return any(key is not None for key in keys)
