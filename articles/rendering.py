"""A stored body as readers get it.

Bodies name pictures and stories by id, so that a moved file or a changed address needs no rewriting. Here the ids
become what they stand for now: pictures in their renditions, links at today's addresses. What is not published
disappears without a trace.

A body was cleaned by `articles.sanitising` on its way in, which writes every tag in one canonical form (lower case,
attributes in double quotes). That is what makes a tag findable by pattern, at a tenth of a parser's cost; addresses
and ids are checked again all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from articles.models import Article, Image
from articles.pictures import picture_html
from articles.reading import pictures_by_id, stories_by_id

BODY_SIZES = "(min-width: 45rem) 680px, 100vw"
_ATTRIBUTES = r'((?:[^">]|"[^"]*")*)'
_FIGURE = re.compile(rf"<figure\b{_ATTRIBUTES}>(.*?)</figure>", re.DOTALL)
_RELATED = re.compile(rf"<section\b{_ATTRIBUTES}>(.*?)</section>", re.DOTALL)
_LINK = re.compile(rf"<a\b{_ATTRIBUTES}>(.*?)</a>", re.DOTALL)
_CAPTION = re.compile(rf"<figcaption\b{_ATTRIBUTES}>.*</figcaption>", re.DOTALL)
_ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
_NAMED_PICTURE = re.compile(r'\bdata-image="(\d{1,18})"')
_NAMED_STORY = re.compile(r'\bdata-article="(\d{1,18})"')
_SCHEMES = ("", "http", "https", "mailto", "tel")


@dataclass(frozen=True)
class Named:
    """What bodies name, as far as a reader may see it: pictures and published stories by id."""

    pictures: Mapping[int, Image] = field(default_factory=dict)
    stories: Mapping[int, Article] = field(default_factory=dict)


def picture_ids(body: str) -> set[int]:
    return {int(found) for found in _NAMED_PICTURE.findall(body)}


def story_ids(body: str) -> set[int]:
    return {int(found) for found in _NAMED_STORY.findall(body)}


def named_keys(named: Named) -> set[str]:
    """The page keys of what bodies name."""
    pictures = {picture.page_key for picture in named.pictures.values()}
    return pictures | {story.page_key for story in named.stories.values()}


def load_named(bodies: Iterable[str]) -> Named:
    """All that these bodies name, in two queries at most."""
    text = "".join(bodies)
    return Named(pictures_by_id(picture_ids(text)), stories_by_id(story_ids(text)))


def render_body(body: str, named: Named, *, is_for_feed: bool = False) -> SafeString:
    """The body for a page; for a feed with whole addresses and plain pictures."""
    writer = _Writer(named, is_for_feed)
    body = _LINK.sub(writer.write_link, body)
    body = _FIGURE.sub(writer.write_figure, body)
    return mark_safe(_RELATED.sub(_write_related, body))


@dataclass(frozen=True)
class _Writer:
    named: Named
    is_for_feed: bool

    def write_figure(self, match: re.Match[str]) -> str:
        attributes = _read(match[1])
        caption = _CAPTION.search(match[2])
        words = caption[0] if caption else ""
        if "data-image" in attributes:
            return self._picture(attributes["data-image"], words)
        if "data-embed" in attributes:
            return _embed(attributes["data-embed"], words)
        return match[0]

    def write_link(self, match: re.Match[str]) -> str:
        """A link to a story that is not published loses the link and keeps its words."""
        address = self._address(_read(match[1]))
        if not address:
            return match[2]
        rel = ' rel="noopener"' if _is_elsewhere(address) else ""
        return f'<a href="{escape(address)}"{rel}>{match[2]}</a>'

    def _address(self, attributes: Mapping[str, str]) -> str:
        """Where a link leads today; "" when it leads nowhere that a reader may go."""
        if "data-article" in attributes:
            story = self.named.stories.get(_as_id(attributes["data-article"]))
            return self._whole(story.get_absolute_url()) if story else ""
        href = attributes.get("href", "").strip()
        return self._whole(href) if _is_safe(href) else ""

    def _whole(self, address: str) -> str:
        return settings.SITE_URL + address if self.is_for_feed and address.startswith("/") else address

    def _picture(self, name: str, caption: str) -> str:
        picture = self.named.pictures.get(_as_id(name))
        if picture is None:
            return ""
        shown = plain_picture(picture) if self.is_for_feed else picture_html(picture, sizes=BODY_SIZES)
        return f'<figure class="image">{shown}{caption or _own_caption(picture)}</figure>'


def _write_related(match: re.Match[str]) -> str:
    """The box's own heading over the links that are left; nothing at all when none is."""
    attributes = _read(match[1])
    if attributes.get("class") != "related":
        return match[0]
    entries = "".join(f"<li>{link[0]}</li>" for link in _LINK.finditer(match[2]))
    if not entries:
        return ""
    heading = attributes.get("data-heading") or _("Read also")
    return f'<section class="related"><h2>{escape(heading)}</h2><ul>{entries}</ul></section>'


def plain_picture(picture: Image) -> SafeString:
    """For those who read elsewhere: one file, its whole address, its measures."""
    return format_html(
        '<img src="{}" width="{}" height="{}" alt="{}">',
        whole_address(picture.file.url), picture.width, picture.height, picture.alt,
    )  # fmt: skip


def whole_address(address: str) -> str:
    """With our origin, unless the address (of media kept elsewhere) has one."""
    return settings.SITE_URL + address if address.startswith("/") and not address.startswith("//") else address


def _own_caption(picture: Image) -> str:
    if not picture.caption and not picture.credit:
        return ""
    credit = format_html(' <span class="credit">{}</span>', picture.credit) if picture.credit else ""
    return format_html("<figcaption>{}{}</figcaption>", picture.caption, credit)


def _embed(address: str, caption: str) -> str:
    """A quiet link in place of a player: nothing is fetched from third parties."""
    if urlsplit(address).scheme != "https":
        return ""
    host = (urlsplit(address).hostname or "").removeprefix("www.")
    words = _("Open on %(host)s") % {"host": host}
    link = format_html('<p><a href="{}" rel="noopener">{}</a></p>', address, words)
    return f'<figure class="embed">{link}{caption}</figure>'


def _read(attributes: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in _ATTRIBUTE.findall(attributes)}


def _as_id(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0


def _is_safe(address: str) -> bool:
    try:
        return bool(address) and urlsplit(address).scheme.lower() in _SCHEMES
    except ValueError:  # such as "http://[": not an address
        return False


def _is_elsewhere(address: str) -> bool:
    return address.startswith(("http:", "https:", "//")) and not address.startswith(settings.SITE_URL + "/")
