"""What the error pages say, in one table: Django answers with them, and the proxy shows the same from files while
Django does not answer."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class ErrorPage:
    """`sentence` says what to do; `is_search_useful` offers a way on where the address leads nowhere, and
    `is_sign_in_useful` where somebody else may pass."""

    title: Any
    sentence: Any
    is_search_useful: bool = False
    is_sign_in_useful: bool = False


PAGES = {
    400: ErrorPage(_("We could not read that"), _("Please go back and try once more.")),
    403: ErrorPage(
        _("This is not open to you"), _("If you think it should be, sign in or write to the newsroom."),
        is_sign_in_useful=True,
    ),
    404: ErrorPage(
        _("There is nothing at this address"),
        _("The story may have moved, or the address has a slip in it. The front page and the search may help."),
        is_search_useful=True,
    ),
    413: ErrorPage(
        _("That is too large to take"), _("Nothing was saved. Go back and send less: a picture may have up to 30 MB.")
    ),
    429: ErrorPage(
        _("A little slower, please"), _("That was a lot in a short time. Please wait a few minutes and try again.")
    ),
    500: ErrorPage(_("Something broke on our side"), _("It has been written down. Please try again in a few minutes.")),
    503: ErrorPage(
        _("Part of the site is resting"),
        _("Reading goes on; signing in and giving wait. Please try again in a few minutes."),
    ),
    507: ErrorPage(
        _("There is no room for this file"),
        _("The disk is full, so the file was not kept. Nothing else was changed. Please tell whoever runs this site."),
    ),
}  # fmt: skip
# What the proxy says while the application does not answer at all: what it kept can be read, this it had not.
NOBODY_ANSWERS = ErrorPage(
    PAGES[503].title,
    _("Most stories can still be read, but not this page just now. Please try again in a few minutes."),
)


def render_error(status: int, page: ErrorPage) -> str:
    """In the active language, without the site's own data: it must show while the database is down."""
    return render_to_string("errors/error.html", {"status": status, **vars(page)})


def write_error_pages(folder: Path) -> None:
    """`<language>/<status>.html` for the proxy. The static files must have been collected: pages name them."""
    for language in settings.LANGUAGE_CODES:
        (folder / language).mkdir(parents=True, exist_ok=True)
        with translation.override(language):
            for status, page in (PAGES | {503: NOBODY_ANSWERS}).items():
                (folder / language / f"{status}.html").write_text(render_error(status, page), encoding="utf-8")
