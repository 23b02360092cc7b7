import pytest
from django.core.exceptions import PermissionDenied

from articles.autosaving import autosave
from articles.content import PageContent
from articles.models import Revision
from articles.restoring import name_revision, restore_revision
from articles.revising import EditConflict, Form, create_page, save_page_revision, save_revision
from newsroom.lib.models import AuditEntry
from tests.articles.written import make_content, publish_story, write_story

pytestmark = pytest.mark.django_db


def test_it_restores_by_a_new_revision(writer):
    article = write_story(writer)
    first = article.latest_revision
    second = save_revision(user=writer, article=article, content=make_content(deck="Second"))
    restored = restore_revision(user=writer, row=article, revision=first, based_on=second.pk)
    article.refresh_from_db()
    assert article.latest_revision == restored != first and restored.content == first.content
    assert restored.note.startswith("Restored from ") and Revision.objects.count() == 3
    assert AuditEntry.objects.filter(action="article.restored").exists()


def test_it_leaves_the_live_story_alone(editor):
    article = publish_story(editor)
    first = article.latest_revision
    second = save_revision(user=editor, article=article, content=make_content(headline="Second"))
    restore_revision(user=editor, row=article, revision=first, based_on=second.pk)
    article.refresh_from_db()
    assert article.live_revision == first and article.has_unpublished_changes


def test_it_restores_over_nobody(writer, editor):
    article = write_story(writer)
    first = article.latest_revision
    known = save_revision(user=writer, article=article, content=make_content(deck="Second"))
    save_revision(user=editor, article=article, content=make_content(deck="Third"))
    with pytest.raises(EditConflict):
        restore_revision(user=writer, row=article, revision=first, based_on=known.pk)


def test_it_restores_a_page(editor):
    page = create_page(user=editor, content=PageContent(headline="First"))
    first = page.latest_revision
    second = save_page_revision(user=editor, page=page, content=PageContent(headline="Second"))
    assert restore_revision(user=editor, row=page, revision=first, based_on=second.pk).headline == "First"


def test_it_names_an_autosave_and_keeps_it(writer):
    article = write_story(writer)
    content = make_content(deck="Typed")
    typed = autosave(user=writer, row=article, content=content, based_on=None, form=Form("tab", 1))
    named = name_revision(user=writer, row=article, revision=typed, name=" The  long one ")
    assert (named.name, named.kind) == ("The long one", "saved")
    on = autosave(user=writer, row=article, content=make_content(deck="On"), based_on=None, form=Form("tab", 2))
    assert on != named


def test_it_lets_only_those_who_may_write(writer, editor):
    article = write_story(editor)
    with pytest.raises(PermissionDenied):
        name_revision(user=writer, row=article, revision=article.latest_revision, name="Mine")
    with pytest.raises(PermissionDenied):
        restore_revision(
            user=writer, row=article, revision=article.latest_revision, based_on=article.latest_revision_id
        )
