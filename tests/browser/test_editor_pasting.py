"""Pasting into the real editor: what comes out is clean, and nothing of a story is lost on the way."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown import markdown

from articles.sanitising import clean_body, plain_text
from tests.browser.editing import open_editor, paste
from tests.browser.pasted import CASES, PLAIN_CASES
from tests.browser.written import REAL, as_html, load_story

pytestmark = [pytest.mark.browser, pytest.mark.stack]

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
MARKS = {"a": "a", "strong": "strong", "b": "strong", "em": "em", "i": "em"}
needs_corpus = pytest.mark.skipif(
    not CORPUS.exists(), reason="The texts of ../shared/corpus are not beside this clone."
)
needs_story = pytest.mark.skipif(
    not REAL.exists(), reason="The story of ../shared/real-input is not beside this clone."
)


@pytest.fixture
def editor(open_browser, editor_state):
    page = open_browser(state=editor_state)
    open_editor(page)
    return page


def test_it_takes_only_the_meaning_of_what_is_pasted(editor):
    came = {name: paste(editor, html=html) for name, (html, _wanted) in CASES.items()}
    assert came == {name: wanted for name, (_html, wanted) in CASES.items()}
    assert {text: paste(editor, text=text) for text in PLAIN_CASES} == PLAIN_CASES


@needs_story
def test_it_loses_nothing_of_a_real_story(editor):
    story = load_story()
    assert lost(as_html(story), paste(editor, html=as_html(story))) == []
    plain = "\n\n".join(story.paragraphs)
    assert words(clean_body(paste(editor, text=plain))) == plain.split()


@needs_corpus
def test_it_loses_nothing_of_a_hundred_real_posts(editor):
    posts = [as_page(post["body_markdown"]) for post in read("news-en-cc0", 100)]
    assert len(posts) == 100
    assert {number: gone for number, html in enumerate(posts) if (gone := lost(html, paste(editor, html=html)))} == {}


@needs_corpus
def test_it_loses_no_word_of_ukrainian_prose(editor):
    texts = [text["body"] for text in read("prose-uk-ccby", 40)]
    came = {text: words(clean_body(paste(editor, text=text))) for text in texts}
    assert {text: was for text, was in came.items() if without_signs(was) != without_signs(text.split())} == {}


def read(name, number):
    """That many of a file's texts, spread over the whole of it."""
    lines = (CORPUS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines[:: len(lines) // number][:number]]


def as_page(source):
    """A post's Markdown as its site showed it: with an address for each of the site's own references."""
    source = re.sub(r'\{\{[<%]\s*ref\s+"?([^"\s>]+?)(?:\.md)?"?\s*[>%]\}\}', r"/\1/", source)
    return markdown(re.sub(r"\{\{[<%].*?[>%]\}\}", "", source, flags=re.DOTALL), extensions=["tables", "sane_lists"])


def lost(html, came):
    """What stands in `html` and not in what the form would send: words, links with their words, emphasis."""
    before, after = Reader.of(html), Reader.of(clean_body(came))
    gone = [("words", before.text, after.text)] if before.text != after.text else []
    return gone + [(mark, said) for mark, said in before.marked.items() if after.marked.get(mark) != said]


def words(html):
    return plain_text(html).split()


def without_signs(pieces):
    """Without the signs that begin the lines of a list, which the list itself shows."""
    return [piece for piece in pieces if not re.fullmatch(r"[-•*–]|\d{1,3}[.)]", piece)]


class Reader(HTMLParser):
    """The words of some HTML, and those of each link and of each kind of emphasis; all without spaces."""

    def __init__(self):
        super().__init__()
        self.text, self.marked, self.open = "", {}, []

    @classmethod
    def of(cls, html):
        reader = cls()
        reader.feed(html)
        reader.close()
        return reader

    def handle_starttag(self, tag, attrs):
        address = dict(attrs).get("href")
        if tag in MARKS and (tag != "a" or address):  # a link without an address is none
            self.open.append((tag, MARKS[tag], address or ""))

    def handle_endtag(self, tag):
        if self.open and self.open[-1][0] == tag:
            self.open.pop()

    def handle_data(self, data):
        said = "".join(data.split())
        self.text += said
        for mark in {(mark, address) for _tag, mark, address in self.open if said}:
            self.marked[mark] = self.marked.get(mark, "") + said
