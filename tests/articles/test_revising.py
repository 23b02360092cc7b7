import pytest
from django.core.exceptions import PermissionDenied

from articles.content import StoryContent, latest_story_content
from articles.models import Article, Tag
from articles.publishing import publish
from articles.revising import EditConflict, create_article, delete_draft, find_or_make_tags, save_revision
from newsroom.lib.models import AuditEntry
from tests.articles.written import make_content, publish_story, write_story

pytestmark = pytest.mark.django_db


def test_it_writes_a_draft_and_nothing_live(writer):
    article = create_article(user=writer, language="en", content=make_content())
    article.refresh_from_db()
    assert (article.state, article.headline, article.section_id) == ("draft", "", None)
    assert article.latest_revision.content["headline"] == "The night ferry failed seven inspections"


def test_it_saves_a_body_clean_whoever_calls(writer):
    article = write_story(writer, body="<p onclick=x>a</p><script>x</script>")
    assert latest_story_content(article).body == "<p>a</p>"


def test_it_leaves_the_live_story_alone(editor):
    article = publish_story(editor)
    tag = Tag.objects.create(name="Safety", slug="safety", language="en")
    save_revision(user=editor, article=article, content=make_content(headline="Another", tag_ids=[tag.pk], bylines=[]))
    article.refresh_from_db()
    assert article.headline.startswith("The night ferry") and article.has_unpublished_changes
    assert not article.tags.exists() and article.bylines.count() == 1


def test_it_saves_the_same_content_once(editor):
    article = write_story(editor)
    first = article.latest_revision_id
    save_revision(user=editor, article=article, content=make_content())
    assert article.latest_revision_id == first


def test_it_refuses_to_write_over_somebody(editor, writer):
    article = write_story(writer)
    base = article.latest_revision_id
    save_revision(user=writer, article=article, content=make_content(deck="Mine"), based_on=base)
    with pytest.raises(EditConflict, match="Writer saved this while you were writing"):
        save_revision(user=editor, article=article, content=make_content(deck="Hers"), based_on=base)
    article.refresh_from_db()
    assert article.latest_revision.content["deck"] == "Mine"


def test_it_lets_a_writer_change_only_their_own_drafts(writer, editor):
    with pytest.raises(PermissionDenied):
        save_revision(user=writer, article=write_story(editor), content=make_content())
    with pytest.raises(PermissionDenied):
        save_revision(user=writer, article=publish(user=None, article=write_story(writer)), content=make_content())


def test_it_keeps_revisions_in_a_chain(editor):
    article = write_story(editor)
    first = article.latest_revision
    second = save_revision(user=editor, article=article, content=make_content(deck="New"))
    assert second.based_on == first and list(article.revisions.all()) == [second, first]


def test_it_reads_a_revision_of_any_age():
    content = StoryContent.from_json({"headline": "Old", "gone_field": 1})
    assert (content.headline, content.related_ids) == ("Old", [])


def test_it_finds_tags_whatever_their_case_and_makes_the_rest():
    known = Tag.objects.create(name="Tern Island", slug="tern-island", language="en")
    ids = find_or_make_tags(names=["tern island", " Київ ", "", "Київ"], language="en")
    assert ids[0] == known.pk and Tag.objects.get(pk=ids[1]).slug == "kyiv" and len(ids) == 2


def test_it_joins_a_translation_to_its_original(editor):
    original = write_story(editor)
    other = create_article(user=editor, language="uk", content=StoryContent(), translation_of=original)
    assert other.translation_key == original.translation_key


def test_it_deletes_a_draft_with_its_revisions(writer):
    article = write_story(writer)
    save_revision(user=writer, article=article, content=make_content(deck="Second"))
    delete_draft(user=writer, article=article)
    assert not Article.objects.exists() and AuditEntry.objects.filter(action="article.deleted").exists()


def test_it_never_deletes_what_was_published(editor):
    with pytest.raises(PermissionDenied, match="take it down"):
        delete_draft(user=editor, article=publish_story(editor))
