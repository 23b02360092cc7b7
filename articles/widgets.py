"""The editor's widgets: the body, and the pickers around it."""

from __future__ import annotations

from typing import Any

from django.forms import Media as PlainMedia
from django.templatetags.static import static
from django.urls import reverse
from django_prose_editor.widgets import AdminProseEditorWidget, prose_editor_admin_media
from js_asset import JSON, ImportMap, Media, Script, Stylesheet

from articles.editor_words import editor_words
from articles.embedding import EMBED_HOSTS, PROVIDER_NAMES
from articles.models.articles import WORDS_A_MINUTE
from articles.rich_text import RELATED_HEADINGS, RELATED_LIMIT, editor_extensions

MODULES = (
    "blocks", "embed", "emphasis", "footnote", "foreign", "gallery", "keys", "labels", "leaving", "link", "notewords",
    "paste", "pastelists", "pastestyles", "picker", "picture", "pullquote", "related", "storylink", "table", "toolbar",
    "wordcount",
)  # fmt: skip
# Modules name each other through the import map, since the names of static files carry a hash.
SAVING = ("copies", "line", "offer", "sign_in", "speaking")
IMPORT_MAP = ImportMap(
    {f"articles/editor/{name}": f"articles/editor/{name}.js" for name in MODULES}
    | {f"articles/saving/{name}": f"articles/saving/{name}.js" for name in SAVING}
)


class BodyEditor(AdminProseEditorWidget):
    """The rich-text editor, configured by `rich_text`; our extensions come from one module."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, preset="configurable")

    @property
    def media(self) -> PlainMedia:
        return prose_editor_admin_media + Media(
            importmap=IMPORT_MAP,
            css={"all": [Stylesheet("articles/editor.css"), Stylesheet("articles/saving.css")]},
            js=[
                JSON(editor_words(), id="editor-words"),
                Script("django_prose_editor/configurable.js", type="module"),
                Script("articles/writing.js", type="module"),
                Script("articles/saving/start.js", type="module"),
            ],
        )

    def get_config(self) -> dict[str, Any]:
        stories = {"pickUrl": reverse("admin:articles_article_pick")}
        pictures = {
            "pickUrl": reverse("admin:articles_image_pick"),
            "uploadUrl": reverse("admin:articles_image_upload"),
            "thumbUrl": reverse("admin:articles_image_thumb", args=[0]),
        }
        ours = {
            "Picture": pictures,
            "Gallery": pictures,
            "StoryLink": stories,
            "RelatedBox": {**stories, "limit": RELATED_LIMIT, "headings": RELATED_HEADINGS},
            "Embed": {"hosts": sorted(EMBED_HOSTS), "names": PROVIDER_NAMES},
            "WordCount": {"wordsAMinute": WORDS_A_MINUTE},
        }
        return {
            "extensions": {
                "Document": True, "Paragraph": True, "Text": True, "Dropcursor": True, "Gapcursor": True,
                "History": True, **editor_extensions(), **ours,
            },
            "js_modules": [static("articles/editor/story.js")],
        }  # fmt: skip
