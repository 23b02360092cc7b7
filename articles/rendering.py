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

from articles.embedding import Player, find_player
from articles.footnoting import number_footnotes
from articles.models import Article, Image
from articles.pictures import picture_html
from articles.reading import pictures_by_id, stories_by_id
from articles.rich_text import PICTURE_SIZES, RELATED_LIMIT
from articles.sanitising import safe_body
from articles.tabulating import write_tables
from newsroom.lib.row_keys import read_key

# How wide each size of picture is shown, for the browser to choose a file.
SIZES = {
    "": "(min-width: 60rem) 920px, 100vw",
    "column": "(min-width: 45rem) 680px, 100vw",
    "wide": "(min-width: 80rem) 1240px, 100vw",
    "full": "100vw",
    "gallery": "(min-width: 60rem) 460px, 50vw",
}
_ATTRIBUTES = r'((?:[^">]|"[^"]*")*)'
_FIGURE = re.compile(rf"<figure\b{_ATTRIBUTES}>(.*?)</figure>", re.DOTALL)
_SECTION = re.compile(rf"<section\b{_ATTRIBUTES}>(.*?)</section>", re.DOTALL)
_RELATED = re.compile(r'<section class="related"[^>]*>(.*?)</section>', re.DOTALL)
_LINK = re.compile(rf"<a\b{_ATTRIBUTES}>(.*?)</a>", re.DOTALL)
_CAPTION = re.compile(r"<figcaption>(.*)</figcaption>", re.DOTALL)
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


def boxed_story_ids(body: str) -> set[int]:
    """The stories that the body's related boxes name: the list at its foot repeats none."""
    return {pk for box in _RELATED.finditer(body) for pk in story_ids(box[1])}


def render_body(body: str, named: Named, *, is_for_feed: bool = False) -> SafeString:
    """The body for a page; for a feed with whole addresses, plain pictures and no way to jump within the page."""
    writer = _Writer(named, is_for_feed)
    body = _SECTION.sub(writer.write_section, safe_body(body))
    body = _LINK.sub(writer.write_link, body)
    body = _FIGURE.sub(writer.write_figure, body)
    if not is_for_feed:
        body = write_tables(body)
    return mark_safe(number_footnotes(body, has_links=not is_for_feed))


@dataclass(frozen=True)
class _Writer:
    named: Named
    is_for_feed: bool

    def write_section(self, match: re.Match[str]) -> str:
        attributes = _read(match[1])
        if attributes.get("class") == "related":
            return self._related(attributes.get("data-heading") or _("Read also"), match[2])
        return self._gallery(match[2]) if attributes.get("class") == "gallery" else match[0]

    def write_figure(self, match: re.Match[str]) -> str:
        attributes, caption = _read(match[1]), _words_of_caption(match[2])
        if "data-image" in attributes:
            return self._picture(attributes, caption, attributes.get("data-size", ""))
        if "data-embed" in attributes:
            return _embed(attributes, caption, has_player=not self.is_for_feed)
        return match[0]

    def write_link(self, match: re.Match[str]) -> str:
        """A link to a story that is not published loses the link and keeps its words."""
        address = self._address(_read(match[1]))
        return _link(address, match[2]) if address else match[2]

    def _related(self, heading: str, entries: str) -> str:
        """The links that are left, own stories by today's headline; nothing at all when none is."""
        links = [self._entry(link) for link in _LINK.finditer(entries)]
        items = "".join(f"<li>{link}</li>" for link in links[:RELATED_LIMIT] if link)
        return f'<section class="related"><h2>{escape(heading)}</h2><ul>{items}</ul></section>' if items else ""

    def _entry(self, match: re.Match[str]) -> str:
        """A link that `write_link` has still to resolve."""
        attributes = _read(match[1])
        if "data-article" not in attributes:
            return match[0] if self._address(attributes) else ""
        story = self.named.stories.get(_as_id(attributes["data-article"]))
        return f'<a data-article="{story.pk}">{escape(story.headline)}</a>' if story else ""

    def _gallery(self, inside: str) -> str:
        """Its pictures share a size, whatever each had before it came in."""
        figures = ((_read(figure[1]), figure[2]) for figure in _FIGURE.finditer(inside))
        pictures = ((attributes, words) for attributes, words in figures if "data-image" in attributes)
        shown = "".join(
            self._picture(attributes, _words_of_caption(words), "gallery") for attributes, words in pictures
        )
        label = escape(_("Pictures"))
        return f'<section class="gallery" aria-label="{label}">{shown}</section>' if shown else ""

    def _address(self, attributes: Mapping[str, str]) -> str:
        """Where a link leads today; "" when it leads nowhere that a reader may go."""
        if "data-article" in attributes:
            story = self.named.stories.get(_as_id(attributes["data-article"]))
            return self._whole(story.get_absolute_url()) if story else ""
        href = attributes.get("href", "").strip()
        return self._whole(href) if _is_safe(href) else ""

    def _whole(self, address: str) -> str:
        return settings.SITE_URL + address if self.is_for_feed and address.startswith("/") else address

    def _picture(self, attributes: Mapping[str, str], caption: str, size: str) -> str:
        picture = self.named.pictures.get(_as_id(attributes["data-image"]))
        if picture is None:
            return ""
        alt = attributes.get("data-alt") or picture.alt
        sizes = SIZES.get(size, SIZES[""])
        shown = plain_picture(picture, alt) if self.is_for_feed else picture_html(picture, sizes=sizes, alt=alt)
        classes = f"image image--{size}" if size in PICTURE_SIZES else "image"
        return f'<figure class="{classes}">{shown}{_caption(picture, attributes, caption)}</figure>'


def _words_of_caption(inside: str) -> str:
    caption = _CAPTION.search(inside)
    return caption[1] if caption else ""


def _link(address: str, words: str) -> str:
    rel = ' rel="noopener"' if _is_elsewhere(address) else ""
    return f'<a href="{escape(address)}"{rel}>{words}</a>'


def plain_picture(picture: Image, alt: str | None = None) -> SafeString:
    """For those who read elsewhere: one file, its whole address, its measures."""
    return format_html(
        '<img src="{}" width="{}" height="{}" alt="{}">',
        whole_address(picture.file.url), picture.width, picture.height, picture.alt if alt is None else alt,
    )  # fmt: skip


def whole_address(address: str) -> str:
    """With our origin, unless the address (of media kept elsewhere) has one."""
    return settings.SITE_URL + address if address.startswith("/") and not address.startswith("//") else address


def _caption(picture: Image, attributes: Mapping[str, str], words: str) -> str:
    """What the story says of the picture, else what the library does; caption and credit each for itself."""
    said = words or escape(picture.caption)
    credit = attributes.get("data-credit") or picture.credit
    shown = format_html('<span class="credit">{}</span>', credit) if credit else ""
    return f"<figcaption>{said}{' ' if said and shown else ''}{shown}</figcaption>" if said or shown else ""


def _embed(attributes: Mapping[str, str], words: str, *, has_player: bool) -> str:
    """What is known of it in words, and a link. Nothing is fetched from third parties: the page's script builds the
    player from `data-player` when a reader asks for it."""
    address = attributes["data-embed"]
    player = find_player(address)
    if player is None:
        return ""
    said = f"<blockquote><p>{words}</p></blockquote>" if words else ""
    author = (
        format_html('<span class="embed-author">{}</span> ', name) if (name := attributes.get("data-author")) else ""
    )
    open_words = _("Open the PDF") if player.provider == "PDF" else _("Open on %(site)s") % {"site": player.provider}
    source = f"<figcaption>{author}{_link(address, escape(open_words))}</figcaption>"
    return f'<figure class="embed"{_player_data(player) if has_player else ""}>{said}{source}</figure>'


def _player_data(player: Player) -> str:
    """What the script needs, its words included: it knows no language."""
    if not player.address:
        return ""
    return format_html(
        ' data-player="{}" data-shape="{}" data-show="{}" data-notice="{}"',
        player.address,
        player.shape,
        _("Show it here"),
        _("%(site)s will learn that you are reading this.") % {"site": player.provider},
    )


def _read(attributes: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in _ATTRIBUTE.findall(attributes)}


def _as_id(text: str) -> int:
    return read_key(text) or 0


def _is_safe(address: str) -> bool:
    try:
        return bool(address) and urlsplit(address).scheme.lower() in _SCHEMES
    except ValueError:  # such as "http://[": not an address
        return False


def _is_elsewhere(address: str) -> bool:
    return address.startswith(("http:", "https:", "//")) and not address.startswith(settings.SITE_URL + "/")
