"""The edition as mail: it reads with pictures off, in Ukrainian, and every address in it is whole."""

import re

from django.utils import timezone

from newsletters.composing import UNSUBSCRIBE_MARK, compose
from newsletters.models import Edition, EditionItem, Newsletter
from tests.articles import making


def edition_with(*stories, language="en", **fields):
    newsletter = Newsletter.objects.create(language=language, slug=f"letter-{language}", name="Letter")
    edition = Edition.objects.create(
        newsletter=newsletter, subject="Subject", dated_on=timezone.localdate(), html="-", **fields
    )
    for position, story in enumerate(stories):
        EditionItem.objects.create(edition=edition, article=story, position=position)
    return edition


def test_it_has_whole_addresses_only(story, settings):
    html, text = compose(edition_with(story, making.story()))
    for address in re.findall(r'(?:href|src)="([^"]*)"', html):
        assert address.startswith((settings.SITE_URL, UNSUBSCRIBE_MARK, "mailto:")), address
    assert settings.SITE_URL + story.get_absolute_url() in text


def test_it_says_what_a_picture_shows(db, settings):
    story = making.story(lead_image_id=making.picture(alt="A ferry in fog").pk)
    html, _text = compose(edition_with(story))
    assert 'alt="A ferry in fog"' in html and f'src="{settings.SITE_URL}/media/' in html and 'width="600"' in html


def test_it_keeps_the_editors_order_and_words(story):
    second = making.story(headline="Second", deck="Its deck")
    edition = edition_with(story, second)
    EditionItem.objects.filter(article=second).update(blurb="The editor’s words")
    html, text = compose(edition)
    assert "The editor’s words" in html and "Its deck" not in html + text
    assert html.index("The ferry is late") < html.index("Second")


def test_it_carries_one_mark_for_leaving_in_each_form(story):
    assert [form.count(UNSUBSCRIBE_MARK) for form in compose(edition_with(story))] == [1, 1]


def test_it_speaks_the_newsletters_language(db):
    story = making.story(language="uk", headline="Пором знову запізнився")
    html, text = compose(edition_with(story, language="uk", intro="Доброго ранку!"))
    assert '<html lang="uk"' in html and "Доброго ранку!" in text and "ПОРОМ ЗНОВУ" in text
    assert "/uk/newsletters/" in text


def test_it_escapes_what_editors_type(story):
    html, text = compose(edition_with(story, intro="1 < 2 & <script>alert(1)</script>"))
    assert "<script>" not in html and "1 < 2 & <script>" in text


def test_it_asks_the_same_for_many_stories(story, django_assert_max_num_queries):
    edition = edition_with(story, *making.stories(6))
    edition = Edition.objects.select_related("newsletter").get(pk=edition.pk)
    compose(edition)
    with django_assert_max_num_queries(4):
        compose(edition)
