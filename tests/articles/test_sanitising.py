import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from articles.sanitising import body_references, clean_body, plain_text, word_count

TAGS = st.sampled_from(
    ["p", "h2", "li", "ul", "a", "figure", "aside", "section", "div", "b", "script", "td", "table", "svg", "style"]
)
ATTRIBUTES = st.sampled_from(
    ["", " onclick=x()", ' href="javascript:x()"', ' href="/a"', ' data-image="7"', ' data-image="x"', " style=a"]
) | st.sampled_from(
    [
        ' class="pullquote"',
        ' class="related" data-heading="<b>"',
        ' data-article="3"',
        ' data-embed="https://youtu.be/x"',
    ]
)
WORDS = st.text(alphabet="ab<>&\"' \0é", max_size=6)
PIECES = st.one_of(st.builds("<{}{}>".format, TAGS, ATTRIBUTES), st.builds("</{}>".format, TAGS), WORDS)
MARKUP = st.lists(PIECES, max_size=14).map("".join)


@settings(max_examples=300, deadline=None)
@given(MARKUP)
def test_it_cleans_once_and_for_all(html):
    cleaned = clean_body(html)
    assert clean_body(cleaned) == cleaned
    tags = " ".join(re.findall(r"<[^>]*>", cleaned))
    assert not re.search("script|onclick|style|svg", tags)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>a</p><script>alert(1)</script>", "<p>a</p>"),
        ('<p onmouseover="x()">a</p>', "<p>a</p>"),
        ('<p><a href="javascript:x()">a</a></p>', "<p>a</p>"),
        ('<p><a href="data:text/html,x">a</a></p>', "<p>a</p>"),
        (
            '<p><a href="https://example.org/" target="_blank" rel="me">a</a></p>',
            '<p><a href="https://example.org/">a</a></p>',
        ),
        ("<p><img src=x onerror=y>a</p>", "<p>a</p>"),
        ("<p style='color:red'><span>a</span></p>", "<p>a</p>"),
        ("<p><b>a</b> <i>b</i></p>", "<p><strong>a</strong> <em>b</em></p>"),
        ("<h1>a</h1>", "<h2>a</h2>"),
        ("<p></p><p>a</p><p></p>", "<p>a</p>"),
        ("<ul><li><p>a</p></li></ul>", "<ul><li>a</li></ul>"),
    ],
)
def test_it_keeps_words_and_drops_the_rest(html, expected):
    assert clean_body(html) == expected


@pytest.mark.parametrize(
    "html",
    [
        '<aside class="pullquote"><p>“It means that one doesn’t count.”</p></aside>',
        '<figure class="image" data-image="12"><figcaption>The Kittiwake. <em>Archive</em></figcaption></figure>',
        '<section class="related" data-heading="Read also"><ul><li><a data-article="4">Salt</a></li></ul></section>',
        '<figure class="embed" data-embed="https://www.youtube.com/watch?v=abc"></figure>',
        "<table><tbody><tr><td>1</td></tr></tbody></table>",
        "<p>№ 5 — „так“ &amp; 6 &lt; 7</p>",
    ],
)
def test_it_keeps_what_the_editor_writes(html):
    assert clean_body(html) == html


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<figure class="image" data-image="0"><figcaption>a</figcaption></figure>', "<figcaption>a</figcaption>"),
        ('<figure data-image="1&quot; onload=x">a</figure>', "a"),
        ('<figure class="embed" data-embed="https://evil.example/x"></figure>', ""),
        ('<figure class="embed" data-embed="http://youtu.be/x"></figure>', ""),
        ('<a data-article="-1">a</a>', "a"),
        ('<aside class="other">a</aside>', "a"),
    ],
)
def test_it_drops_ids_and_addresses_that_are_none(html, expected):
    assert clean_body(html) == expected


def test_it_names_what_a_body_refers_to():
    body = '<figure class="image" data-image="9"></figure><p><a data-article="3">a</a><a data-article="3">b</a></p>'
    assert body_references(body) == ([9], [3])


def test_it_reads_no_reference_out_of_words():
    assert body_references('<p>data-image="9"</p>') == ([], [])


def test_it_counts_words_in_every_alphabet():
    assert word_count("<p>It’s п’ять</p><p>co-op</p>") == 3


def test_it_gives_a_line_to_each_block():
    assert plain_text("<h2>A &amp; b</h2><ul><li>c</li><li>d</li></ul>") == "A & b\nc\nd"
