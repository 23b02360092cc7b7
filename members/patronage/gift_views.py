"""Giving support to somebody else, and taking such a gift by the link in its letter."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from members.accounts.models import Member
from members.patronage.defence.asking import ask_first, guarded_checkout
from members.patronage.errors import NotConfigured, PatronageError, StripeResting
from members.patronage.gift_forms import GiftForm
from members.patronage.giving import LENGTHS, begin_gift, gift_prices
from members.patronage.granting import DISPUTED, REFUNDED
from members.patronage.handing_over import ends_on
from members.patronage.models import Gift, Period
from members.patronage.months import show_months
from members.patronage.redeeming import find_gift, refuse_closed, take_gift
from members.patronage.tiers import PAGE_KEY, Offers
from members.patronage.views import SeeOther, page_addresses, show_refused
from newsroom.lib.limits import TAKE_GIFT, limited
from newsroom.lib.page_cache import note_keys, public_page
from newsroom.lib.requests import public_form


@require_http_methods(["GET", "HEAD", "POST"])
@public_form
@guarded_checkout
@public_page
def give(request: HttpRequest) -> HttpResponse:
    note_keys(PAGE_KEY)
    request.translations = page_addresses("give")  # type: ignore[attr-defined]
    offers = Offers()
    if request.method == "POST":
        return _begin(request, offers)
    wanted = request.GET.get("currency", "").lower()
    return render(request, "members/give.html", {**gift_choices(offers, wanted, {}), "errors": {}})


def gift_choices(offers: Offers, wanted: str, typed: Mapping[str, str]) -> dict[str, Any]:
    """What the page shows; `typed` is what was sent before, if anything, and is shown as it was."""
    known = offers.currencies()
    currency = wanted if wanted in known else known[0]
    lengths = [(months, gift_prices(offers, currency, months)) for months in LENGTHS]
    offered = [(months, prices) for months, prices in lengths if prices]
    chosen = typed.get("months") or str(offered[0][0] if offered else "")
    return {
        "lengths": [
            {
                "value": months, "label": show_months(months),
                "is_chosen": str(months) == chosen,
                "tiers": [
                    {
                        "value": tier.key, "name": tier.shown_name, "pitch": tier.shown_pitch, "label": str(money),
                        "is_chosen": tier.key == typed.get(f"tier_{months}", prices[0][0].key),
                    }
                    for tier, money in prices
                ],
            }
            for months, prices in offered
        ],
        "currency": currency,
        "currencies": [{"label": code.upper(), "code": code, "is_chosen": code == currency} for code in known],
        "typed": typed,
    }  # fmt: skip


def _begin(request: HttpRequest, offers: Offers) -> HttpResponse:
    member = request.user if isinstance(request.user, Member) else None
    form = GiftForm(request.POST, offers=offers, own_email=(member.email or "") if member else "")
    if not form.is_valid():
        return _show_again(request, form, status=422)
    if (answer := ask_first(request, summary=form.summary)) is not None:
        return answer
    data = form.cleaned_data
    try:
        address = begin_gift(
            member=member, offers=offers, tier_key=form.tier_key, months=data["months"], currency=data["currency"],
            recipient_email=data["recipient_email"], language=get_language() or settings.LANGUAGE_CODE,
            message=data["message"], giver_name=data["giver_name"], hand_over_on=data["hand_over_on"],
        )  # fmt: skip
    except PatronageError as error:
        is_resting = isinstance(error, StripeResting | NotConfigured)
        return _show_again(request, form, status=503 if is_resting else 422, sentence=str(error))
    return SeeOther(address)


def _show_again(request: HttpRequest, form: GiftForm, *, status: int, sentence: str = "") -> HttpResponse:
    """The same page with what was typed, and each error beside its field."""
    typed = {key: str(value) for key, value in form.data.items()}
    errors = {name: " ".join(map(str, found)) for name, found in form.errors.items()}
    choices = gift_choices(form.offers, typed.get("currency", "").lower(), typed)
    context = {**choices, "errors": errors, "form_error": sentence or errors.get("currency", "")}
    return show_refused(request, "members/give.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@limited(TAKE_GIFT)
def take(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows the gift and changes nothing, so that a mail scanner does not spend it; POST takes it for who is signed
    in. The address is a secret: no other site hears of it."""
    response = _take(request, token) if request.method == "POST" else _show(request, token)
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def _show(request: HttpRequest, token: str, sentence: str = "", status: int = 200) -> HttpResponse:
    gift = find_gift(token)
    if gift is not None and _is_own(request, gift):
        if not (sentence := _why_gone(gift.period)):
            return render(request, "members/gift.html", {"gift": gift, "is_own": True})
        status = 410
    elif gift is None:
        sentence, status = sentence or _("We do not know this link, or it has ended."), 404
    elif not sentence:
        try:
            refuse_closed(gift)
        except PatronageError as error:
            sentence, status = str(error), 410
    door = f"{reverse('account_login')}?{urlencode({'next': request.path})}"
    is_open = not sentence
    context = {
        "gift": gift if is_open else None, "refusal": sentence, "door": door, "until": ends_on(gift) if gift else None,
    }  # fmt: skip
    return render(request, "members/gift.html", context, status=status)


def _why_gone(period: Period | None) -> str:
    """What the reader is told whose gift gives nothing any more; empty while it does."""
    if period is None or period.revoked_at is None:
        return ""
    if period.revoked_why not in (REFUNDED, DISPUTED):
        return _("We do not know this link, or it has ended.")
    return _(
        "What was paid for the gift that made you a patron went back on %(day)s. Your rights as a patron ended with it."
    ) % {"day": date_format(timezone.localtime(period.revoked_at), "DATE_FORMAT")}


def _is_own(request: HttpRequest, gift: Gift) -> bool:
    return gift.state == Gift.State.TAKEN and gift.redeemed_by_id == request.user.pk


def _take(request: HttpRequest, token: str) -> HttpResponse:
    if not isinstance(request.user, Member):
        return _show(request, token)
    try:
        gift = take_gift(member=request.user, token=token)
    except PatronageError as error:
        return _show(request, token, str(error), 410)
    if gift.period is not None:
        messages.success(request, _taken(gift.period))
    return redirect("account")


def _taken(period: Period) -> str:
    start, end = timezone.localtime(period.starts_at), timezone.localtime(period.ends_at)
    days = {"start": date_format(start), "end": date_format(end)}
    return _("The gift is yours. It makes you a patron from %(start)s to %(end)s.") % days
