"""What stands before a checkout: limits, and a step in between when more is to be known about whoever sends.

A view that opens checkouts takes two lines: `@guarded_checkout`, and before opening one, when the form is valid,
`if (answer := ask_first(request)) is not None: return answer`. On a calm day nothing is asked and nobody sees a step.
The step's page holds all that was typed as hidden fields and sends it to the same address again.
"""

import re
import secrets
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import wraps

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from members.accounts.models import Member
from members.patronage.defence import breaker, codes, tokens
from members.patronage.defence.check_page import MAIL, Step, show_check, wait_sentence
from members.patronage.defence.tokens import Token, TokenRefused, TokenSpent
from newsroom.lib.limits import (
    CHECKOUT,
    CHECKOUTS_OF_ADDRESS,
    CHECKOUTS_OF_BROWSER,
    CHECKOUTS_OF_NETWORK,
    CHECKOUTS_OF_NETWORK_A_DAY,
    CHECKOUTS_OF_SITE,
    Limit,
    TooMany,
    Unavailable,
    count_against,
    count_used,
)
from newsroom.lib.requests import View, client_network
from newsroom.lib.site_settings import site_settings

COOKIE = "checkout"
COOKIE_LASTS = tokens.OLDEST
BROWSER = re.compile(r"[A-Za-z0-9_-]{22}")
EASIEST, HARDEST = 17, 20  # bits of work: a fraction of a second on a phone, and some seconds
WARY_FROM = CHECKOUTS_OF_NETWORK.count // 2
SITE = "site"


class Level(IntEnum):
    """How much is asked: nothing, a second press of the button, a proof or a code."""

    CALM = 0
    CONFIRM = 1
    PROVE = 2


@dataclass(frozen=True)
class Visitor:
    """What a checkout is counted against. `browser` is known from its second time on, `address` when signed in or
    typed."""

    network: str
    browser: str
    is_known: bool
    address: str = ""


def guarded_checkout(view: View) -> View:
    """Counts whatever is posted per network, and turns each limit that is reached on the way into a page that keeps
    what was typed and says when to come back."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.method != "POST":
            return view(request, *args, **kwargs)
        request.checkout_visitor = visitor = _visitor_of(request)  # type: ignore[attr-defined]
        try:
            count_against(CHECKOUT, visitor.network)
            response = view(request, *args, **kwargs)
        except TooMany as error:
            step = Step.waiting(request, wait_sentence(error.seconds), seconds=error.seconds, status=429)
            response = show_check(request, step)
        except Unavailable as error:
            response = show_check(request, Step.waiting(request, str(error), seconds=60, status=503))
        _mark(response, visitor.browser)
        return response

    guarded.limit = CHECKOUT  # type: ignore[attr-defined]  # as `limited` has it
    return guarded


def ask_first(request: HttpRequest, *, summary: str = "", email: str = "") -> HttpResponse | None:
    """None when a checkout may be opened now, which it is counted as; else the page to answer with. `summary` says what
    was chosen, `email` is the payer's typed address where the form asks for one. Raises TooMany and Unavailable, which
    `guarded_checkout` answers."""
    visitor = request.checkout_visitor  # type: ignore[attr-defined]
    if email:
        visitor = replace(visitor, address=codes.plain_address(email))
    level = level_for(visitor)
    if level == Level.CALM:
        count_opening(visitor)
        return None
    step = Step(request=request, summary=summary, is_proving=level == Level.PROVE)
    return _check(request, visitor, step)


def level_for(visitor: Visitor) -> Level:
    """By the breaker, which is a row, and by what this network and the whole site have opened lately."""
    if breaker.open_breaker() is not None:
        return Level.PROVE
    of_site, most = count_used(CHECKOUTS_OF_SITE, SITE), _site_limit().count
    if of_site * 4 >= most * 3:
        return Level.PROVE
    is_wary = of_site * 2 >= most or count_used(CHECKOUTS_OF_NETWORK, visitor.network) >= WARY_FROM
    return Level.CONFIRM if is_wary else Level.CALM


def count_opening(visitor: Visitor) -> None:
    """One more checkout. Raises TooMany and Unavailable."""
    count_against(CHECKOUTS_OF_NETWORK, visitor.network)
    count_against(CHECKOUTS_OF_NETWORK_A_DAY, visitor.network)
    if visitor.is_known:
        count_against(CHECKOUTS_OF_BROWSER, visitor.browser)
    if visitor.address:
        count_against(CHECKOUTS_OF_ADDRESS, visitor.address)
    count_against(_site_limit(), SITE)


def _site_limit() -> Limit:
    return replace(CHECKOUTS_OF_SITE, count=site_settings().checkouts_at_once)


def _check(request: HttpRequest, visitor: Visitor, step: Step) -> HttpResponse | None:
    sent = request.POST.get("check_token", "")
    token = None
    try:
        if sent:
            token = tokens.read_token(sent, visitor.browser if visitor.is_known else "")
            if step.is_proving and request.POST.get("check_step") == MAIL:
                return _send_code(request, visitor, step, token)
            visitor = _pass(request, visitor, step, token)
            count_opening(visitor)
            tokens.spend(token)
            return None
    except TokenRefused as error:
        is_kept = _keeps(request, token) and not isinstance(error, TokenSpent)
        step = replace(step, sentence=str(error), status=422, token=token if is_kept else None)
    if step.token is None:
        step = replace(step, token=tokens.new_token(visitor.browser, bits=_bits(visitor) if step.is_proving else 0))
    return show_check(request, step)


def _keeps(request: HttpRequest, token: Token | None) -> bool:
    """After a wrong code the token stays, so that tries are counted and the mail's code is still good."""
    return token is not None and bool(token.code) and bool(request.POST.get("check_code"))


def _pass(request: HttpRequest, visitor: Visitor, step: Step, token: Token) -> Visitor:
    """Whoever passes, with the address that a code has proved. Raises TokenRefused, TooMany and Unavailable."""
    if step.is_proving and (code := request.POST.get("check_code", "")):  # read from a mail, however quickly
        email = request.POST.get("check_email", "")
        codes.check_code(token=token, email=email, code=code)
        return replace(visitor, address=visitor.address or codes.plain_address(email))
    tokens.refuse_haste(token)
    if not step.is_proving:
        return visitor
    if token.bits < EASIEST or not tokens.is_proof(token, request.POST.get("check_proof", "")):
        raise TokenRefused(_("Your browser did not finish the check. Press the button once more, or take the code."))
    return visitor


def _send_code(request: HttpRequest, visitor: Visitor, step: Step, token: Token) -> HttpResponse:
    email = request.POST.get("check_email", "").strip()
    step = replace(step, token=token)
    try:
        validate_email(email)
    except ValidationError:
        wrong = _("Please write the address that the code is to go to.")
        return show_check(request, replace(step, email_error=wrong, status=422))
    language = get_language() or settings.LANGUAGE_CODE
    token = codes.send_code(token=token, email=email, language=language, network=visitor.network)
    return show_check(request, replace(step, token=token))


def _bits(visitor: Visitor) -> int:
    """Each further checkout of a network doubles the work."""
    return min(HARDEST, EASIEST + count_used(CHECKOUTS_OF_NETWORK, visitor.network))


def _visitor_of(request: HttpRequest) -> Visitor:
    sent = request.COOKIES.get(COOKIE, "")
    is_known = bool(BROWSER.fullmatch(sent))
    address = request.user.email or "" if isinstance(request.user, Member) else ""
    return Visitor(
        network=client_network(request), browser=sent if is_known else secrets.token_urlsafe(16), is_known=is_known,
        address=codes.plain_address(address) if address else "",
    )  # fmt: skip


def _mark(response: HttpResponse, browser: str) -> None:
    """Says which browser it is, and opens nothing; only one that has sent a form of ours gets it."""
    response.set_cookie(
        COOKIE, browser, max_age=COOKIE_LASTS, secure=settings.SESSION_COOKIE_SECURE, httponly=True, samesite="Lax"
    )
