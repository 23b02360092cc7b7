"""The forms of a tier at the desk: amounts and words as people write them."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from members.patronage import tiers
from members.patronage.errors import PatronageError
from members.patronage.models import Price, Tier
from members.patronage.models.tiers import MOST_POINTS
from newsroom.lib.money import CURRENCIES, MoneyError, parse_amount

OTHER_LANGUAGES = [(code, name) for code, name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
TRANSLATED = ("name", "pitch", "brings")  # Tier.translations: {language: {field: text}}


class PriceForm(forms.ModelForm):
    """A new price replaces the one that is offered for the same interval and currency. The amount is typed as it is
    paid; how many coins it has is the currency's matter."""

    money = forms.CharField(
        label=gettext_lazy("amount"), max_length=20, widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}),
        help_text=gettext_lazy("As it is paid, for example 5 or 7.50."),
    )  # fmt: skip
    currency = forms.ChoiceField(label=gettext_lazy("currency"), choices=[(code, code.upper()) for code in CURRENCIES])

    class Meta:
        model = Price
        fields = ["currency", "interval"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("money") and data.get("currency"):
            try:
                money = parse_amount(data["money"], data["currency"])
                tiers.check_price(money)
            except (MoneyError, PatronageError) as error:
                self.add_error("money", str(error))
            else:
                self.instance.amount = money.amount
        return data

    def validate_constraints(self) -> None:
        """One offered price per interval and currency is what `replace_price` sees to."""


def translated(field: str, language: str) -> str:
    return f"{field}_{language}"


TRANSLATED_FIELDS = [translated(field, code) for code, _name in OTHER_LANGUAGES for field in TRANSLATED]


class TierForm(forms.ModelForm):
    """With a field of its own for each text in each further language."""

    class Meta:
        model = Tier
        fields = ["key", "name", "pitch", "brings", "position", "votes_per_round", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, _name in OTHER_LANGUAGES:
            texts = self.instance.translations.get(code, {})
            for field in TRANSLATED:
                self.initial.setdefault(translated(field, code), texts.get(field, ""))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for field in ("brings", *(translated("brings", code) for code, _name in OTHER_LANGUAGES)):
            if error := _too_many(data.get(field) or ""):
                self.add_error(field, error)
        self.instance.translations = self._translations(data)
        return data

    def _translations(self, data: dict[str, Any]) -> dict[str, Any]:
        """What was typed, beside what the form does not know."""
        kept = dict(self.instance.translations)
        for code, _name in OTHER_LANGUAGES:
            typed = {field: data.get(translated(field, code), "") for field in TRANSLATED}
            texts = {name: text for name, text in {**kept.pop(code, {}), **typed}.items() if text}
            if texts:
                kept[code] = texts
        return kept


def _too_many(brings: str) -> str:
    over = len([line for line in brings.splitlines() if line.strip()]) - MOST_POINTS
    if over <= 0:
        return ""
    return _("%(most)s points at most are shown, one a line: please leave some out.") % {"most": MOST_POINTS}


def _field(field: str, name: str) -> forms.CharField:
    of_model: Any = Tier._meta.get_field(field)
    widget = UnfoldAdminTextareaWidget if field == "brings" else UnfoldAdminTextInputWidget
    return forms.CharField(
        label=format_lazy("{} ({})", capfirst(of_model.verbose_name), name), required=False, widget=widget,
        max_length=of_model.max_length, help_text=of_model.help_text,
    )  # fmt: skip


TierForm.declared_fields.update(  # type: ignore[attr-defined]  # before the admin makes its own form of this one
    {translated(field, code): _field(field, name) for code, name in OTHER_LANGUAGES for field in TRANSLATED}
)
