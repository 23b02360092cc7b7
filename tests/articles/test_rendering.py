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


def test_it_offers_an_embed_as_a_quiet_link():
    html = render_body(
        '<figure class="embed" data-embed="https://www.youtube.com/watch?v=1&amp;t=2"></figure>', Named()
    )
    assert '<a href="https://www.youtube.com/watch?v=1&amp;t=2" rel="noopener">' in html
    assert "youtube.com</a>" in html
    assert "iframe" not in html


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
