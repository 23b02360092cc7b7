"""The settings' form at the desk: amounts as people write them."""

from typing import Any

from django import forms
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextInputWidget

from newsroom.lib.models import SiteSettings
from newsroom.lib.models.site_settings import MOST_FOR_COFFEE
from newsroom.lib.money import CURRENCIES, Currency, Money, MoneyError, parse_amount

FIELDS = [field.name for field in SiteSettings._meta.fields if field.editable and field.name not in ("id", "coffee")]
COFFEE = {f"coffee_{code}": currency for code, currency in CURRENCIES.items()}


class SettingsForm(forms.ModelForm):
    """With a field for each currency where the row holds one table in minor units."""

    class Meta:
        model = SiteSettings
        fields = FIELDS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, currency in COFFEE.items():
            if amount := self.instance.coffee.get(currency.code):
                self.initial.setdefault(name, str(Money(amount, currency.code).decimal))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        typed = {name: data[name] for name in COFFEE if data.get(name)}
        self.instance.coffee = {}
        for name, text in typed.items():
            try:
                self.instance.coffee[COFFEE[name].code] = _read(text, COFFEE[name])
            except MoneyError as error:
                self.add_error(name, str(error))
        return data


def _read(text: str, currency: Currency) -> int:
    """Raises MoneyError."""
    money = parse_amount(text, currency.code)
    if money.amount < currency.least:
        raise MoneyError(_("The least we can take is %(money)s.") % {"money": Money(currency.least, currency.code)})
    if money.amount >= MOST_FOR_COFFEE:
        raise MoneyError(_("That is a dear cup: please write what it costs."))
    return money.amount


def _field(currency: Currency) -> forms.CharField:
    label: Any = SiteSettings._meta.get_field("coffee").verbose_name
    return forms.CharField(
        label=format_lazy("{} ({})", capfirst(label), currency.code.upper()), required=False, max_length=20,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}),
        help_text=gettext_lazy("The lowest step on the support page, for example 3.50. Empty: no such step."),
    )  # fmt: skip


SettingsForm.declared_fields.update(  # type: ignore[attr-defined]  # before the admin makes its own form of this one
    {name: _field(currency) for name, currency in COFFEE.items()}
)
