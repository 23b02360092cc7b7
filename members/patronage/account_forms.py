import re
import unicodedata
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from members.patronage.errors import AmountRefused
from members.patronage.models import SupportChange
from members.patronage.models.tiers import Interval
from members.patronage.tiers import Offers
from newsroom.lib.money import Money, MoneyError, parse_amount

OTHER = "other"
MOST_DIGITS = 9


class ChangeForm(forms.Form):
    """How often and how much, in the currency that is paid already. After `is_valid()` stands `money`."""

    frequency = forms.ChoiceField(choices=Interval.choices, error_messages={"required": _("Please choose how often.")})
    other_amount = forms.CharField(max_length=12, required=False)

    def __init__(self, *args: Any, offers: Offers, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offers, self.currency = offers, currency
        self.money: Money | None = None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "frequency" in data:
            try:
                self.money = self._read_money(data)
                self.offers.check(self.money, data["frequency"])
            except (MoneyError, AmountRefused) as error:
                self.add_error("other_amount", str(error))
        return data

    def _read_money(self, data: dict[str, Any]) -> Money:
        """The chosen radio of the chosen interval: minor units, or "other" for what was typed."""
        chosen = self.data.get(f"amount_{data['frequency']}", OTHER)
        if chosen.isascii() and chosen.isdecimal() and len(chosen) <= MOST_DIGITS:
            return Money(int(chosen), self.currency)
        if not data.get("other_amount"):
            raise MoneyError(_("Please write the amount that you would like to give."))
        return parse_amount(data["other_amount"], self.currency)


class EndForm(forms.Form):
    """Why, if the member likes to say."""

    reason = forms.ChoiceField(choices=SupportChange.Reason.choices, required=False)
    comment = forms.CharField(max_length=1000, required=False, strip=True)


class DisplayNameForm(forms.Form):
    """A name for a public list: one line, no address and no link. Empty takes it off."""

    display_name = forms.CharField(label=_("Name on the list"), max_length=60, required=False)

    def clean_display_name(self) -> str:
        name = " ".join(self.cleaned_data["display_name"].split())
        if any(unicodedata.category(sign) in ("Cc", "Cf", "Co", "Cs") for sign in name):
            raise forms.ValidationError(_("Please leave out signs that cannot be seen."))
        if re.search(r"@|://|www\.|\w\.\w{2,}", name):
            raise forms.ValidationError(_("Please write a name, without an address or a link."))
        return name
