"""The newsletters' pages: the list, one with its archive, an edition on the web, confirming and leaving."""

from datetime import date

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from newsletters.addresses import network_hash
from newsletters.forms import SignupForm
from newsletters.models import Edition, Newsletter, Signup
from newsletters.showing import offered
from newsletters.signing_up import ask_signup, come_back, confirm_signups, leave, signups_of_token
from newsroom.lib.limits import SIGN_UP, UNSUBSCRIBE, limited
from newsroom.lib.page_cache import note_keys, public_page
from newsroom.lib.requests import client_address, public_form

SENT = (Edition.State.SENDING, Edition.State.SENT, Edition.State.STOPPED)


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE


@require_safe
@public_page
def newsletters(request: HttpRequest) -> HttpResponse:
    return render(request, "newsletters/newsletters.html", {"newsletters": offered(_language())})


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
@public_form
@limited(SIGN_UP)
def newsletter(request: HttpRequest, slug: str) -> HttpResponse:
    """What it is, how to get it, and what was sent; a POST asks for it."""
    row = get_object_or_404(Newsletter, language=_language(), slug=slug, is_active=True)
    note_keys(row.page_key, "newsletters")
    context = {"newsletter": row, "editions": _sent(row)}
    if request.method != "POST":
        return render(request, "newsletters/newsletter.html", context)
    form = SignupForm(request.POST)
    if not form.is_valid():
        refused = {"form_error": form.errors["email"][0], "email": request.POST.get("email", "")[:254]}
        return render(request, "newsletters/newsletter.html", context | refused, status=422)
    ask_signup(
        email=form.cleaned_data["email"],
        newsletters=[row],
        language=_language(),
        source=request.path,
        network_hash=network_hash(client_address(request)),
    )
    return redirect("newsletters:signup-asked", slug)


@require_safe
@public_page
def signup_asked(request: HttpRequest, slug: str) -> HttpResponse:
    """The same for every address, known or not."""
    row = get_object_or_404(Newsletter, language=_language(), slug=slug, is_active=True)
    note_keys(row.page_key, "newsletters")
    return render(request, "newsletters/asked.html", {"newsletter": row})


def _sent(newsletter: Newsletter) -> list[Edition]:
    rows = Edition.objects.filter(newsletter=newsletter, state__in=SENT).select_related("newsletter")
    return list(rows.order_by("-dated_on", "-number").defer("html", "text")[:50])


@require_safe
@public_page
def edition(request: HttpRequest, slug: str, day: date, number: int) -> HttpResponse:
    row = get_object_or_404(
        Edition.objects.select_related("newsletter"), newsletter__slug=slug, newsletter__language=_language(),
        dated_on=day, number=number, state__in=SENT,
    )  # fmt: skip
    note_keys(row.newsletter.page_key)
    items = row.items.select_related("article__lead_image", "article__section").order_by("position", "id")
    visible = [item for item in items if item.article.is_published()]
    note_keys(*(item.article.page_key for item in items))
    return render(request, "newsletters/edition.html", {"edition": row, "stories": visible})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@csrf_exempt  # the token in the address is the right to do this
def signup_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows a button, since scanners open links; POST confirms."""
    try:
        signups = signups_of_token(token)
    except signing.BadSignature:
        signups = []
    if not signups:
        return render(request, "newsletters/expired.html", status=410)
    if request.method == "POST":
        confirm_signups(signups=signups)
    page = "confirmed" if request.method == "POST" else "confirm"
    context = {"newsletter": signups[0].newsletter, "newsletters": [row.newsletter for row in signups]}
    return _without_referrer(render(request, f"newsletters/{page}.html", context))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@csrf_exempt  # mail programs post here with no cookie and no page of ours (RFC 8058)
@limited(UNSUBSCRIBE, lambda request: request.path)
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Leaves with one POST, undoes it with another; GET only asks. A second click is answered like the first."""
    signup = get_object_or_404(Signup.objects.select_related("newsletter"), token=token)
    if request.method == "POST":
        (come_back if "undo" in request.POST else leave)(signup=signup)
        signup.refresh_from_db(fields=["state"])
    page = "unsubscribed" if signup.state == Signup.State.LEFT else "unsubscribe"
    if "undo" in request.POST and signup.state == Signup.State.CONFIRMED:
        page = "confirmed"
    with translation.override(signup.newsletter.language):
        response = render(request, f"newsletters/{page}.html", {"newsletter": signup.newsletter})
    return _without_referrer(response)


def _without_referrer(response: HttpResponse) -> HttpResponse:
    """The address holds a token: it must not travel on with the next click."""
    response.headers["Referrer-Policy"] = "same-origin"
    return response
