"""Making a body safe and regular, whichever way it came in: every verb calls `clean_body`, not only forms."""

from __future__ import annotations

import re
from html import escape, unescape
from html.parser import HTMLParser

import nh3

from articles.rich_text import allowlist, is_embed_url

MAX_ROUNDS = 6
VOID = frozenset({"br", "hr"})
BLOCKS = "p|h2|h3|li|blockquote|figcaption|aside|section|figure|ul|ol|table|tr|td|th|br|hr"
_WORD = re.compile(r"\w+(?:[’'ʼ-]\w+)*")
_ID = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
# What other programs write for the same thing.
_SYNONYMS = {"b": "strong", "i": "em", "h1": "h2", "h4": "h3", "h5": "h3", "h6": "h3", "div": "p"}
_SYNONYM = re.compile(rf"<(/?)({'|'.join(_SYNONYMS)})(?=[\s>/])", re.IGNORECASE)
_LONE_PARAGRAPH = re.compile(r"<li><p>((?:(?!</?(?:p|li|ul|ol)\b).)*)</p></li>", re.DOTALL)
_EMPTY_ENDS = re.compile(r"\A(?:\s|<p></p>|<p><br></p>)+|(?:\s|<p></p>|<p><br></p>)+\Z")


def clean_body(html: str) -> str:
    """The same text with only what `rich_text` declares: no script, handler, style or address of another kind, every
    `data-image`, `data-article` and `data-embed` valid. Idempotent."""
    cleaned = _SYNONYM.sub(lambda match: f"<{match[1]}{_SYNONYMS[match[2].lower()]}", html.replace("\0", ""))
    for _round in range(MAX_ROUNDS):
        before, cleaned = cleaned, _tidy(_cleaner.clean(cleaned))
        if cleaned == before:
            return cleaned
    # Markup so tangled that each reading differs: keep the words.
    return "".join(f"<p>{escape(line, quote=False)}</p>" for line in plain_text(cleaned).splitlines())


def plain_text(html: str) -> str:
    """The words, a line for each block."""
    spaced = re.sub(rf"</?(?:{BLOCKS})\b[^>]*>", "\n", html)
    lines = (" ".join(line.split()) for line in unescape(re.sub(r"<[^>]+>", "", spaced)).splitlines())
    return "\n".join(line for line in lines if line)


def word_count(html: str) -> int:
    return len(_WORD.findall(plain_text(html)))


def body_references(html: str) -> tuple[list[int], list[int]]:
    """Ids of the pictures and of the stories that a clean body refers to, each once, in order."""
    return _ids("data-image", html), _ids("data-article", html)


def _ids(attribute: str, html: str) -> list[int]:
    found = re.findall(rf'<[a-z]+\b[^<>]*?\b{attribute}="([1-9][0-9]{{0,17}})"', html)
    return [int(number) for number in dict.fromkeys(found)]


def _filter(tag: str, name: str, value: str) -> str | None:
    if name in ("data-image", "data-article"):
        return value if _ID.fullmatch(value) else None
    if name == "data-embed":
        return value if is_embed_url(value) else None
    if name in ("colspan", "rowspan", "start"):
        return value if _ID.fullmatch(value) and len(value) < 4 else None
    return value


def _make_cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(**allowlist(), attribute_filter=_filter, strip_comments=True)


_cleaner = _make_cleaner()


class _Tidier(HTMLParser):
    """Drops what the sanitiser left without a meaning: a figure of nothing, a link to nowhere, an aside that is no
    pull quote. Reads only what nh3 wrote, so tags are balanced."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.out: list[str] = []
        self.is_kept: list[bool] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kept = _keep(tag, {name: value or "" for name, value in attrs})
        if tag not in VOID:
            self.is_kept.append(kept is not None)
        if kept is not None:
            written = "".join(f' {name}="{escape(value)}"' for name, value in kept.items())
            self.out.append(f"<{tag}{written}>")

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and self.is_kept and self.is_kept.pop():
            self.out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.out.append(data)

    def handle_entityref(self, name: str) -> None:
        self.out.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.out.append(f"&#{name};")


def _keep(tag: str, attributes: dict[str, str]) -> dict[str, str] | None:
    """The attributes to write; None to unwrap the tag and keep its words."""
    match tag:
        case "figure" if "data-image" in attributes:
            return {"class": "image", "data-image": attributes["data-image"]}
        case "figure" if "data-embed" in attributes:
            return {"class": "embed", "data-embed": attributes["data-embed"]}
        case "aside" if attributes.get("class") == "pullquote":
            return {"class": "pullquote"}
        case "section" if attributes.get("class") == "related":
            return {"class": "related", "data-heading": attributes.get("data-heading", "")[:120]}
        case "a" if "data-article" in attributes:
            return {"data-article": attributes["data-article"]}
        case "a" if attributes.get("href"):
            return {"href": attributes["href"]}
        case "figure" | "aside" | "section" | "a":
            return None
    return {name: value for name, value in attributes.items() if name != "class"}


def _tidy(html: str) -> str:
    tidier = _Tidier()
    tidier.feed(html)
    tidier.close()
    regular = _LONE_PARAGRAPH.sub(r"<li>\1</li>", "".join(tidier.out))
    return _EMPTY_ENDS.sub("", regular.replace("<figcaption></figcaption>", ""))
