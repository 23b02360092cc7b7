from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from newsroom.lib.money import Money

MOST_POINTS = 3


class Interval(models.TextChoices):
    MONTH = "month", _("monthly")
    YEAR = "year", _("yearly")


class Tier(models.Model):
    """What support is called and what it brings. `translations`: {"uk": {"name": "…", "pitch": "…", "brings": "…"}}."""

    key = models.SlugField(max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    pitch = models.CharField(_("what it brings"), max_length=250, blank=True)
    brings = models.TextField(
        _("what it brings, point by point"), blank=True, help_text=_("One point a line; three at most are shown.")
    )
    translations = models.JSONField(default=dict, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    votes_per_round = models.PositiveSmallIntegerField(_("votes in a round"), null=True, blank=True)
    is_active = models.BooleanField(_("offered"), default=True)
    stripe_product_id = models.CharField(max_length=80, blank=True, editable=False)
    stripe_told = models.CharField(max_length=40, blank=True, editable=False)  # digest of what Stripe was told last
    stripe_error = models.TextField(_("what Stripe refused"), blank=True, editable=False)

    class Meta:
        verbose_name = _("tier")
        verbose_name_plural = _("tiers")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name

    def text(self, field: str) -> str:
        return self.translations.get(get_language() or "", {}).get(field) or getattr(self, field)

    @property
    def shown_name(self) -> str:
        return self.text("name")

    @property
    def shown_pitch(self) -> str:
        return self.text("pitch")

    @property
    def shown_points(self) -> list[str]:
        """What it brings, as a list."""
        return [line.strip() for line in self.text("brings").splitlines() if line.strip()][:MOST_POINTS]


class Price(models.Model):
    """A tier's amount per interval and currency, in minor units. Never changed: a new price replaces it."""

    tier = models.ForeignKey(Tier, on_delete=models.PROTECT, related_name="prices")
    amount = models.PositiveIntegerField(_("amount (minor units)"))
    currency = models.CharField(_("currency"), max_length=3)
    interval = models.CharField(_("interval"), max_length=5, choices=Interval)
    is_active = models.BooleanField(_("offered"), default=True)
    stripe_price_id = models.CharField(max_length=80, blank=True, editable=False)
    stripe_archived_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        ordering = ["amount"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="price_positive"),
            models.UniqueConstraint(
                fields=["tier", "currency", "interval"], condition=Q(is_active=True), name="price_one_offered"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.money} {self.get_interval_display()}"

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)
