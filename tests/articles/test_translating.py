import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from articles.models import Article
from articles.publishing import publish
from articles.revising import create_article, save_revision
from articles.translating import mark_as_current, source_of, with_state_of_translation
from newsroom.lib.models import AuditEntry
from tests.articles.written import make_content, publish_story, write_story

pytestmark = pytest.mark.django_db


def translate(source, user=None, **fields):
    content = make_content("uk", headline="Нічний пором", **fields)
    return create_article(user=user, language="uk", content=content, translation_of=source)


def publish_anew(source, **fields):
    save_revision(user=None, article=source, content=make_content(**fields))
    return publish(user=None, article=source)


def is_flagged(article):
    return with_state_of_translation(Article.objects.all()).get(pk=article.pk).is_behind_source


def test_it_follows_its_source_until_that_is_published_anew(editor):
    source = publish_story()
    translation = translate(source)
    assert not source_of(editor, translation).is_ahead and not is_flagged(translation)
    publish_anew(source, deck="Changed")
    assert source_of(editor, translation).is_ahead and is_flagged(translation)


def test_it_is_not_flagged_by_what_is_only_saved(editor):
    source = publish_story()
    translation = translate(source)
    save_revision(user=None, article=source, content=make_content(deck="Not live yet"))
    assert not is_flagged(translation)


def test_it_follows_again_when_the_translator_says_so(editor):
    source = publish_story()
    translation = translate(source)
    publish_anew(source, deck="Changed")
    for _ in range(2):
        mark_as_current(user=editor, article=translation)
    assert not is_flagged(translation)
    assert AuditEntry.objects.filter(action="article.translation_current").count() == 1


def test_a_translation_of_a_draft_is_flagged_when_another_text_comes_out(editor):
    source = write_story()
    translation = translate(source)
    assert not is_flagged(translation)
    publish(user=None, article=source)
    assert not is_flagged(translation)
    publish_anew(source, deck="Changed")
    assert is_flagged(translation)


def test_it_shows_what_is_live_of_the_source(writer):
    source = publish_story(deck="Live deck")
    translation = translate(source, user=writer)
    save_revision(user=None, article=source, content=make_content(deck="Secret draft"))
    assert source_of(writer, translation).content.deck == "Live deck"


def test_it_shows_no_writer_anothers_draft(writer):
    assert source_of(writer, translate(write_story(), user=writer)) is None


def test_it_lets_no_stranger_say_that_it_follows(writer):
    with pytest.raises(PermissionDenied):
        mark_as_current(user=writer, article=translate(publish_story()))


def test_a_writer_translates_what_is_published(writer_client):
    source = publish_story(headline="The ferry", body="<p>Seven inspections.</p>")
    add = reverse("admin:articles_article_add")
    page = writer_client.get(f"{add}?language=uk&translation_of={source.pk}").content.decode()
    assert "The source, in English" in page and "Seven inspections." in page
    values = {"headline": "Пором", "kind": "news", "language": "uk"}
    writer_client.post(f"{add}?language=uk&translation_of={source.pk}", values)
    made = Article.objects.get(language="uk")
    assert (made.translated_from, made.translated_revision) == (source, source.live_revision)


def test_the_desk_says_which_translation_is_behind(editor_client):
    source = publish_story()
    translation = translate(source)
    publish_anew(source, deck="Changed")
    change = reverse("admin:articles_article_change", args=[source.pk])
    assert "behind this text" in editor_client.get(change).content.decode()
    assert "source changed" in editor_client.get(reverse("admin:articles_article_changelist")).content.decode()
    form = editor_client.get(reverse("admin:articles_article_change", args=[translation.pk])).content.decode()
    assert "was published anew" in form
