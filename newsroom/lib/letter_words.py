"""What each kind of letter is called at the desk."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from newsroom.lib.models import Letter

# By the kind that `write_letter` is told.
KINDS: dict[str, Any] = {
    "articles/story_event": _("News of a story, to the desk"),
    "members/address_notice": _("An address is to change: told to the old one"),
    "members/address_proof": _("An address is to change: asked of the new one"),
    "members/card_testing": _("Cards are being tested, to the desk"),
    "members/checkout_code": _("Code to go on to pay"),
    "members/debit_refused": _("The bank did not pay a debit"),
    "members/declaration_confirm": _("Ending or withdrawing: the link that confirms it"),
    "members/declaration_receipt": _("Ending or withdrawing: the receipt"),
    "members/dispute_desk": _("A payment is disputed, to the desk"),
    "members/double": _("Do you mean to give twice?"),
    "members/double_desk": _("A reader seems to give twice, to the desk"),
    "members/double_repaired": _("Given twice: the first support has ended"),
    "members/erase_code": _("Code to erase an account"),
    "members/gift": _("A gift, to whom it is given"),
    "members/gift_lapsed": _("Nobody took the gift, to its giver"),
    "members/gift_taken": _("The gift was taken, to its giver"),
    "members/money_unknown": _("Money that Stripe does not know, to the desk"),
    "members/patron_welcome": _("Welcome to a patron"),
    "members/payment_failed": _("A payment failed"),
    "members/price_moves": _("A new price for running support"),
    "members/price_stays": _("The price stays as it is"),
    "members/receipt": _("Receipt"),
    "members/refund_not_done": _("A refund was not done, to the desk"),
    "members/refund_waits": _("Money could not go back yet"),
    "members/renewal_soon": _("Support is renewed soon"),
    "members/sign_in_code": _("Code to sign in"),
    "members/story_out": _("The story you voted for is out"),
    "members/support_ended": _("Support has ended"),
    "members/thanks": _("Thanks for a donation"),
    "members/webhook_alarm": _("Stripe’s events do not arrive, to the desk"),
    "newsletters/confirm": _("Confirm a sign-up"),
    "newsletters/test": _("Test of an edition"),
}


def name_kind(kind: str) -> str:
    """One that no release sends any more is shown as it was written."""
    return str(KINDS.get(kind, kind))


class KindFilter(admin.SimpleListFilter):
    """From the table of words: asking the letters which kinds there are would read all of them."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return sorted(((kind, str(words)) for kind, words in KINDS.items()), key=lambda entry: entry[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Letter]) -> QuerySet[Letter]:
        return queryset.filter(kind=self.value()) if self.value() else queryset
