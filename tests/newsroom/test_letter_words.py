"""How letters read, by their templates; and what each is called at the desk."""

import re

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import translation

from newsroom.lib.letter_words import KINDS, name_kind
from newsroom.lib.models import Letter

NO_LETTERS = {"newsletters/edition"}  # a Delivery each
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


def test_every_kind_has_words_at_the_desk_in_each_language():
    """A letter is written of a template, and a template is there for a letter."""
    whole = [path for path in TEMPLATES if path.suffix == ".txt" and not path.name.startswith("_")]
    assert {f"{path.parent.parent.name}/{path.stem}" for path in whole} - NO_LETTERS == set(KINDS)
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            words = [name_kind(kind) for kind in KINDS]
        assert len(set(words)) == len(KINDS)
        assert code == settings.LANGUAGE_CODE or not set(words) & {KINDS[kind]._args[0] for kind in KINDS}


@pytest.mark.django_db
def test_the_desk_lists_and_filters_letters_by_words(publisher_client):
    for kind in ("members/receipt", "newsletters/confirm", "members/of_old"):
        Letter.objects.create(kind=kind, cause=kind, to_email="a@example.org", language="en", subject="S", text="T")
    address = reverse("admin:lib_letter_changelist")
    page = publisher_client.get(address).content.decode()
    rows = page[page.index('id="result_list"') :]
    assert "Receipt" in rows and "Confirm a sign-up" in rows and "members/receipt" not in rows
    assert "members/of_old" in rows  # nothing is hidden
    rows = publisher_client.get(f"{address}?kind=members/receipt").content.decode()
    assert "Receipt" in rows and ">Confirm a sign-up</a></th>" not in rows
    letter = Letter.objects.get(kind="members/receipt")
    page = publisher_client.get(reverse("admin:lib_letter_change", args=[letter.pk])).content.decode()
    assert "Receipt" in page and "members/receipt" not in page
