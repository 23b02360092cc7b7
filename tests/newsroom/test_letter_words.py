"""How letters read, by their templates."""

import re

import pytest
from django.conf import settings

TEMPLATES = sorted((settings.BASE_DIR / "templates").glob("*/email/*.*"))
WORDS = re.compile(r'{% translate "([^"]+)" %}|(?:{% blocktranslate[^%]*%}|{% plural %})([^{]+)')


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: f"{path.parent.parent.name}/{path.name}")
def test_it_begins_each_sentence_with_a_capital(path):
    """Also the first one after the greeting, which English and Ukrainian begin anew."""
    begun = [match.group(1) or match.group(2).strip() for match in WORDS.finditer(path.read_text(encoding="utf-8"))]
    assert [words for words in begun if words[:1].islower()] == []


@pytest.mark.parametrize("path", [path for path in TEMPLATES if path.suffix == ".html"], ids=lambda path: path.stem)
def test_it_has_one_heading_of_the_first_level(path):
    """Its own, or the newsroom's name at the letter's head."""
    text = path.read_text()
    assert text.count("<h1") == text.count("{% block name_role %}") <= 1
