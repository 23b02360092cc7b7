"""What a link in a mail opens: confirming and leaving. The token in the address speaks for the reader, so these pages
work without signing in, are never stored and do not pass their address on."""

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from newsletters.models import Signup
from newsletters.signing_up import come_back, confirm_signups, leave, signups_of_token
from newsroom.lib.limits import CONFIRM, UNSUBSCRIBE, count_if_up


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@csrf_exempt  # the token in the address is the right to do this
def signup_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows a button, since scanners open links; POST confirms."""
    try:
        signups = signups_of_token(token)
    except signing.BadSignature:
        signups = []
    if request.method == "POST" and signups:
        count_if_up(CONFIRM, token)
        confirm_signups(signups=signups)
    context = {"signups": signups, "is_expired": not signups, "is_done": request.method == "POST"}
    response = render(request, "newsletters/confirm.html", context, status=200 if signups else 410)
    return _without_referrer(response)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@csrf_exempt  # mail programs post here with no cookie and no page of ours (RFC 8058)
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Leaves with one POST, undoes it with another; GET only asks. A second click is answered like the first."""
    signup = get_object_or_404(Signup.objects.select_related("newsletter"), token=token)
    wants_back = request.method == "POST" and "undo" in request.POST
    if request.method == "POST":
        count_if_up(UNSUBSCRIBE, token)  # no provider asks twice
        (come_back if wants_back else leave)(signup=signup)
        signup.refresh_from_db(fields=["state"])
    has_left = signup.state == Signup.State.LEFT
    context = {"signup": signup, "newsletter": signup.newsletter, "has_left": has_left, "is_back": wants_back}
    language = signup.newsletter.language
    with translation.override(language):
        response = render(request, "newsletters/unsubscribe.html", context)
    response.headers["Content-Language"] = language
    return _without_referrer(response)


def _without_referrer(response: HttpResponse) -> HttpResponse:
    response.headers["Referrer-Policy"] = "same-origin"
    return response
