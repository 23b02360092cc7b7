"""The Ukrainian catalogue: whole, compiled, and of one mind with its originals."""

import re

import pytest
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext, ngettext

from newsroom.site.management.commands import messages

PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[sd%]")
TAG = re.compile(r"<[^>]*>")


@pytest.fixture(scope="module")
def found():
    return messages.gather_strings(settings.BASE_DIR)


@pytest.fixture(scope="module")
def translated():
    return [message for message in messages.read_catalogue("uk") if message.id]


def texts(value):
    return [value] if isinstance(value, str) else list(value)


def placeholders(text):
    return sorted(set(PLACEHOLDER.findall(text)))


def gathered(root, *, name, text):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return {(message.context, message.id) for message in messages.gather_strings(root) if message.id}


def test_it_has_every_string_in_ukrainian(found):
    assert messages.missing_in("uk", found) == []


def test_it_has_no_string_that_nobody_says(found, translated):
    assert [message.id for message in translated if found.get(message.id, message.context) is None] == []


def test_it_is_compiled_as_it_is_written():
    compiled = messages.catalogue_path("uk").with_suffix(".mo").read_bytes()
    assert compiled == messages.compile_catalogue(messages.read_catalogue("uk"))


def test_it_keeps_the_placeholders(translated):
    wrong = [
        (message.id, text)
        for message in translated
        for text in texts(message.string)
        if placeholders(text) != placeholders(texts(message.id)[-1])
    ]
    assert wrong == []


def test_it_keeps_the_tags(translated):
    for message in translated:
        for text in texts(message.string):
            assert sorted(TAG.findall(text)) == sorted(TAG.findall(texts(message.id)[-1]))


def test_it_fills_all_four_plural_forms(translated):
    plural = [message for message in translated if message.pluralizable]
    assert plural
    assert all(len(message.string) == 4 and all(message.string) for message in plural)


def test_it_shares_the_plural_rule_of_django():
    with messages.catalogue_path("uk").open("rb") as file:
        header = file.read(2_000).decode(errors="ignore").replace('"\n"', "")
    assert messages._plural_rule("uk").replace("\n", "") in header


@pytest.mark.parametrize(
    ("count", "words"),
    [(1, "1 голос"), (2, "2 голоси"), (5, "5 голосів"), (11, "11 голосів"), (21, "21 голос"), (112, "112 голосів")],
)
def test_it_counts_as_ukrainian_does(count, words):
    with translation.override("uk"):
        assert ngettext("%(votes)s vote", "%(votes)s votes", count) % {"votes": count} == words


def test_it_leaves_djangos_own_words_to_django():
    with translation.override("uk"):
        assert gettext("Yes") == "Так"


def test_it_writes_by_ukrainian_rules(translated):
    for message in translated:
        for text in texts(message.string):
            assert not re.search("[ыэёъЫЭЁЪ“”„'`ʼ–]", text), text
            assert "акаунт" not in text.lower(), text  # one word for one thing
            assert '"' not in TAG.sub("", text), text
            assert "  " not in text, text


def test_it_gathers_contexts_and_joined_lines(tmp_path):
    source = 'pgettext("a vote", "None")\n_("one "\n  "two")\nngettext("%(n)s day", "%(n)s days", n)\n'
    assert gathered(tmp_path, name="members/some.py", text=source) == {
        ("a vote", "None"), (None, "one two"), (None, ("%(n)s day", "%(n)s days")),
    }  # fmt: skip


def test_it_gathers_what_templates_say(tmp_path):
    source = """{% load i18n %}{% include "x.html" with title=_("Vote") %}{% translate "Open" context "verb" %}
        {% blocktranslate trimmed count left=left %}
          {{ left }} of 5%
        {% plural %}
          {{ left }} of 5%s
        {% endblocktranslate %}"""
    assert gathered(tmp_path, name="templates/some.html", text=source) == {
        (None, "Vote"), ("verb", "Open"), (None, ("%(left)s of 5%%", "%(left)s of 5%%s")),
    }  # fmt: skip
