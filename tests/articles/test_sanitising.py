import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from articles.rich_text import allowlist
from articles.sanitising import _WRITTEN_BY_US, body_references, clean_body, plain_text, safe_body, word_count

TAGS = st.sampled_from(
    ["p", "h2", "li", "ul", "a", "figure", "aside", "section", "div", "b", "script", "td", "table", "svg", "style"]
) | st.sampled_from(
    ["small", "span", "em", "i", "th", "tr", "figcaption", "math", "mtext", "template", "noscript", "select", "br"]
)
ATTRIBUTES = st.sampled_from(
    ["", " onclick=x()", ' href="javascript:x()"', ' href="/a"', ' data-image="7"', ' data-image="x"', " style=a"]
) | st.sampled_from(
    [
        ' class="pullquote"',
        ' class="related" data-heading="<b>"',
        ' data-article="3"',
        ' data-embed="https://youtu.be/x"',
        ' class="gallery"',
        ' class="footnote"',
        ' lang="de"',
        ' data-image=3 data-size=full data-alt=" a<b "',
        ' data-author="&quot;><script>"',
    ]
)
WORDS = st.text(alphabet="ab<>&\"' \0é", max_size=6)
PIECES = st.one_of(st.builds("<{}{}>".format, TAGS, ATTRIBUTES), st.builds("</{}>".format, TAGS), WORDS)
MARKUP = st.lists(PIECES, max_size=14).map("".join) | st.text(max_size=40)


@settings(max_examples=500, deadline=None)
@given(MARKUP)
def test_it_cleans_once_and_for_all(html):
    cleaned = clean_body(html)
    assert clean_body(cleaned) == cleaned
    tags = " ".join(re.findall(r"<[^>]*>", cleaned))
    assert not re.search("<script|onclick|style|<svg|<math|<template", tags)


@settings(max_examples=500, deadline=None)
@given(MARKUP | st.builds("<p>{}</p>".format, MARKUP))
def test_it_shows_only_what_is_declared_whatever_is_stored(html):
    declared, shown = allowlist(), safe_body(html)
    for tag, attributes in Reader.of(shown):
        assert tag in declared["tags"]
        assert set(attributes) <= declared["attributes"].get(tag, set()) | {"class"}
        assert not (attributes.get("href") or "").lower().startswith(("javascript", "data", " "))
    assert safe_body(shown) == shown


class Reader(HTMLParser):
    @classmethod
    def of(cls, html):
        reader = cls()
        reader.tags = []
        reader.feed(html)
        reader.close()
        return reader.tags

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize(
    "html",
    [
        "<p>a</p><script>x()</script>", '<p onclick="x()">a</p>', "<p onclick=x()>a</p>", "<p/onclick=x()>a</p>",
        '<a href="javascript:x()">a</a>', '<a href=" javascript:x()">a</a>', '<a href="java\tscript:x()">a</a>',
        '<a href="/a"href="javascript:x()">a</a>', '<a href="&#106;avascript:x()">a', "<svg><p>a</p></svg>",
        '<section class="related" style="x">a</section>', '<figure class="other">a</figure>', "<p <b>a</p>",
        "<p", "<!-- a",
    ],
)  # fmt: skip
def test_it_cleans_what_no_verb_wrote(html):
    assert not _WRITTEN_BY_US.fullmatch(html)
    assert safe_body(html) == clean_body(html)


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
        '<figure class="embed" data-embed="https://t.me/a/1" data-author="A"><figcaption>So</figcaption></figure>',
        '<figure class="embed" data-embed="/media/files/report.pdf"></figure>',
        '<figure class="image" data-image="3" data-size="wide" data-alt="A &amp; b" data-credit="C"></figure>',
        '<section class="gallery"><figure class="image" data-image="1"><figcaption>a</figcaption></figure>'
        '<figure class="image" data-image="2"></figure></section>',
        '<p>So<small class="footnote">Page <em>7</em>, <a href="/a/">there</a>.</small> it is.</p>',
        '<p>The <em><span lang="fr">mot juste</span></em> and <span lang="sr-Latn">reč</span>.</p>',
        '<section class="related" data-heading="Related"><ul><li><a href="https://a.org/">A</a></li></ul></section>',
        "<table><tbody><tr><th><p>a</p></th></tr><tr><td><p>1</p></td></tr></tbody></table>",
        '<table><tbody><tr><td colspan="2">1</td></tr></tbody></table>',
        "<p>№ 5 — „так“ &amp; 6 &lt; 7</p>",
    ],
)
def test_it_keeps_what_the_editor_writes(html):
    assert clean_body(html) == safe_body(html) == html and _WRITTEN_BY_US.fullmatch(html)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<figure class="image" data-image="0"><figcaption>a</figcaption></figure>', "<figcaption>a</figcaption>"),
        ('<figure data-image="1&quot; onload=x">a</figure>', "a"),
        ('<figure class="embed" data-embed="https://evil.example/x"></figure>', ""),
        ('<figure class="embed" data-embed="http://youtu.be/x"></figure>', ""),
        ('<a data-article="-1">a</a>', "a"),
        ('<aside class="other">a</aside>', "a"),
        ('<p><span lang="x y">a</span><small>b</small></p>', "<p>ab</p>"),
        ('<p><i lang="de">a</i></p>', '<p><span lang="de"><em>a</em></span></p>'),
        ('<figure data-image="1" data-size="huge"></figure>', '<figure class="image" data-image="1"></figure>'),
        ('<section class="gallery"></section><p>a<small class="footnote"> </small></p>', "<p>a</p>"),
        ('<section class="related" data-heading="x"><ul></ul></section>', "<ul></ul>"),
        ('<td colspan="1">a</td>', "a"),
    ],
)
def test_it_drops_ids_and_addresses_that_are_none(html, expected):
    assert clean_body(html) == expected


@pytest.mark.parametrize(
    ("outer", "inner", "expected"),
    [
        ('<aside class="pullquote">{}</aside>', "<h2>a</h2>", '<aside class="pullquote">a</aside>'),
        (
            '<section class="gallery">{}</section>',
            '<figure data-image="1"></figure><section class="related"><ul><li>a</li></ul></section>',
            '<section class="gallery"><figure class="image" data-image="1"></figure>a</section>',
        ),
        (
            '<p><small class="footnote">{}</small></p>',
            'a<small class="footnote">b</small>',
            '<p><small class="footnote">ab</small></p>',
        ),
    ],
)
def test_it_unwraps_a_part_in_one_that_cannot_hold_it(outer, inner, expected):
    assert clean_body(outer.format(inner)) == expected


@pytest.mark.parametrize(("number", "is_box"), [(1, True), (12, True), (13, False)])
def test_it_takes_twelve_entries_in_a_box_and_loses_none(number, is_box):
    entries = "".join(f'<li><a href="/{n}/">{n}</a></li>' for n in range(number))
    cleaned = clean_body(f'<section class="related" data-heading="Related"><ul>{entries}</ul></section>')
    assert cleaned.count("<li>") == number and ("<section" in cleaned) is is_box


WRITTEN = st.recursive(
    st.sampled_from(
        ["<p>a <strong>b</strong></p>", "<h2>ї</h2>", "<hr>", "<p>a<br>b</p>", '<p><span lang="de">a</span></p>']
    )
    | st.sampled_from(
        [
            '<aside class="pullquote"><p>a</p></aside>',
            '<figure class="image" data-image="4" data-size="full"><figcaption>a</figcaption></figure>',
            '<p>a<small class="footnote">b</small></p>',
            '<section class="related" data-heading="x"><ul><li><a data-article="1">a</a></li></ul></section>',
        ]
    ),
    lambda inner: (
        st.builds("<blockquote>{}</blockquote>".format, inner)
        | st.builds("<ul><li><p>a</p>{}</li></ul>".format, inner)
        | st.builds("<table><tbody><tr><th><p>a</p></th></tr><tr><td>{}</td></tr></tbody></table>".format, inner)
    ),
    max_leaves=4,
)


@given(st.lists(WRITTEN, max_size=5).map("".join))
def test_it_leaves_whatever_can_be_typed(html):
    assert clean_body(html) == html


def test_it_names_what_a_body_refers_to():
    body = '<figure class="image" data-image="9"></figure><p><a data-article="3">a</a><a data-article="3">b</a></p>'
    assert body_references(body) == ([9], [3])


def test_it_reads_no_reference_out_of_words():
    assert body_references('<p>data-image="9"</p>') == ([], [])


def test_it_counts_words_in_every_alphabet():
    assert word_count("<p>It’s п’ять</p><p>co-op</p>") == 3


def test_it_puts_footnotes_after_the_text():
    assert plain_text('<p>The sum<small class="footnote">page 7</small> stands.</p>') == "The sum stands.\npage 7"
    assert word_count('<p>The sum<small class="footnote">page 7</small> stands.</p>') == 5


def test_it_gives_a_line_to_each_block():
    assert plain_text("<h2>A &amp; b</h2><ul><li>c</li><li>d</li></ul>") == "A & b\nc\nd"
