"""The words of the editor's scripts."""

import json
import re
from pathlib import Path

import django_prose_editor
from django.conf import settings
from django.utils.translation import override

from articles.editor_words import OURS, THE_LIBRARYS, editor_words
from articles.models import Article
from articles.rich_text import RELATED_HEADINGS
from articles.widgets import BodyEditor

SCRIPTS = Path(__file__).resolve().parents[2] / "articles" / "static" / "articles"
LIBRARY = Path(django_prose_editor.__file__).parent / "static" / "django_prose_editor" / "editor.js"


def test_it_knows_every_word_that_the_scripts_say():
    said = {
        word for path in SCRIPTS.rglob("*.js") for word in re.findall(r'\bsay\(\s*"([^"]*)"\s*\)', path.read_text())
    }
    assert said == set(OURS)


def test_it_names_the_librarys_buttons_as_the_library_does():
    source = LIBRARY.read_text().replace("`heading ${", "heading 2 heading 3")
    assert [word for word in THE_LIBRARYS if word not in source] == []


def test_it_gives_the_editor_the_words_of_the_desks_language():
    with override("uk"):
        html = str(BodyEditor().media)
    words = json.loads(re.search(r'id="editor-words"[^>]*>(.*?)</script>', html)[1])
    assert words["Related box"] == "Блок «Читайте також»" and words["bold"] == "жирний"


def test_it_says_nothing_twice_in_the_language_it_is_written_in():
    assert editor_words() == {}


def test_it_offers_the_headings_of_a_related_box_in_each_language():
    assert RELATED_HEADINGS == {"en": ["Read also", "Related"], "uk": ["Читайте також", "Більше про це"]}
    assert set(RELATED_HEADINGS) == set(settings.LANGUAGE_CODES)
    assert BodyEditor().get_config()["extensions"]["RelatedBox"]["headings"] == RELATED_HEADINGS


def test_it_counts_minutes_live_as_the_story_page_does():
    """The script divides by what it is given, rounds up and says one at least."""
    given = BodyEditor().get_config()["extensions"]["WordCount"]["wordsAMinute"]
    for words, minutes in ((0, 1), (1, 1), (given, 1), (given + 1, 2), (10 * given, 10)):
        assert Article(word_count=words).reading_minutes == minutes
    script = (SCRIPTS / "editor" / "wordcount.js").read_text()
    assert "Math.max(1, Math.ceil(words / this.options.wordsAMinute))" in script
    assert '${say("Minutes to read")}: ${minutes}' in script
