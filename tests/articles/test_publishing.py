from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from articles.content import PageContent
from articles.models import Article, BodyReference, Redirect, Tag
from articles.publishing import (
    PublishingError,
    add_correction,
    publish,
    publish_page,
    unpublish,
    unpublish_page,
)
from articles.revising import create_page, save_revision
from newsroom.lib.models import AuditEntry, Letter, Outbox
from tests.articles.written import make_content, make_image, make_section, publish_story, write_story

pytestmark = pytest.mark.django_db


def test_it_writes_the_live_row_and_its_relations(editor):
    tag = Tag.objects.create(name="Safety", slug="safety", language="en")
    other, image = publish_story(headline="Another"), make_image()
    body = f'<figure class="image" data-image="{image.pk}"></figure><p>Two <a data-article="{other.pk}">words</a></p>'
    fields = {"tag_ids": [tag.pk], "related_ids": [other.pk], "lead_image_id": image.pk}
    article = publish(user=editor, article=write_story(editor, body=body, **fields))
    assert article.is_published() and article.word_count == 2 and article.lead_image == image
    assert list(article.tags.all()) == [tag] and [row.other for row in article.related_rows.all()] == [other]
    references = BodyReference.objects.filter(article=article).values_list("image_id", "to_article_id")
    assert set(references) == {(image.pk, None), (None, other.pk)}


def test_it_freezes_the_day_in_the_newsrooms_zone(settings):
    settings.TIME_ZONE = "Pacific/Auckland"
    article = publish(user=None, article=write_story(), at=datetime(2024, 11, 13, 12, 30, tzinfo=UTC))
    assert article.published_on == date(2024, 11, 14)
    settings.TIME_ZONE = "UTC"
    assert publish(user=None, article=article).published_on == date(2024, 11, 14)


def test_it_makes_the_slug_free_on_its_day():
    slugs = [publish_story().slug for _ in range(3)]
    base = "the-night-ferry-failed-seven-inspections"
    assert slugs == [base, f"{base}-2", f"{base}-3"]


def test_it_owes_the_follow_up_once(editor):
    article = publish_story(editor)
    save_revision(user=editor, article=article, content=make_content(deck="Changed"))
    publish(user=editor, article=article)
    assert Outbox.objects.filter(kind="article.published", key=str(article.pk)).count() == 1


def test_it_publishes_again_with_what_was_written_last(editor):
    article = publish_story(editor)
    first = article.published_at
    save_revision(user=editor, article=article, content=make_content(headline="Changed"))
    article = publish(user=editor, article=article)
    assert (article.headline, article.published_at) == ("Changed", first)
    assert article.updated_at is not None and not article.has_unpublished_changes


def test_it_leads_the_old_address_to_the_new(editor):
    article = publish_story(editor)
    old = article.get_absolute_url()
    save_revision(user=editor, article=article, content=make_content(slug="kittiwake"))
    article = publish(user=editor, article=article)
    assert article.get_absolute_url().endswith("/kittiwake/")
    assert Redirect.objects.get(old_path=old).article == article


def test_it_gives_no_story_the_old_address_of_another(editor):
    article = publish_story(editor)
    save_revision(user=editor, article=article, content=make_content(slug="kittiwake"))
    publish(user=editor, article=article)
    assert publish_story().slug == "the-night-ferry-failed-seven-inspections-2"


def test_it_says_everything_that_is_missing(editor):
    article = write_story(editor, headline="", body="", section_id=None, bylines=[])
    with pytest.raises(PublishingError) as refused:
        publish(user=editor, article=article)
    assert len(refused.value.sentences) == 4
    article.refresh_from_db()
    assert article.state == "draft" and not AuditEntry.objects.filter(action="article.published").exists()


def test_it_wants_the_lead_picture_described(editor):
    article = write_story(editor, lead_image_id=make_image(alt="").pk)
    with pytest.raises(PublishingError, match="Describe the lead picture"):
        publish(user=editor, article=article)


def test_it_wants_a_section_of_the_storys_language(editor):
    article = write_story(editor, section_id=make_section("Порт", "uk").pk)
    with pytest.raises(PublishingError, match="own language"):
        publish(user=editor, article=article)


def test_it_tells_the_writer_of_the_first_publication_only(editor, writer):
    article = write_story(writer)
    publish(user=editor, article=article)
    publish(user=editor, article=article)
    assert list(Letter.objects.values_list("to_email", "subject")) == [
        (writer.email, f"Published: {article.latest_revision.headline}")
    ]


def test_it_lets_no_writer_publish(writer):
    with pytest.raises(PermissionDenied):
        publish(user=writer, article=write_story(writer))


def test_it_takes_a_story_down_with_a_note(editor):
    article = unpublish(user=editor, article=publish_story(editor), note="It was wrong.")
    gone = Redirect.objects.get(old_path=article.get_absolute_url())
    assert (article.state, gone.gone_note) == ("unpublished", "It was wrong.")
    publish(user=editor, article=article)
    assert not Redirect.objects.filter(pk=gone.pk).exists()


def test_it_leads_the_front_with_one_story():
    first = publish_story(is_front_lead=True)
    publish_story(headline="Second", is_front_lead=True)
    first.refresh_from_db()
    assert not first.is_front_lead


def test_it_corrects_at_once(editor):
    article = publish_story(editor)
    correction = add_correction(user=editor, article=article, text="It failed six, not seven.")
    article.refresh_from_db()
    assert list(article.corrections.all()) == [correction] and article.updated_at == correction.corrected_at


def test_it_is_found_by_its_words():
    article = publish_story(body="<p>The inspectors were sailing.</p>")
    row = Article.objects.extra(where=["search_vector @@ to_tsquery('english', 'sail & inspector')"])
    assert row.get() == article


def test_it_publishes_a_page_at_its_word(editor):
    page = create_page(user=editor, content=PageContent(headline="About", body="<p>Us</p>", slug="about"))
    page = publish_page(user=editor, page=page)
    assert page.is_published() and page.get_absolute_url() == "/about/"
    assert unpublish_page(user=editor, page=page, note="Moved").state == "unpublished"


def test_it_gives_a_page_no_address_of_the_site(editor):
    page = create_page(user=editor, content=PageContent(headline="Support", body="<p>Us</p>", slug="support"))
    with pytest.raises(PublishingError, match="choose another"):
        publish_page(user=editor, page=page)


@pytest.mark.django_db(transaction=True)
def test_it_publishes_once_when_two_press_at_the_same_time():
    article = write_story()

    def press(_number):
        try:
            return publish(user=None, article=article).slug
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        slugs = set(pool.map(press, range(4)))
    assert len(slugs) == 1 and Outbox.objects.filter(kind="article.published").count() == 1


@pytest.mark.django_db(transaction=True)
def test_it_gives_two_stories_of_one_headline_two_addresses():
    articles = [write_story() for _ in range(4)]

    def press(article):
        try:
            return publish(user=None, article=article).slug
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(press, articles))) == 4
