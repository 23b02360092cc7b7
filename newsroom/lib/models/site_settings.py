from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from newsroom.lib.money import CURRENCIES


class SiteSettings(models.Model):
    """What the newsroom edits about itself. One row; read through `newsroom.lib.site_settings.site_settings()`.

    `translations` maps a language code to texts that differ in it: {"uk": {"tagline": "…"}}.
    """

    name = models.CharField(_("name"), max_length=80, default="Newsroom")
    tagline = models.CharField(_("tagline"), max_length=200, blank=True)
    footer_note = models.TextField(_("footer note"), blank=True)
    legal_name = models.TextField(
        _("legal name and address"),
        blank=True,
        help_text=_("As receipts and yearly statements name who received the money. Empty: the name above."),
    )
    contact_email = models.EmailField(_("contact address"), blank=True)
    logo = models.FileField(_("logo"), upload_to="site/", blank=True)
    accent = models.CharField(
        _("accent colour"),
        max_length=7,
        default="#9c2f1f",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", _("Write the colour as # and six hexadecimal digits."))],
        help_text=_("For links, the appeal and the vote. Too faint a colour is darkened until it can be read."),
    )
    translations = models.JSONField(_("texts in other languages"), default=dict, blank=True)
    currency = models.CharField(_("currency of support"), max_length=3, default="eur")
    grace_days = models.PositiveSmallIntegerField(
        _("days of grace after a failed renewal"), default=14, validators=[MaxValueValidator(60)]
    )
    votes_per_patron = models.PositiveSmallIntegerField(
        _("votes a patron has in a round"), default=3, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    declines_tolerated = models.PositiveSmallIntegerField(
        _("declined payments in ten minutes"), default=15, validators=[MinValueValidator(3), MaxValueValidator(1000)],
        help_text=_("With so many, and more than half as many as are paid, every checkout asks for a short check."),
    )  # fmt: skip
    unpaid_tolerated = models.PositiveSmallIntegerField(
        _("checkouts begun and not paid in half an hour"), default=80,
        validators=[MinValueValidator(5), MaxValueValidator(10_000)],
        help_text=_("With so many, and fewer than one in ten paid, every checkout asks for a short check."),
    )  # fmt: skip
    checkouts_at_once = models.PositiveSmallIntegerField(
        _("checkouts of the whole site in ten minutes"), default=300,
        validators=[MinValueValidator(20), MaxValueValidator(30_000)],
        help_text=_("Whoever comes after that is asked to come back in a few minutes."),
    )  # fmt: skip
    is_demo = models.BooleanField(default=False, editable=False)  # made by seed_demo

    class Meta:
        verbose_name = _("settings")
        verbose_name_plural = _("settings")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="settings_one_row")]

    def __str__(self) -> str:
        return str(_("Settings"))

    def clean(self) -> None:
        """Texts of another shape, or a currency that we cannot write, would take down every page that shows them."""
        super().clean()
        texts = self.translations
        is_table = isinstance(texts, dict) and all(isinstance(own, dict) for own in texts.values())
        if not is_table or not all(isinstance(text, str) for own in texts.values() for text in own.values()):
            example = '{"uk": {"name": "…", "tagline": "…"}}'
            raise ValidationError({"translations": _("Write it as %(example)s.") % {"example": example}})
        self.currency = self.currency.lower()
        if self.currency not in CURRENCIES:
            known = ", ".join(CURRENCIES)
            raise ValidationError({"currency": _("Choose one of %(known)s.") % {"known": known}})

    def text(self, field: str, language: str | None = None) -> str:
        """`field` in `language` (the active one), else as in the main language."""
        own = self.translations.get(language or get_language() or "", {})
        return own.get(field) or getattr(self, field)
