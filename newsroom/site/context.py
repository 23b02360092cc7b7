"""What every template may use. Nothing here depends on who reads: public pages are the same bytes for everybody."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from articles.menus import menu_links
from newsroom.lib.site_settings import shown_settings


def site(request: HttpRequest) -> dict[str, Any]:
    """`site`, `menus` and `languages`, read only where a template uses them."""
    language = get_language() or settings.LANGUAGE_CODE
    return {
        "site": SimpleLazyObject(lambda: shown_settings(language)),
        "site_url": settings.SITE_URL,
        "menus": SimpleLazyObject(lambda: menu_links(language)),
        "languages": SimpleLazyObject(lambda: _languages(request, language)),
        "LANGUAGE_CODE": language,
    }


def _languages(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    """The edition switch: this page where it exists under the other prefix; a view may put better addresses into
    `request.translations` ({"uk": "/uk/…/"}), else the other language's front."""
    known: dict[str, str] = getattr(request, "translations", {})
    return [
        {
            "code": code,
            "name": name,
            "url": known.get(code) or ("/" if code == settings.LANGUAGE_CODE else f"/{code}/"),
            "is_current": code == current,
        }
        for code, name in settings.LANGUAGES
    ]
