"""The one declaration of what a body may hold. It feeds the editor and the sanitiser, so that what can be typed is
what survives.

The names on the left are the editor's extensions (TipTap); the library knows what HTML its own make, and for ours,
which live in static/articles/editor/, the HTML stands here.
"""

from typing import Any
from urllib.parse import urlsplit

from django_prose_editor.config import allowlist_from_extensions

# The editor's own. TextAlign and TextClass are left out: they emit inline style, which the public site's policy drops.
BUILT_IN: dict[str, Any] = {
    "Bold": True,
    "Italic": True,
    "Heading": {"levels": [2, 3]},
    "Blockquote": True,
    "BulletList": True,
    "OrderedList": {"enableListAttributes": False},
    "ListItem": True,
    "HardBreak": True,
    "HorizontalRule": True,
    "Link": {"enableTarget": False, "protocols": ["http", "https", "mailto", "tel"], "autolink": False},
    "Table": {"resizable": False},
    "TableRow": True,
    "TableHeader": True,
    "TableCell": True,
}

# Ours: the HTML each makes, as {tag: attributes}.
OWN: dict[str, dict[str, set[str]]] = {
    "Pullquote": {"aside": set()},
    "Picture": {"figure": {"data-image"}, "figcaption": set()},
    "Embed": {"figure": {"data-embed"}},
    "RelatedBox": {"section": {"data-heading"}},
    "StoryLink": {"a": {"data-article"}},
    "PlainPaste": {},
}

CLASSES: dict[str, set[str]] = {"aside": {"pullquote"}, "figure": {"image", "embed"}, "section": {"related"}}

MENU_GROUPS = [
    {"group": "blockType -lists", "type": "dropdown", "minItems": 2},
    {"group": "marks"},
    {"group": "link"},
    {"group": "lists"},
    {"group": "nodes -blockType -lists"},
    {"group": "ours"},
    {"group": "table"},
    {"group": "history"},
]

# What a player may be built for; anything else stays a link.
EMBED_HOSTS = frozenset(
    {"youtube.com", "www.youtube.com", "youtu.be", "vimeo.com", "player.vimeo.com", "soundcloud.com"}
    | {"w.soundcloud.com", "datawrapper.dwcdn.net", "flo.uri.sh"}
)


def editor_extensions() -> dict[str, Any]:
    """The editor's configuration, ours included."""
    return {**BUILT_IN, **dict.fromkeys(OWN, True), "Menu": {"groups": MENU_GROUPS}}


def allowlist() -> dict[str, Any]:
    """The sanitiser's configuration (keyword arguments of nh3.clean)."""
    allowed = allowlist_from_extensions(BUILT_IN)
    for tags in OWN.values():
        for tag, attributes in tags.items():
            allowed["tags"].add(tag)
            allowed["attributes"].setdefault(tag, set()).update(attributes)
    allowed["attributes"]["a"] -= {"rel", "title", "target"}  # the page decides those when it is rendered
    allowed["allowed_classes"] = CLASSES
    return allowed


def is_embed_url(url: str) -> bool:
    """An https address at a host that we can build a player for."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and parts.netloc in EMBED_HOSTS
