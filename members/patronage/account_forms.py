import re
import unicodedata
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from members.patronage.forms import MoneyForm
from members.patronage.models import SupportChange
from members.patronage.models.tiers import Interval


class ChangeForm(MoneyForm):
    """How often and how much, in the currency that is paid already."""

    frequency = forms.ChoiceField(choices=Interval.choices, error_messages={"required": _("Please choose how often.")})

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "frequency" in data:
            self.take_money(data["frequency"], self.currency)
        return data


class EndForm(forms.Form):
    """Why, if the member likes to say."""

    reason = forms.ChoiceField(choices=SupportChange.Reason.choices, required=False)
    comment = forms.CharField(max_length=1000, required=False, strip=True)


# An initial before a name (О.Шевченко) is none; t.me is.
LINK = re.compile(r"@|://|www\.|\w{2,}\.\w{2,}|\b[a-z]\.[a-z]{2,}|\.\w{2,}/")


class DisplayNameForm(forms.Form):
    """A name for a public list: one line, no address and no link. Empty takes it off."""

    display_name = forms.CharField(label=_("Name on the list"), max_length=60, required=False)

    def clean_display_name(self) -> str:
        name = " ".join(self.cleaned_data["display_name"].split())
        if any(unicodedata.category(sign) in ("Cc", "Cf", "Co", "Cs") for sign in name):
            raise forms.ValidationError(_("Please leave out signs that cannot be seen."))
        if re.search(LINK, name):
            raise forms.ValidationError(_("Please write a name, without an address or a link."))
        return name
