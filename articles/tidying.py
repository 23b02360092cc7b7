"""The second half of the sanitiser: our own parts whole, valid and in their places, every tag in one canonical form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser

from articles.rich_text import INSIDE, RELATED_LIMIT

VOID = frozenset({"br", "hr"})
MAX_HEADING = 120
_PICTURE = ("data-image", "data-size", "data-alt", "data-credit")
_LONE_PARAGRAPH = re.compile(r"<li><p>((?:(?!</?(?:p|li|ul|ol)\b).)*)</p></li>", re.DOTALL)
_EMPTY_ENDS = re.compile(r"\A(?:\s|<p></p>|<p><br></p>)+|(?:\s|<p></p>|<p><br></p>)+\Z")
_NOTHING = re.compile(
    r'<figcaption></figcaption>|<small class="footnote">\s*</small>|<section class="gallery">\s*</section>'
)
_BOX = re.compile(r'<section class="related"[^>]*>(.*?)</section>', re.DOTALL)


def tidy(html: str) -> str:
    """`html` as nh3 wrote it, without what has no meaning: a figure of nothing, a link to nowhere, an aside that is no
    pull quote, a part inside one that cannot hold it. Words stay."""
    tidier = _Tidier()
    tidier.feed(html)
    tidier.close()
    regular = _LONE_PARAGRAPH.sub(r"<li>\1</li>", "".join(tidier.out))
    return _EMPTY_ENDS.sub("", _BOX.sub(_limit_box, _NOTHING.sub("", regular)))


def _limit_box(match: re.Match[str]) -> str:
    """A box with no entry, or with more than a box takes, is a plain list: no words are lost."""
    return match[0] if 1 <= match[1].count("<li>") <= RELATED_LIMIT else match[1]


@dataclass(frozen=True)
class _Open:
    kind: str  # the tag, or what our own part is called in INSIDE; empty for one that was dropped
    end: str


class _Tidier(HTMLParser):
    """Reads only what nh3 wrote, so tags are balanced."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.out: list[str] = []
        self.open: list[_Open] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kind, kept = _read(tag, {name: value or "" for name, value in attrs})
        if not self._fits(kind):
            kind = ""
        begin, end = _write(tag, kept) if kind else ("", "")
        self.out.append(begin)
        if tag not in VOID:
            self.open.append(_Open(kind, end))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and self.open:
            self.out.append(self.open.pop().end)

    def _fits(self, kind: str) -> bool:
        return all(kind in INSIDE.get(outer.kind, (kind,)) for outer in self.open)

    def handle_data(self, data: str) -> None:
        self.out.append(data)

    def handle_entityref(self, name: str) -> None:
        self.out.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.out.append(f"&#{name};")


def _write(tag: str, attributes: dict[str, str]) -> tuple[str, str]:
    """The tag's beginning and end. Emphasis in a foreign language is a foreign word with emphasis."""
    if tag == "em" and "lang" in attributes:
        return f'<span lang="{escape(attributes["lang"])}"><em>', "</em></span>"
    written = "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())
    return f"<{tag}{written}>", f"</{tag}>" if tag not in VOID else ""


def _read(tag: str, attributes: dict[str, str]) -> tuple[str, dict[str, str]]:
    """What the element is and the attributes to write; it is nothing ("") when only its words are to stay."""
    name = attributes.get("class", "")
    match tag:
        case "figure" if "data-image" in attributes:
            return "image", {"class": "image"} | _only(attributes, *_PICTURE)
        case "figure" if "data-embed" in attributes:
            return "embed", {"class": "embed"} | _only(attributes, "data-embed", "data-author")
        case "section" if name == "related":
            return "related", {"class": name, "data-heading": attributes.get("data-heading", "")[:MAX_HEADING].strip()}
        case "a" if "data-article" in attributes:
            return "a", _only(attributes, "data-article")
        case "a" if attributes.get("href"):
            return "a", _only(attributes, "href")
        case "span" if "lang" in attributes:
            return "span", _only(attributes, "lang")
        case "aside" | "section" | "small" if name:
            return name, {"class": name}
        case "figure" | "aside" | "section" | "small" | "a" | "span":
            return "", {}
    return tag, {key: value for key, value in attributes.items() if key != "class"}


def _only(attributes: dict[str, str], *names: str) -> dict[str, str]:
    return {name: attributes[name] for name in names if name in attributes}
