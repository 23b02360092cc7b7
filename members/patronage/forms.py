from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from articles.models import Article
from members.patronage.errors import AmountRefused
from members.patronage.models import Checkout
from members.patronage.tiers import Offers
from newsroom.lib.money import Money, MoneyError, parse_amount

OTHER = "other"
MOST_DIGITS = 9


class MoneyForm(forms.Form):
    """An amount out of those offered for a frequency, or one that is typed. After `is_valid()` stands `money`."""

    other_amount = forms.CharField(max_length=12, required=False)

    def __init__(self, *args: Any, offers: Offers, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offers = offers
        self.money: Money | None = None

    def take_money(self, frequency: str, currency: str) -> None:
        """Of cleaned values; what cannot be taken becomes the typed amount's error."""
        try:
            self.money = self._read_money(frequency, currency)
            self.offers.check(self.money, frequency)
        except (MoneyError, AmountRefused) as error:
            self.add_error("other_amount", str(error))

    def _read_money(self, frequency: str, currency: str) -> Money:
        """The chosen radio of the chosen frequency: minor units, or "other" for what was typed."""
        chosen = self.data.get(f"amount_{frequency}", OTHER)
        typed = self.cleaned_data.get("other_amount")
        if chosen.isascii() and chosen.isdecimal() and len(chosen) <= MOST_DIGITS:
            money = Money(int(chosen), currency)
            if typed:
                _refuse_two(money, typed)
            return money
        if not typed:
            raise MoneyError(_("Please write the amount that you would like to give."))
        return parse_amount(typed, currency)


def _refuse_two(chosen: Money, typed: str) -> None:
    """Without scripts the field stands open beside a chosen step: which is meant is for the reader to say. Raises
    MoneyError."""
    if parse_amount(typed, chosen.currency) != chosen:
        raise MoneyError(
            _("You chose %(money)s and wrote another amount as well. Choose “Another amount”, or empty the field.")
            % {"money": chosen}
        )


class SupportForm(MoneyForm):
    """How often, how much, in which currency."""

    frequency = forms.ChoiceField(
        choices=Checkout.Frequency.choices, error_messages={"required": _("Please choose how often.")}
    )
    currency = forms.CharField(max_length=3)
    story = forms.IntegerField(min_value=1, max_value=2**63 - 1, required=False)

    def clean_currency(self) -> str:
        code = self.cleaned_data["currency"].lower()
        if code not in self.offers.currencies():
            raise forms.ValidationError(_("We cannot take this currency. Please choose one of those shown."))
        return code

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "frequency" in data and "currency" in data:
            self.take_money(data["frequency"], data["currency"])
        return data

    @property
    def summary(self) -> str:
        """What was chosen, in words: "€5 · monthly"."""
        return f"{self.money} · {Checkout.Frequency(self.cleaned_data['frequency']).label}"

    @property
    def article_id(self) -> int | None:
        """The story that asked, where there is one."""
        story = self.cleaned_data.get("story")
        return story if story and Article.objects.filter(pk=story).exists() else None
