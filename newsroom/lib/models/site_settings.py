import re
from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from newsroom.lib.money import CURRENCIES

DAYS = r"^\s*[0-9]{1,2}\s*(,\s*[0-9]{1,2}\s*)*$"

SHORTEST_STATEMENT, LONGEST_STATEMENT = 5, 22
STATEMENT = re.compile(r"[\x20-\x7e]*")
MOST_FOR_COFFEE = 10**6  # minor units
NOT_ON_STATEMENTS = "<>\\'\"*"


def check_statement_text(text: str) -> None:
    """Raises ValidationError for what banks do not print. https://docs.stripe.com/get-started/account/statement-descriptors"""
    is_long_enough = SHORTEST_STATEMENT <= len(text.strip()) <= LONGEST_STATEMENT
    has_letter = re.search(r"[A-Za-z]", text) is not None
    if not (is_long_enough and has_letter and STATEMENT.fullmatch(text)) or set(text) & set(NOT_ON_STATEMENTS):
        raise ValidationError(
            _("Write 5 to 22 Latin characters with at least one letter among them, and none of %(signs)s.")
            % {"signs": " ".join(NOT_ON_STATEMENTS)}
        )


def check_coffee(prices: object) -> None:
    """Raises ValidationError for what is no table of whole amounts of known currencies."""
    if not isinstance(prices, dict) or not all(
        code in CURRENCIES and isinstance(amount, int) and not isinstance(amount, bool) and 0 < amount < MOST_FOR_COFFEE
        for code, amount in prices.items()
    ):
        example = '{"eur": 400, "usd": 500}'
        raise ValidationError(_("Write it in minor units by currency, as %(example)s.") % {"example": example})


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
    renewal_notice_days = models.PositiveSmallIntegerField(
        _("days before a yearly renewal"),
        default=14,
        validators=[MinValueValidator(3), MaxValueValidator(60)],
        help_text=_("Yearly patrons are written to so many days before they pay again."),
    )
    statement_text = models.CharField(
        _("text on bank statements"),
        max_length=LONGEST_STATEMENT,
        blank=True,
        validators=[check_statement_text],
        help_text=_(
            "5 to 22 Latin characters; it may be neutral. A single gift by card shows it after the short text of "
            "Stripe’s dashboard. Empty: what the dashboard says; a tier that had a text at Stripe keeps its last one."
        ),
    )
    coffee = models.JSONField(
        _("what a cup of coffee costs"),
        default=dict,
        blank=True,
        validators=[check_coffee],
        help_text=_("The lowest step on the support page, in minor units by currency. Empty: no such step."),
    )
    dunning_days = models.CharField(
        _("days on which a failed renewal is written about"),
        max_length=40,
        default="0, 3, 7",
        validators=[RegexValidator(DAYS, _("Write whole days with commas between: 0, 3, 7."))],
        help_text=_(
            "Counted from the day the payment was due, within the grace. A last letter goes two days before its end."
        ),
    )
    takes_promotion_codes = models.BooleanField(
        _("promotion codes"),
        default=False,
        help_text=_("Whoever begins lasting support may type a code of yours on Stripe’s page. Make codes at Stripe."),
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
        self.coffee = self.coffee or {}
        self.currency = self.currency.lower()
        if self.currency not in CURRENCIES:
            known = ", ".join(CURRENCIES)
            raise ValidationError({"currency": _("Choose one of %(known)s.") % {"known": known}})

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        """The days of letters stand in order and once, and lie within the grace."""
        super().clean_fields(exclude=exclude)
        days = self.letter_days
        if days and days[-1] >= max(1, self.grace_days):
            message = _("Each day has to lie within the %(days)s days of grace.") % {"days": self.grace_days}
            raise ValidationError({"dunning_days": message})
        self.dunning_days = ", ".join(map(str, days))

    @property
    def letter_days(self) -> list[int]:
        """Days after the payment was due, in order."""
        return sorted({int(day) for day in self.dunning_days.split(",")})

    def text(self, field: str, language: str | None = None) -> str:
        """`field` in `language` (the active one), else as in the main language."""
        own = self.translations.get(language or get_language() or "", {})
        return own.get(field) or getattr(self, field)
