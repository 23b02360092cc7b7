"""The newsletters' public pages: the list, one with its archive, an edition on the web."""

from datetime import date

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_safe

from newsletters.addresses import network_hash
from newsletters.composing import visible_items
from newsletters.forms import ChosenSignupForm, SignupForm
from newsletters.models import Edition, Newsletter
from newsletters.showing import offered
from newsletters.signing_up import ask_signup
from newsroom.lib.limits import SIGN_UP, limited
from newsroom.lib.page_cache import note_keys, public_page
from newsroom.lib.requests import client_address, public_form, split_address
from newsroom.lib.translations import translations_of

SENT = (Edition.State.SENDING, Edition.State.SENT, Edition.State.STOPPED)
ARCHIVE_LENGTH = 50


def _language() -> str:
    return get_language() or settings.LANGUAGE_CODE


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
@public_form
@limited(SIGN_UP)
def newsletters(request: HttpRequest) -> HttpResponse:
    """All that is offered in the page's language, to tick; a POST asks for them."""
    rows = offered(_language())
    form = ChosenSignupForm(request.POST if request.method == "POST" else None, language=_language())
    if request.method == "POST" and form.is_valid():
        return _ask(request, form, list(form.cleaned_data["newsletters"]))
    ticked = set(request.POST.getlist("newsletters"))  # nothing is ticked for the reader: consent is an act
    context = {"newsletters": [(row, str(row.pk) in ticked) for row in rows], "form": form}
    return render(request, "newsletters/newsletters.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
@public_form
@limited(SIGN_UP)
def newsletter(request: HttpRequest, slug: str) -> HttpResponse:
    """What it is, how to get it, and what was sent; a POST asks for it."""
    row = get_object_or_404(Newsletter, language=_language(), slug=slug, is_active=True)
    form = SignupForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return _ask(request, form, [row])
    note_keys(row.page_key, "newsletters")
    others = translations_of(row).filter(is_active=True)
    request.translations = {other.language: other.get_absolute_url() for other in (row, *others)}  # type: ignore[attr-defined]
    context = {"newsletter": row, "editions": _sent(row), "form": form}
    return render(request, "newsletters/newsletter.html", context, status=422 if form.is_bound else 200)


def _ask(request: HttpRequest, form: SignupForm, wanted: list[Newsletter]) -> HttpResponse:
    ask_signup(
        email=form.cleaned_data["email"],
        newsletters=wanted,
        language=_language(),
        source=_page_of(request),
        network_hash=network_hash(client_address(request)),
    )
    return redirect("newsletters:signup-asked")


def _page_of(request: HttpRequest) -> str:
    """The page that carried the form, which the proof of consent names: often a story."""
    page = split_address(request.headers.get("Referer", ""))
    return page.path if page.netloc == request.get_host() else request.path


@require_safe
@public_page
def signup_asked(request: HttpRequest) -> HttpResponse:
    """The same for every address, known or not."""
    return render(request, "newsletters/asked.html")


def _sent(newsletter: Newsletter) -> list[Edition]:
    rows = Edition.objects.filter(newsletter=newsletter, state__in=SENT).select_related("newsletter")
    return list(rows.order_by("-dated_on", "-number").defer("html", "text")[:ARCHIVE_LENGTH])


@require_safe
@public_page
def edition(request: HttpRequest, slug: str, day: date, number: int) -> HttpResponse:
    """The letter as a page of the site. A story that was taken down since is gone from it."""
    row = get_object_or_404(
        Edition.objects.select_related("newsletter").defer("html", "text"), newsletter__slug=slug,
        newsletter__language=_language(), dated_on=day, number=number, state__in=SENT,
    )  # fmt: skip
    note_keys(row.newsletter.page_key, *(f"story:{pk}" for pk in row.items.values_list("article_id", flat=True)))
    context = {"edition": row, "newsletter": row.newsletter, "items": visible_items(row)}
    return render(request, "newsletters/edition.html", context)
