"""The uncached page between a form and its checkout: what was typed as hidden fields, and what is asked."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import ngettext

from members.patronage.defence.tokens import YOUNGEST, Token
from members.patronage.showing import has_other_ways

MAIL = "mail"  # the step that asks for a code
PREFIX = "check_"
MOST_FIELDS, LONGEST = 60, 2000


@dataclass(frozen=True)
class Step:
    """What the page asks for. `sentence` says why it is shown again, `seconds` when to come back."""

    request: HttpRequest
    summary: str = ""
    is_proving: bool = False
    token: Token | None = None
    sentence: str = ""
    email_error: str = ""
    status: int = 200
    seconds: int = 0

    @classmethod
    def waiting(cls, request: HttpRequest, sentence: str, *, seconds: int, status: int) -> Step:
        return cls(request=request, sentence=sentence, seconds=seconds, status=status)


def show_check(request: HttpRequest, step: Step) -> HttpResponse:
    post = request.POST
    context = {
        "action": request.path, "summary": step.summary, "sentence": step.sentence, "is_waiting": step.seconds > 0,
        "is_proving": step.is_proving, "typed": typed_fields(request, with_check=step.seconds > 0),
        "token": str(step.token or ""), "key": step.token.key if step.token else "",
        "bits": step.token.bits if step.token else 0, "is_code_sent": bool(step.token and step.token.code),
        "email": post.get("check_email", "") or getattr(request.user, "email", "") or "",
        "email_error": step.email_error, "wait_ms": YOUNGEST * 1000, "mail_step": MAIL,
        "has_other_ways": has_other_ways(),
    }  # fmt: skip
    response = render(request, "members/checkout_check.html", context, status=step.status)
    response.headers["Cache-Control"] = "no-store"
    if step.seconds:
        response.headers["Retry-After"] = str(step.seconds)
    return response


def typed_fields(request: HttpRequest, *, with_check: bool) -> list[tuple[str, str]]:
    """All that was sent, to be sent again; of the check itself only where the same press is to be repeated."""
    pairs = [(name, value) for name, values in request.POST.lists() for value in values]
    wanted = [(name, value) for name, value in pairs if with_check or not name.startswith(PREFIX)]
    return [(name, value) for name, value in wanted[:MOST_FIELDS] if len(value) <= LONGEST]


def wait_sentence(seconds: int) -> str:
    if seconds > 90 * 60:
        hours = ceil(seconds / 3600)
        return ngettext(
            "That was a lot in a short time. Please come back in %(n)s hour.",
            "That was a lot in a short time. Please come back in %(n)s hours.", hours,
        ) % {"n": hours}  # fmt: skip
    minutes = max(1, ceil(seconds / 60))
    return ngettext(
        "That was a lot in a short time. Please come back in %(n)s minute.",
        "That was a lot in a short time. Please come back in %(n)s minutes.", minutes,
    ) % {"n": minutes}  # fmt: skip
