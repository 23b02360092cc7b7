"""Where the letter about a double support leads to: what runs, and two buttons. The token in the address speaks for the
second one's owner, as the letter went to that address alone."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from members.patronage.doubles import State, find_double, surplus_of
from members.patronage.errors import PatronageError
from members.patronage.models import Double
from members.patronage.repairing import keep_both, repair_double, returned, returning, still_coming
from newsroom.lib.limits import CHANGE_SUPPORT, limited
from newsroom.lib.money import Money
from newsroom.lib.requests import public_form


def _token_key(request: HttpRequest) -> str:
    return f"double:{request.path}"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@public_form
@limited(CHANGE_SUPPORT, _token_key)
def double(request: HttpRequest, token: str) -> HttpResponse:
    """A GET changes nothing, so that a mail scanner may follow the letter's link."""
    pair = find_double(token)
    if pair is None:
        raise Http404
    sentence = ""
    if request.method == "POST":
        pair, sentence = _decide(request, pair)
    surplus = pair.ended or surplus_of(pair)
    context = {
        "double": pair, "first": pair.first, "second": pair.second, "surplus": surplus, "sentence": sentence,
        "is_younger": surplus == pair.second, "back": _back(pair), "coming": still_coming(pair),
        "state": State(pair.state),
    }  # fmt: skip
    return render(request, "members/double.html", context)


def _decide(request: HttpRequest, pair: Double) -> tuple[Double, str]:
    owner = pair.second.member
    try:
        if "keep" in request.POST:
            return keep_both(pair=pair, actor=owner), ""
        return repair_double(pair=pair, actor=owner), ""
    except PatronageError as error:
        pair.refresh_from_db()
        return pair, str(error)


def _back(pair: Double) -> Money | None:
    """What would go back, or went."""
    if pair.state == State.REPAIRED:
        return returned(pair)
    total = sum(left.amount for _payment, left in returning(pair))
    return Money(total, pair.second.currency) if total else None
