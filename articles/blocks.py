"""A clean body as blocks (its top-level elements), and a block as words that know how they are set."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

from django.utils.translation import gettext as _

VOID = frozenset({"br", "hr"})
LINES = frozenset({"br", "li", "tr", "td", "th", "p", "figcaption"})
_PARTS = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True)
class Word:
    """A word, a space or a sign; or a thing that stands for itself, such as a picture."""

    text: str
    is_strong: bool = False
    is_stressed: bool = False
    leads_to: str = ""  # a link's address
    image_id: int | None = None


@dataclass
class Names:
    """What ids are called, for people."""

    images: Mapping[int, str] = field(default_factory=dict)
    stories: Mapping[int, str] = field(default_factory=dict)


def split_blocks(html: str) -> list[str]:
    """The top-level elements of a clean body, as they are written. Joined again they are the body."""
    splitter = _Splitter()
    splitter.feed(html)
    splitter.close()
    return splitter.finished()


def block_label(block: str) -> str:
    """What a block is, when it is no plain paragraph."""
    labels = {
        "h2": _("Heading"), "h3": _("Heading"), "blockquote": _("Quote"), "ul": _("List"), "ol": _("List"),
        "table": _("Table"), "aside": _("Pull quote"), "section": _("Related box"), "hr": _("Rule"),
    }  # fmt: skip
    found = re.match(r"<([a-z0-9]+)", block)
    return labels.get(found[1], "") if found else ""


def words_of(block: str, names: Names) -> list[Word]:
    reader = _Reader(names)
    reader.feed(block)
    reader.close()
    return reader.words


def words_in(text: str) -> list[Word]:
    """Those of plain text."""
    return [Word(part) for part in _PARTS.findall(text)]


def entries(texts: Iterable[str]) -> list[Word]:
    """A list of names as words: an entry is the same as another or it is not."""
    return [Word(text) for text in texts]


class _Splitter(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.blocks: list[str] = []
        self.open: list[str] = []
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.depth == 0 and self.open:
            self._close()
        self.open.append(self.get_starttag_text() or "")
        if tag not in VOID:
            self.depth += 1
        elif self.depth == 0:
            self._close()

    def handle_endtag(self, tag: str) -> None:
        self.open.append(f"</{tag}>")
        self.depth -= 1
        if self.depth == 0:
            self._close()

    def handle_data(self, data: str) -> None:
        self.open.append(data)

    def handle_entityref(self, name: str) -> None:
        self.open.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.open.append(f"&#{name};")

    def finished(self) -> list[str]:
        self._close()
        return self.blocks

    def _close(self) -> None:
        block = "".join(self.open)
        if block.strip():
            self.blocks.append(block)
        self.open = []


class _Reader(HTMLParser):
    def __init__(self, names: Names) -> None:
        super().__init__(convert_charrefs=True)
        self.names = names
        self.words: list[Word] = []
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag in LINES and self.words:
            self.words.append(Word("\n"))
        if tag not in VOID:
            self.tags.append(tag)
        if tag == "a":
            self.links.append(self._address(values))
        self._name_thing(values)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.tags:
            self.tags.reverse()
            self.tags.remove(tag)
            self.tags.reverse()
        if tag == "a" and self.links:
            self.links.pop()

    def handle_data(self, data: str) -> None:
        for part in _PARTS.findall(data):
            self.words.append(
                Word(
                    part,
                    is_strong="strong" in self.tags,
                    is_stressed="em" in self.tags,
                    leads_to=self.links[-1] if self.links else "",
                )
            )

    def _address(self, values: dict[str, str]) -> str:
        if values.get("data-article", "").isdecimal():
            number = int(values["data-article"])
            return _("story: %s") % self.names.stories.get(number, number)
        return values.get("href", "")

    def _name_thing(self, values: dict[str, str]) -> None:
        """What stands for itself: a picture by its title, an embed by its address, a box by its heading."""
        if values.get("data-image", "").isdecimal():
            number = int(values["data-image"])
            self.words.append(Word(_("picture: %s") % self.names.images.get(number, number), image_id=number))
        elif values.get("data-embed"):
            self.words.append(Word(values["data-embed"]))
        elif values.get("data-heading"):
            self.words += [*words_in(values["data-heading"]), Word("\n")]
