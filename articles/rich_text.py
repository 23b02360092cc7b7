"""The one declaration of what a body may hold. It feeds the editor and the sanitiser, so that what can be typed is
what survives.

The names on the left are the editor's extensions (TipTap); the library knows what HTML its own make, and for ours,
which live in static/articles/editor/, the HTML stands here.
"""

from typing import Any

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
    "Picture": {"figure": {"data-image", "data-size", "data-alt", "data-credit"}, "figcaption": set()},
    "Gallery": {"section": set()},
    "Embed": {"figure": {"data-embed", "data-author"}, "figcaption": set()},
    "RelatedBox": {"section": {"data-heading"}},
    "Footnote": {"small": set()},
    "Foreign": {"span": {"lang"}, "em": {"lang"}},
    "StoryLink": {"a": {"data-article"}},
    "TableHeads": {},
    "Leaving": {},
    "CleanPaste": {},
    "Toolbar": {},
    "WordCount": {},
}

CLASSES: dict[str, set[str]] = {
    "aside": {"pullquote"},
    "figure": {"image", "embed"},
    "section": {"related", "gallery"},
    "small": {"footnote"},
}

# A picture stands 920 pixels wide where there is room, unless the writer chose otherwise.
PICTURE_SIZES = ("column", "wide", "full")
RELATED_LIMIT = 12
# In the story's own language, so not translated with the desk's.
RELATED_HEADINGS = {"en": ["Read also", "Related"], "uk": ["Читайте також", "Більше про це"]}

# What may stand inside our own parts, however deep; what is not named here takes whatever the editor takes.
INLINE = frozenset({"strong", "em", "a", "br", "span", "footnote"})
INSIDE: dict[str, frozenset[str]] = {
    "pullquote": INLINE | {"p"},
    "image": INLINE | {"figcaption"},
    "embed": INLINE | {"figcaption"},
    "gallery": INLINE | {"image", "figcaption"},
    "related": INLINE - {"footnote"} | {"ul", "ol", "li", "p"},
    "figcaption": INLINE,
    "footnote": INLINE - {"footnote", "br"},
}

# No dropdown: the library's cannot be opened by keyboard.
MENU_GROUPS = [
    {"group": "blockType -lists"},
    {"group": "marks"},
    {"group": "link"},
    {"group": "lists"},
    {"group": "nodes -blockType -lists"},
    {"group": "ours"},
    {"group": "table"},
    {"group": "history"},
    {"group": "help"},
]


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
    allowed["attributes"]["ol"] -= {"type", "data-type"}  # no button makes them
    allowed["allowed_classes"] = CLASSES
    return allowed
