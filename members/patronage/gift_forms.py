from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.patronage.giving import LENGTHS, gift_prices
from members.patronage.months import show_months
from members.patronage.tiers import Offers
from newsroom.lib.lines import one_line

AHEAD = timedelta(days=365)  # the furthest day to hand a gift over on


class GiftForm(forms.Form):
    """How long, which tier, for whom, in whose name, with which words and when. `own_email` is who is signed in."""

    months = forms.TypedChoiceField(
        coerce=int, choices=[(length, length) for length in LENGTHS],
        error_messages={"required": _("Please choose how long."), "invalid_choice": _("Please choose how long.")},
    )  # fmt: skip
    currency = forms.CharField(max_length=3)
    recipient_email = forms.EmailField(
        max_length=254,
        error_messages={
            "required": _("Please write the address to which the gift goes."),
            "invalid": _("This is not an e-mail address. Please look at it once more."),
        },
    )
    giver_name = forms.CharField(
        max_length=80, required=False,
        error_messages={"max_length": _("Please write a shorter name, of 80 letters at most.")},
    )  # fmt: skip
    message = forms.CharField(
        max_length=500, required=False,
        error_messages={"max_length": _("Please shorten your words to 500 letters.")},
    )  # fmt: skip
    hand_over_on = forms.DateField(
        required=False, input_formats=["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"],
        error_messages={"invalid": _("Please write the day as 2026-12-24.")},
    )  # fmt: skip

    def __init__(self, *args: Any, offers: Offers, own_email: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offers, self.own_email = offers, own_email
        self.tier_key = ""
        self.summary = ""  # what was chosen, in words

    def clean_currency(self) -> str:
        code = self.cleaned_data["currency"].lower()
        if code not in self.offers.currencies():
            raise forms.ValidationError(_("We cannot take this currency. Please choose one of those shown."))
        return code

    def clean_recipient_email(self) -> str:
        email = self.cleaned_data["recipient_email"].lower()
        if email == self.own_email.lower():
            raise forms.ValidationError(
                _("This is your own address. Support of your own begins on the page before this one.")
            )
        return email

    def clean_giver_name(self) -> str:
        """It stands in a letter's subject."""
        return one_line(self.cleaned_data["giver_name"])

    def clean_hand_over_on(self) -> Any:
        """None for today and for no day: at once."""
        day, today = self.cleaned_data["hand_over_on"], timezone.localdate(timezone=timezone.get_default_timezone())
        if day is None or day == today:
            return None
        if day < today:
            raise forms.ValidationError(_("This day is past. Leave it empty to hand the gift over at once."))
        if day > today + AHEAD:
            raise forms.ValidationError(_("Please choose a day within a year."))
        return day

    def clean(self) -> dict[str, Any]:
        """Of the chosen length the chosen tier, which stands in a field of its own."""
        data = super().clean() or {}
        if "months" in data and "currency" in data:
            self.tier_key = str(self.data.get(f"tier_{data['months']}", ""))
            prices = gift_prices(self.offers, data["currency"], data["months"])
            chosen = [(tier, money) for tier, money in prices if tier.key == self.tier_key]
            if chosen:
                tier, money = chosen[0]
                self.summary = f"{money} · {tier.shown_name} · {show_months(data['months'])}"
            else:
                self.add_error("months", _("Please choose one of the amounts."))
        return data
