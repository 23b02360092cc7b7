"""The words of the editor's own part: listed where translators find them, and handed to the browser translated."""

import json
import re

import pytest
from django.conf import settings
from django.utils import translation

from articles.editor_words import EDITOR_WORDS

SAID = re.compile(r"""say\(\s*["'`]([^"`]*)["'`]""")


def words_of(page):
    block = re.search(r'<script[^>]*id="editor-words"[^>]*>(.*?)</script>', page, re.DOTALL)
    return json.loads(block[1])


def test_it_lists_what_the_modules_say_and_nothing_else():
    modules = (settings.BASE_DIR / "articles" / "static" / "articles").rglob("*.js")
    assert sorted({word for module in modules for word in SAID.findall(module.read_text())}) == sorted(EDITOR_WORDS)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["article", "page"])
def test_the_page_hands_them_to_the_editor(editor_client, kind):
    assert words_of(editor_client.get(f"/admin/articles/{kind}/add/").content.decode())["Pull quote"] == "Pull quote"


def test_they_are_in_the_desks_language():
    from articles.widgets import BodyEditor

    with translation.override("uk"):
        words = words_of(str(BodyEditor().media))
    assert words["Picture"] == "Зображення"
    assert all(re.search("[а-яіїєґ]", words[word]) for word in EDITOR_WORDS)
