from __future__ import annotations

import secrets
from pathlib import PurePath

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _


def random_name(folder: str, filename: str) -> str:
    """A name nobody can guess, since what an embargoed story shows must not leak by its address."""
    return f"{folder}/{secrets.token_urlsafe(18)}{PurePath(filename).suffix.lower()[:8]}"


def image_name(instance: models.Model, filename: str) -> str:
    return random_name("pictures", filename)


def rendition_name(instance: models.Model, filename: str) -> str:
    return random_name("renditions", filename)


def asset_name(instance: models.Model, filename: str) -> str:
    return random_name("files", filename)


class Image(models.Model):
    """A picture in the library, with the words that belong to it and the point that must stay in view."""

    file = models.ImageField(_("file"), upload_to=image_name, width_field="width", height_field="height")
    width = models.PositiveIntegerField(default=0, editable=False)
    height = models.PositiveIntegerField(default=0, editable=False)
    title = models.CharField(_("title"), max_length=200, help_text=_("For finding it again; readers do not see it."))
    alt = models.CharField(_("description for those who cannot see it"), max_length=500, blank=True)
    caption = models.CharField(_("caption"), max_length=500, blank=True)
    credit = models.CharField(_("credit"), max_length=200, blank=True)
    focal_x = models.PositiveSmallIntegerField(default=50, validators=[MaxValueValidator(100)])  # per cent
    focal_y = models.PositiveSmallIntegerField(default=50, validators=[MaxValueValidator(100)])
    sha256 = models.CharField(max_length=64, blank=True, editable=False, db_index=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    rendered_at = models.DateTimeField(null=True, blank=True, editable=False)  # when its renditions were made

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["id"], condition=Q(rendered_at__isnull=True), name="image_unrendered"),
            GinIndex(
                *(OpClass(Upper(name), "gin_trgm_ops") for name in ("title", "alt", "caption", "credit")),
                name="image_words",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def page_key(self) -> str:
        return f"image:{self.pk}"


class Rendition(models.Model):
    """The picture in one width and format, made by a worker."""

    image = models.ForeignKey(Image, on_delete=models.CASCADE, related_name="renditions")
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    format = models.CharField(max_length=8)  # avif, webp, jpeg
    file = models.FileField(upload_to=rendition_name)

    class Meta:
        verbose_name = _("rendition")
        verbose_name_plural = _("renditions")
        ordering = ["format", "width"]
        constraints = [models.UniqueConstraint(fields=["image", "format", "width"], name="rendition_once")]

    def __str__(self) -> str:
        return f"{self.image_id} {self.width} {self.format}"


class Asset(models.Model):
    """A file such as a PDF."""

    file = models.FileField(_("file"), upload_to=asset_name)
    title = models.CharField(_("title"), max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.title
