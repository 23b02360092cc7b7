"""What every page has: its frame, its language, the policy that it goes out with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from urllib.parse import urlsplit

from .markup import Html, fill, render
from .texts import TEXTS, day


@dataclass(frozen=True)
class Page:
    status: int
    body: str
    kind: str = "text/html; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)


def language_of(asked: str | None, locale: str | None, headers: Message) -> str:
    """The reader's own choice first, then what the session fixes, then the browser's first preference."""
    if asked in TEXTS:
        return asked
    if locale not in (None, "auto"):
        return "en"
    first = headers.get("Accept-Language", "").split(",")[0].strip().lower()
    return "uk" if first.split("-")[0].split(";")[0] == "uk" else "en"


def as_page(
    title: str,
    content: Html,
    language: str,
    *,
    status: int = 200,
    kind: str = "form",
    go_to: tuple[str | None, ...] = (),
) -> Page:
    """`go_to` are addresses that a form may be redirected to: browsers check form-action on redirects too."""
    body = render(
        "base.html", language=language, title=title, kind=kind, banner=TEXTS[language]["banner"], content=content
    )
    parts = [urlsplit(address) for address in go_to if address]
    origins = sorted({f"{part.scheme}://{part.netloc}" for part in parts})
    form_action = " ".join(["'self'", *origins])
    policy = f"default-src 'none'; style-src 'self'; form-action {form_action}; base-uri 'none'; frame-ancestors 'none'"
    headers = {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "X-Content-Type-Options": "nosniff",
    }
    return Page(status, body, headers=headers)


def redirect(address: str) -> Page:
    return Page(303, "", headers={"Location": address})


def notice(language: str, name: str, *, status: int, link: tuple[str, str] | None = None) -> Page:
    words = TEXTS[language]
    anchor = fill('<p><a href="$href">$text</a></p>', href=link[0], text=words[link[1]]) if link else Html("")
    heading = words[f"{name}_title"]
    return as_page(
        heading, render("notice.html", heading=heading, message=words[name], link=anchor), language, status=status
    )


def other(language: str) -> str:
    return "en" if language == "uk" else "uk"


def problem_notice(language: str, word: str | None) -> Html:
    """A refusal in a word, as a person reads it; nothing for a word that is none."""
    words = TEXTS[language]
    if word is None:
        return Html("")
    reason = words[word] if word in REASONS else words["generic_decline"]
    return fill(
        '<div class="problem" role="alert"><h2>$heading</h2><p>$reason</p></div>',
        heading=words["failed"],
        reason=reason,
    )


REASONS = (
    "authentication", "authentication_required", "bad_card", "expired_card", "generic_decline", "incorrect_cvc",
    "insufficient_funds", "processing_error",
)  # fmt: skip


def show_day(moment: int, language: str) -> str:
    date = datetime.fromtimestamp(moment, UTC)
    return day(date.year, date.month, date.day, language)
