"""A stored body as readers get it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.models import Article, Image
from articles.publishing import unpublish
from articles.rendering import Named, load_named, render_body
from articles.sanitising import clean_body
from tests.articles import making


def render(body, **options):
    body = clean_body(body)
    return render_body(body, load_named([body]), **options)


def box(*stories):
    links = "".join(f'<li><a data-article="{story.pk}">{story.headline}</a></li>' for story in stories)
    return f'<section class="related" data-heading="Read also"><ul>{links}</ul></section>'


def test_it_leaves_plain_text_alone():
    body = "<h2>A &amp; b</h2><p>«Слова» <strong>x</strong></p><ul><li>1</li></ul>"
    assert render_body(body, Named()) == body


@pytest.mark.django_db
def test_it_shows_a_picture_by_its_id():
    image = making.picture(alt="Two <boats>")
    html = render(f'<figure class="image" data-image="{image.pk}"><figcaption>At sea</figcaption></figure>')
    assert html.startswith('<figure class="image"><picture>')
    assert 'alt="Two &lt;boats&gt;"' in html
    assert html.endswith("</picture><figcaption>At sea</figcaption></figure>")


@pytest.mark.django_db
def test_it_takes_the_librarys_caption_where_the_body_has_none():
    image = making.picture(caption="A & b", credit="Photo: C")
    html = render(f'<figure class="image" data-image="{image.pk}"></figure>')
    assert '<figcaption>A &amp; b <span class="credit">Photo: C</span></figcaption>' in html


@pytest.mark.django_db
def test_it_drops_a_picture_that_is_gone():
    html = render('<p>a</p><figure class="image" data-image="999"><figcaption>x</figcaption></figure><p>b</p>')
    assert html == "<p>a</p><p>b</p>"


@pytest.mark.django_db
def test_it_links_a_story_at_todays_address():
    story = making.story()
    Article.objects.filter(pk=story.pk).update(slug="moved-on")
    html = render(f'<p><a data-article="{story.pk}">the <em>ferry</em></a></p>')
    assert html == f'<p><a href="{Article.objects.get(pk=story.pk).get_absolute_url()}">the <em>ferry</em></a></p>'
    assert "moved-on" in html


@pytest.mark.django_db
def test_it_keeps_the_words_of_a_link_to_an_unpublished_story():
    assert render(f'<p>See <a data-article="{making.draft().pk}">the ferry</a>.</p>') == "<p>See the ferry.</p>"


@pytest.mark.django_db
def test_it_drops_unpublished_stories_from_a_related_box():
    shown, hidden = making.story(), making.draft()
    html = render(box(hidden, shown))
    assert html == (
        '<section class="related"><h2>Read also</h2><ul>'
        f'<li><a href="{shown.get_absolute_url()}">{shown.headline}</a></li></ul></section>'
    )


@pytest.mark.django_db
def test_it_drops_a_related_box_with_nothing_left():
    story = making.story()
    unpublish(user=None, article=story)
    assert render("<p>a</p>" + box(story)) == "<p>a</p>"


@pytest.mark.parametrize(
    ("link", "shown"),
    [
        ('<a href="https://a.org/?a=1&amp;b=2">x</a>', '<a href="https://a.org/?a=1&amp;b=2" rel="noopener">x</a>'),
        ('<a href="/about/">x</a>', '<a href="/about/">x</a>'),
        ('<a href="mailto:desk@example.org">x</a>', '<a href="mailto:desk@example.org">x</a>'),
        ('<a href="javascript:alert(1)">x</a>', "x"),
        ('<a href="JaVaScRiPt:alert(1)">x</a>', "x"),
        ('<a href="&#106;avascript:alert(1)">x</a>', "x"),
        ('<a href=" data:text/html,x">x</a>', "x"),
        ('<a href="http://[">x</a>', "x"),
        ('<a data-article="1 or 1">x</a>', "x"),
        ("<a>x</a>", "x"),
    ],
)  # fmt: skip
def test_it_checks_where_links_lead(link, shown):
    assert render_body(link, Named()) == shown


def test_it_offers_an_embed_in_words_and_by_a_link():
    html = render(
        '<figure class="embed" data-embed="https://youtu.be/dQw4w9WgXcQ?a=1&amp;t=2" data-author="A &amp; B">'
        "<figcaption>They <em>sing</em>.</figcaption></figure>"
    )
    assert "<blockquote><p>They <em>sing</em>.</p></blockquote>" in html
    assert '<span class="embed-author">A &amp; B</span>' in html
    assert '<a href="https://youtu.be/dQw4w9WgXcQ?a=1&amp;t=2" rel="noopener">Open on YouTube</a>' in html
    assert 'data-player="https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"' in html
    assert "iframe" not in html and "src=" not in html


def test_it_names_no_player_in_a_feed_nor_for_a_pdf():
    video = '<figure class="embed" data-embed="https://youtu.be/dQw4w9WgXcQ"></figure>'
    assert "data-player" not in render(video, is_for_feed=True)
    html = render('<figure class="embed" data-embed="/media/files/report.pdf"></figure>')
    assert (
        html
        == '<figure class="embed"><figcaption><a href="/media/files/report.pdf">Open the PDF</a></figcaption></figure>'
    )


@pytest.mark.parametrize("address", ["https://evil.example/x", "http://youtu.be/x", "data:text/html,x"])
def test_it_checks_an_embeds_address_when_it_is_shown(address):
    assert render_body(f'<figure class="embed" data-embed="{address}"></figure>', Named()) == ""


@pytest.mark.django_db
def test_it_shows_a_picture_as_the_story_says():
    image = making.picture(alt="Library", caption="Own", credit="Photo: C")
    html = render(f'<figure data-image="{image.pk}" data-size="wide" data-alt="Mine" data-credit="D"></figure>')
    assert html.startswith('<figure class="image image--wide">')
    assert 'alt="Mine"' in html and '<figcaption>Own <span class="credit">D</span></figcaption>' in html


@pytest.mark.django_db
def test_it_sets_a_gallerys_pictures_side_by_side():
    first, second = making.picture(), making.picture()
    figures = "".join(f'<figure data-image="{pk}" data-size="full"></figure>' for pk in (first.pk, 999, second.pk))
    html = render(f'<section class="gallery">{figures}</section>')
    assert html.startswith('<section class="gallery" aria-label="Pictures"><figure class="image"><picture>')
    assert html.count("<figure") == 2


def test_it_numbers_footnotes_and_leads_back():
    html = render(
        '<p>a<small class="footnote">One <a href="/x/">x</a></small> b<small class="footnote">Two</small></p>'
    )
    assert 'a<sup class="note-mark"><a href="#note-1" id="note-mark-1" aria-label="Note 1">1</a></sup> b' in html
    assert '<li id="note-1" tabindex="-1">One <a href="/x/">x</a> <a class="note-back" href="#note-mark-1"' in html
    assert html.index('id="note-1"') < html.index('id="note-2"') and "<small" not in html


def test_it_numbers_footnotes_without_jumps_in_a_feed():
    html = render('<p>a<small class="footnote">One</small></p>', is_for_feed=True)
    assert html.startswith("<p>a<sup>[1]</sup></p>") and "<li>One</li>" in html and "href" not in html


def test_it_lets_a_table_scroll_and_says_what_headings_head():
    html = render("<table><tbody><tr><th>a</th><th>b</th></tr><tr><th>c</th><td>1</td></tr></tbody></table>")
    assert html.startswith('<div class="table" role="region" tabindex="0" aria-label="Table"><table>')
    assert '<th scope="col">a</th><th scope="col">b</th>' in html
    assert '<th scope="row">c</th><td>1</td>' in html


@pytest.mark.django_db
def test_it_words_a_related_box_by_todays_headlines():
    story = making.story()
    Article.objects.filter(pk=story.pk).update(headline="New <words>")
    link = f'<a data-article="{story.pk}">Old words</a>'
    other = '<a href="https://example.org/">Elsewhere</a>'
    html = render(f'<section class="related" data-heading=""><ul><li>{link}</li><li>{other}</li></ul></section>')
    assert "<h2>Read also</h2>" in html and ">New &lt;words&gt;</a>" in html and "Old words" not in html
    assert '<li><a href="https://example.org/" rel="noopener">Elsewhere</a></li>' in html


def test_it_drops_an_embed_of_another_kind():
    assert render_body('<figure class="embed" data-embed="javascript:x"></figure>', Named()) == ""


@pytest.mark.django_db
def test_it_writes_whole_addresses_for_feeds(settings):
    story, image = making.story(), making.picture()
    html = render(
        f'<figure data-image="{image.pk}"></figure><p><a data-article="{story.pk}">x</a> <a href="/about/">y</a></p>',
        is_for_feed=True,
    )
    for path in (story.get_absolute_url(), "/about/", image.file.url):
        assert f'="{settings.SITE_URL}{path}"' in html
    assert "<picture" not in html


@pytest.mark.django_db
def test_it_asks_twice_however_much_a_body_names(django_assert_num_queries):
    stories, images = making.stories(3), [making.picture() for _ in range(3)]
    body = "".join(f'<figure data-image="{image.pk}"></figure>' for image in images) + box(*stories)
    body = clean_body(body)
    with django_assert_num_queries(2):
        render_body(body, load_named([body]))


_pieces = st.sampled_from(
    ["<p>", "</p>", '<a href="/x/">', '<a data-article="1">', "</a>", '<figure class="image" data-image="1">',
     "<figcaption>", "</figcaption>", "</figure>", '<section class="related" data-heading="&quot;><b>">', "</section>",
     "<ul>", "<li>", "</li>", "</ul>", "a<b", ">", '"', "<script>", "<img src=x onerror=y>", "<aside>", "ї"]
)  # fmt: skip


@given(st.lists(_pieces, max_size=25))
def test_it_adds_nothing_unsafe_to_what_the_sanitiser_lets_through(pieces):
    """Whatever is nested in whatever: no script, no handler, no link that the renderer did not write."""
    image = Image(pk=1, file="x.png", width=3, height=2, alt="")
    image._prefetched_objects_cache = {"renditions": Image.objects.none()}
    html = render_body(clean_body("".join(pieces)), Named({1: image}))
    for forbidden in ("<script", "onerror", "data-article", "<b>"):
        assert forbidden not in html
