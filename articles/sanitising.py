"""Making a body safe and regular, whichever way it came in: every verb calls `clean_body`, not only forms.

nh3 does what safety needs: it parses as a browser does and lets through only the tags, classes, attributes and schemes
that `rich_text` declares. `articles.tidying` then does what the declaration says beyond that: which part may stand in
which, and what makes each valid.
"""

from __future__ import annotations

import re
from html import escape, unescape

import nh3

from articles.embedding import is_embed_url
from articles.rich_text import CLASSES, PICTURE_SIZES, allowlist
from articles.tidying import tidy

MAX_ROUNDS = 8
MAX_LABEL = 500
BLOCKS = "p|h2|h3|li|blockquote|figcaption|aside|section|figure|ul|ol|table|tr|td|th|br|hr"
_WORD = re.compile(r"\w+(?:[’'ʼ-]\w+)*")
_ID = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}", re.ASCII)
_NOTE = re.compile(r'<small class="footnote">(.*?)</small>', re.DOTALL)
# What other programs write for the same thing.
_SYNONYMS = {"b": "strong", "i": "em", "h1": "h2", "h4": "h3", "h5": "h3", "h6": "h3", "div": "p"}
_SYNONYM = re.compile(rf"<(/?)({'|'.join(_SYNONYMS)})(?=[\s>/])", re.IGNORECASE)


def clean_body(html: str) -> str:
    """The same text with only what `rich_text` declares: no script, handler, style or address of another kind, every
    `data-image`, `data-article` and `data-embed` valid. Idempotent."""
    cleaned = _SYNONYM.sub(lambda match: f"<{match[1]}{_SYNONYMS[match[2].lower()]}", html.replace("\0", ""))
    for _round in range(MAX_ROUNDS):
        before, cleaned = cleaned, tidy(_cleaner.clean(cleaned))
        if cleaned == before:
            return cleaned
    # Markup so tangled that each reading differs: keep the words.
    return "".join(f"<p>{escape(line, quote=False)}</p>" for line in plain_text(cleaned).splitlines())


def safe_body(html: str) -> str:
    """For whoever shows a stored body: as it stands when every tag of it is one that `clean_body` could have written,
    else cleaned. So what came into the table past every verb (SQL, an expression, another program) shows no more than
    what came in by one; a pattern tells at a hundredth of a parser's cost."""
    return html if _WRITTEN_BY_US.fullmatch(html) else clean_body(html)


def plain_text(html: str) -> str:
    """The words, a line for each block; footnotes after the text, so that they part no sentence."""
    whole = "\n".join([_NOTE.sub("", html), *(note[1] for note in _NOTE.finditer(html))])
    spaced = re.sub(rf"</?(?:{BLOCKS})\b[^>]*>", "\n", whole)
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
    if name in ("data-alt", "data-author", "data-credit", "data-heading"):
        return " ".join(value.split())[:MAX_LABEL].strip() or None
    if name == "data-size":
        return value if value in PICTURE_SIZES else None
    if name == "lang":
        return value if tag in ("span", "em") and _LANGUAGE.fullmatch(value) else None
    if name in ("colspan", "rowspan", "start"):
        return value if _ID.fullmatch(value) and 1 < int(value) < 1000 else None
    return value


def _tags_of_ours() -> str:
    """A pattern of each tag with its own attributes, in the form in which `tidying` writes them."""
    allowed, written = allowlist(), []
    for tag in sorted(allowed["tags"]):
        values = dict.fromkeys(sorted(allowed["attributes"].get(tag, ())), '[^"<>]*')
        if "href" in values:
            values["href"] = r'(?:(?:https?|mailto|tel):|[/#])[^"<>]*'
        if tag in CLASSES:
            values["class"] = "|".join(sorted(CLASSES[tag]))
        attributes = "|".join(f'{name}="(?:{value})"' for name, value in values.items())
        written.append(f"{tag}(?: (?:{attributes}))*" if attributes else tag)
    return f"/(?:{'|'.join(sorted(allowed['tags']))})|{'|'.join(written)}"


def _make_cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(**allowlist(), attribute_filter=_filter, strip_comments=True)


_cleaner = _make_cleaner()
_WRITTEN_BY_US = re.compile(rf"[^<\0]*(?:<(?:{_tags_of_ours()})>[^<\0]*)*")
