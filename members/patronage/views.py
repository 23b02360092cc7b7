"""Support: the public page, the way to Stripe's page and back, and the door for Stripe's events."""

import re
from typing import Any

import structlog
from django.conf import settings
from django.contrib import messages
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from members.accounts.models import Member
from members.patronage import inbox
from members.patronage.campaigns import running_campaign
from members.patronage.checkout import open_checkout, take_session
from members.patronage.defence.asking import ask_first, guarded_checkout
from members.patronage.errors import AlreadyPatron, NotConfigured, PatronageError, StripeResting
from members.patronage.forms import SupportForm
from members.patronage.models import Checkout, Gift
from members.patronage.showing import read_again, support_choices
from members.patronage.tiers import PAGE_KEY, Offers
from newsroom.lib.limits import THANKS, TooMany, Unavailable, count_against
from newsroom.lib.page_cache import note_keys, public_page
from newsroom.lib.requests import public_form
from newsroom.lib.row_keys import read_key

logger = structlog.get_logger(__name__)

LARGEST_EVENT = 512 * 1024  # bytes; Stripe's own are far smaller
SESSION_ID = re.compile(r"cs_[A-Za-z0-9_]{8,110}")


class SeeOther(HttpResponseRedirect):
    """303: what follows a POST is a GET, whatever the browser."""

    status_code = 303


@require_http_methods(["GET", "HEAD", "POST"])
@public_form
@guarded_checkout
@public_page
def support(request: HttpRequest) -> HttpResponse:
    note_keys(PAGE_KEY)
    request.translations = page_addresses("support")  # type: ignore[attr-defined]
    offers = Offers()
    if request.method == "POST":
        return _begin(request, offers)
    wanted = request.GET.get("currency", "").lower()
    currency = wanted if wanted in offers.currencies() else offers.currencies()[0]
    story = request.GET.get("story", "")
    typed = {"story": story} if read_key(story) else {}
    if wanted == currency:
        typed |= read_again(request.GET.get("as", ""), offers, currency)
    return render(request, "members/support.html", {**support_choices(offers, currency, typed), "errors": {}})


def page_addresses(name: str) -> dict[str, str]:
    """This page under each language's prefix, for the edition switch."""
    found = {}
    for code in settings.LANGUAGE_CODES:
        with translation.override(code):
            found[code] = reverse(f"members:{name}")
    return found


def _begin(request: HttpRequest, offers: Offers) -> HttpResponse:
    form = SupportForm(request.POST, offers=offers)
    if not form.is_valid() or form.money is None:
        return _show_again(request, form, status=422)
    if (answer := ask_first(request, summary=form.summary)) is not None:
        return answer
    language = get_language() or settings.LANGUAGE_CODE
    article_id = form.article_id
    try:
        address = open_checkout(
            member=request.user if isinstance(request.user, Member) else None,
            frequency=form.cleaned_data["frequency"], money=form.money, language=language,
            campaign=running_campaign(language) if article_id else None, article_id=article_id,
        )  # fmt: skip
    except AlreadyPatron as error:
        messages.info(request, str(error))
        return redirect("members:my-support")
    except PatronageError as error:
        is_resting = isinstance(error, StripeResting | NotConfigured)
        return _show_again(request, form, status=503 if is_resting else 422, sentence=str(error))
    return SeeOther(address)


def _show_again(request: HttpRequest, form: SupportForm, *, status: int, sentence: str = "") -> HttpResponse:
    """The same page with what was typed, and each error beside its field."""
    known = form.offers.currencies()
    currency = str(form.data.get("currency", "")).lower()
    typed = {key: str(value) for key, value in form.data.items()}
    errors = {name: " ".join(map(str, found)) for name, found in form.errors.items()}
    context = {
        **support_choices(form.offers, currency if currency in known else known[0], typed),
        "errors": errors,
        "form_error": sentence or errors.get("currency", ""),
    }
    return show_refused(request, "members/support.html", context, status=status)


def show_refused(request: HttpRequest, page: str, context: dict[str, Any], *, status: int) -> HttpResponse:
    """A public page with what one reader typed: kept nowhere. 503 says when to come back."""
    response = render(request, page, context, status=status)
    response.headers["Cache-Control"] = "no-store"
    if status == 503:
        response.headers["Retry-After"] = "60"
    return response


@require_safe
@never_cache
def thanks(request: HttpRequest) -> HttpResponse:
    """Says thank you at once, also while the webhook is late. The address proves nothing about who reads it: nobody is
    signed in, no address is shown."""
    session_id = request.GET.get("session", "")
    request.translations = page_addresses("support-thanks")  # type: ignore[attr-defined]
    checkout = None
    if SESSION_ID.fullmatch(session_id):
        checkout = _look_up(session_id)
    context = {
        "is_unknown": checkout is None or checkout.state in (Checkout.State.EXPIRED, Checkout.State.FAILED),
        "is_waiting": checkout is not None and checkout.state in (Checkout.State.NEW, Checkout.State.OPEN),
        "is_gift": checkout is not None and Gift.objects.filter(checkout=checkout).exists(),
        "is_once": checkout is not None and checkout.frequency == Checkout.Frequency.ONCE,
        "is_own": checkout is not None and checkout.member_id is not None and checkout.member_id == request.user.pk,
        "takes_codes": checkout is not None and checkout.takes_codes,
    }
    return render(request, "members/support_thanks.html", context)


def _look_up(session_id: str) -> Checkout | None:
    """Stripe is asked while it is not known how the checkout ended, a dozen times in ten minutes: whoever has the
    address could ask without end. Otherwise, while nothing can be counted or written, it is what our row says."""
    checkout = Checkout.objects.filter(stripe_id=session_id).first()
    if checkout is None:
        return None
    try:
        count_against(THANKS, session_id)
        return take_session(session_id)
    except (TooMany, Unavailable):
        return checkout
    except (PatronageError, OperationalError) as error:
        logger.warning("thanks_without_stripe", error=type(error).__name__)
        return Checkout.objects.filter(stripe_id=session_id).first()


@csrf_exempt
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    """Signed by Stripe or refused; no limit per network, since all events come from few addresses."""
    length = request.headers.get("Content-Length") or "0"
    if not (length.isascii() and length.isdecimal()):
        return HttpResponse("The length is no number.", status=400, content_type="text/plain")
    if len(length) > 9 or int(length) > LARGEST_EVENT:
        return HttpResponse("Too large.", status=413, content_type="text/plain")
    try:
        inbox.receive_event(request.body, request.headers.get("Stripe-Signature", ""))
    except inbox.Rejected as error:
        logger.warning("stripe_event_rejected", reason=str(error))
        return HttpResponse("The signature does not fit.", status=400, content_type="text/plain")
    return HttpResponse("", status=200, content_type="text/plain")
