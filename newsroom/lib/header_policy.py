"""The one declaration of security headers. Django sends them; the proxy's configuration is made from the same.

The public site is strict: nothing inline, nothing from third parties. The desk (django-unfold, Alpine) needs
`unsafe-eval` and inline styles, and has its own policy.
"""

from collections.abc import Sequence
from typing import Any

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # `no-referrer` would turn Origin into `null` and break the guard on public forms.
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), interest-cohort=()",
}
HSTS = "max-age=31536000; includeSubDomains"

# Whose players a reader may open in a story, by a click; `articles.embedding` makes their addresses.
PLAYER_ORIGINS = (
    "https://www.youtube-nocookie.com", "https://player.vimeo.com", "https://platform.twitter.com",
    "https://embed.bsky.app", "https://t.me", "https://www.instagram.com", "https://www.facebook.com",
    "https://www.tiktok.com", "https://open.spotify.com", "https://w.soundcloud.com", "https://www.google.com/maps",
    "https://www.google.com/maps/", "https://datawrapper.dwcdn.net", "https://flo.uri.sh", "https://mastodon.social",
    "https://mastodon.online", "https://mstdn.social", "https://mas.to", "https://journa.host",
    "https://newsie.social", "https://fosstodon.org", "https://infosec.exchange", "https://social.network.europa.eu",
)  # fmt: skip

SELF = "'self'"
NONE = "'none'"


def public_policy(checkout_origins: Sequence[str]) -> dict[str, Sequence[str]]:
    """Content-Security-Policy of the public site. `form-action` must name the checkout's origin: browsers apply it to
    the redirect that follows a POST."""
    return {
        "default-src": [NONE],
        "base-uri": [NONE],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF, *checkout_origins],
        "frame-ancestors": [NONE],
        "frame-src": [*PLAYER_ORIGINS],
        "img-src": [SELF, "data:"],
        "manifest-src": [SELF],
        "media-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
    }


def desk_policy() -> dict[str, Sequence[Any]]:
    """Content-Security-Policy under /admin/; the nonce serves the editor's import map. It stands in for the public one
    directive by directive, so each that is declared there is declared here. Frames: our own previews, and the players
    within them."""
    from csp.constants import NONCE

    return {
        "default-src": [SELF],
        "base-uri": [SELF],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [SELF],
        "frame-src": [SELF, *PLAYER_ORIGINS],
        "img-src": [SELF, "data:", "blob:"],
        "manifest-src": [SELF],
        "media-src": [SELF],
        "object-src": [NONE],
        "script-src": [SELF, NONCE, "'unsafe-eval'"],
        "style-src": [SELF, "'unsafe-inline'"],
    }
