"""What other houses publish and a story may show: which addresses are taken, and the player that each stands for.

The list is the server's. Nothing is asked of these houses until a reader clicks; their players' origins stand in the
content policy (`newsroom.lib.header_policy.PLAYER_ORIGINS`), so that no other frame can open.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, quote, unquote_plus, urlencode, urlsplit


@dataclass(frozen=True)
class Player:
    """`address` is empty where only a link can be offered; `shape` is how much room the player takes."""

    provider: str
    address: str = ""
    shape: str = "post"


Maker = Callable[[SplitResult], str]

# Posts have to be shown by the instance that holds them, and the content policy can name only so many.
MASTODON_HOSTS = (
    "mastodon.social", "mastodon.online", "mstdn.social", "mas.to", "journa.host", "newsie.social", "fosstodon.org",
    "infosec.exchange", "social.network.europa.eu",
)  # fmt: skip
_DOMAIN = re.compile(r"(?:[\w-]+\.)+[^\W\d][\w-]+")  # without a port, a password, and no bare number


def find_player(url: str) -> Player | None:
    """What stands for this address; None when it may not be embedded at all."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.removeprefix("www.").removeprefix("m.")
    except ValueError:
        return None
    if re.search(r"[\s<>\"'\\]", url) or not (parts.scheme == "https" and host):
        return Player("PDF") if _is_own_pdf(url) else None
    if host == "google.com" and not parts.path.startswith("/maps"):
        return None
    if host in _PROVIDERS:
        provider, shape, make = _PROVIDERS[host]
        return Player(provider, make(parts), shape)
    if host in MASTODON_HOSTS:
        return Player("Mastodon", _mastodon(parts))
    if _DOMAIN.fullmatch(host) and _mastodon(parts):
        return Player("Mastodon")  # any other instance: its words and a link
    return Player("PDF") if parts.path.lower().endswith(".pdf") and "@" not in host else None


def is_embed_url(url: str) -> bool:
    return find_player(url) is not None


def _is_own_pdf(url: str) -> bool:
    return bool(re.fullmatch(r"/[\w%./-]+\.pdf", url, re.ASCII)) and not url.startswith("//")


def _found(pattern: str, text: str) -> str:
    match = re.search(pattern, text, re.ASCII)
    return match[1] if match else ""


def _youtube(parts: SplitResult) -> str:
    name = parse_qs(parts.query).get("v", [""])[0] or _found(r"^/(?:embed/|shorts/|live/)?([\w-]{6,20})$", parts.path)
    return f"https://www.youtube-nocookie.com/embed/{name}" if re.fullmatch(r"[\w-]{6,20}", name, re.ASCII) else ""


def _vimeo(parts: SplitResult) -> str:
    number = _found(r"/(\d+)(?:/\w+)?/?$", parts.path)
    return number and f"https://player.vimeo.com/video/{number}?dnt=1"


def _x(parts: SplitResult) -> str:
    number = _found(r"/status/(\d+)", parts.path)
    return number and f"https://platform.twitter.com/embed/Tweet.html?dnt=true&id={number}"


def _bluesky(parts: SplitResult) -> str:
    match = re.fullmatch(r"/profile/([\w.:-]+)/post/(\w+)/?", parts.path, re.ASCII)
    return f"https://embed.bsky.app/embed/{match[1]}/app.bsky.feed.post/{match[2]}" if match else ""


def _mastodon(parts: SplitResult) -> str:
    path = _found(r"^(/@[\w.@-]+/\d+)/?$", parts.path)
    return path and f"https://{parts.netloc}{path}/embed"


def _telegram(parts: SplitResult) -> str:
    path = _found(r"^/(?:s/)?(\w+/\d+)/?$", parts.path)
    return path and f"https://t.me/{path}?embed=1"


def _instagram(parts: SplitResult) -> str:
    path = _found(r"/((?:p|reel|tv)/[\w-]+)", parts.path)
    return path and f"https://www.instagram.com/{path}/embed/"


def _facebook(parts: SplitResult) -> str:
    kind = "video" if "/videos/" in parts.path or parts.path.startswith("/watch") else "post"
    shown = urlencode({"href": parts.geturl(), "show_text": "true"})
    return f"https://www.facebook.com/plugins/{kind}.php?{shown}" if len(parts.path) > 1 else ""


def _tiktok(parts: SplitResult) -> str:
    number = _found(r"/video/(\d+)", parts.path)
    return number and f"https://www.tiktok.com/embed/v2/{number}"


def _spotify(parts: SplitResult) -> str:
    path = _found(r"/((?:track|album|episode|show|playlist|artist)/\w+)/?$", parts.path)
    return path and f"https://open.spotify.com/embed/{path}"


def _soundcloud(parts: SplitResult) -> str:
    inner = parse_qs(parts.query).get("url", [""])[0] if parts.netloc.startswith("w.") else parts.geturl()
    return f"https://w.soundcloud.com/player/?{urlencode({'url': inner})}" if inner.startswith("https://") else ""


def _google_maps(parts: SplitResult) -> str:
    if parts.path == "/maps/embed" and parts.query:
        return f"https://www.google.com/maps/embed?{quote(parts.query, safe='=&!%:.,-_')}"
    place = _found(r"^/maps/(?:place|search)/([^/]+)", parts.path)
    return place and f"https://www.google.com/maps?{urlencode({'q': unquote_plus(place), 'output': 'embed'})}"


def _datawrapper(parts: SplitResult) -> str:
    path = _found(r"^/(\w{5}(?:/\d+)?)/?$", parts.path)
    return path and f"https://datawrapper.dwcdn.net/{path}/"


def _flourish(parts: SplitResult) -> str:
    path = _found(r"^/((?:visualisation|story)/\d+)", parts.path)
    return path and f"https://flo.uri.sh/{path}/embed"


_PROVIDERS: dict[str, tuple[str, str, Maker]] = {
    "youtube.com": ("YouTube", "wide", _youtube),
    "youtube-nocookie.com": ("YouTube", "wide", _youtube),
    "youtu.be": ("YouTube", "wide", _youtube),
    "vimeo.com": ("Vimeo", "wide", _vimeo),
    "player.vimeo.com": ("Vimeo", "wide", _vimeo),
    "x.com": ("X", "post", _x),
    "twitter.com": ("X", "post", _x),
    "bsky.app": ("Bluesky", "post", _bluesky),
    "t.me": ("Telegram", "post", _telegram),
    "instagram.com": ("Instagram", "tall", _instagram),
    "facebook.com": ("Facebook", "post", _facebook),
    "tiktok.com": ("TikTok", "tall", _tiktok),
    "open.spotify.com": ("Spotify", "audio", _spotify),
    "soundcloud.com": ("SoundCloud", "audio", _soundcloud),
    "w.soundcloud.com": ("SoundCloud", "audio", _soundcloud),
    "google.com": ("Google Maps", "wide", _google_maps),
    "maps.app.goo.gl": ("Google Maps", "wide", lambda parts: ""),
    "datawrapper.dwcdn.net": ("Datawrapper", "post", _datawrapper),
    "flo.uri.sh": ("Flourish", "post", _flourish),
}
PROVIDER_NAMES = tuple(dict.fromkeys([*(name for name, _shape, _make in _PROVIDERS.values()), "Mastodon", "PDF"]))
EMBED_HOSTS = frozenset({*_PROVIDERS, *MASTODON_HOSTS})
