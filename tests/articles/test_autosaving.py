import threading

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from articles.autosaving import autosave, begin, find_own_autosave, leave_autosave, take_autosave
from articles.content import PageContent, StoryContent
from articles.models import Article, Page, Revision, Tag
from articles.moving import PublishingError
from articles.publishing import publish
from articles.revising import EditConflict, Form, create_article, create_page, delete_draft, save_revision
from articles.scheduling import schedule
from tests.articles.test_scheduling import hour
from tests.articles.written import make_content, publish_story, write_story

pytestmark = pytest.mark.django_db
TAB, OTHER_TAB = "tab-one", "tab-two"


def type_in(article, user, sequence=1, tab=TAB, based_on=None, **fields):
    return autosave(
        user=user, row=article, content=make_content(**fields), based_on=based_on or article.latest_revision_id,
        form=Form(tab, sequence),
    )  # fmt: skip


def test_it_keeps_what_was_typed_in_one_row(writer):
    article = write_story(writer)
    first = type_in(article, writer, 1, deck="It sailed")
    second = type_in(article, writer, 2, deck="It sailed on")
    assert first == second and Revision.objects.autosaved().get().content["deck"] == "It sailed on"


def test_it_never_touches_the_live_row_or_the_latest(editor):
    article = publish_story(editor)
    before = Article.objects.values().get()
    type_in(article, editor, headline="Typed")
    assert Article.objects.values().get() == before


def test_it_gives_each_tab_its_own(writer):
    article = write_story(writer)
    type_in(article, writer, deck="One")
    type_in(article, writer, tab=OTHER_TAB, deck="Two")
    assert {row.content["deck"] for row in Revision.objects.autosaved()} == {"One", "Two"}


def test_it_keeps_nothing_when_nothing_was_typed(writer):
    assert type_in(write_story(writer), writer) is None and not Revision.objects.autosaved().exists()


def test_it_heeds_no_request_that_comes_late(writer):
    article = write_story(writer)
    type_in(article, writer, 5, deck="Newer")
    type_in(article, writer, 4, deck="Older")
    assert Revision.objects.autosaved().get().content["deck"] == "Newer"


def test_it_goes_when_its_form_is_saved(writer):
    article = write_story(writer)
    type_in(article, writer, 3, deck="Typed")
    save_revision(user=writer, article=article, content=make_content(deck="Typed"), form=Form(TAB, 3))
    assert not Revision.objects.autosaved().exists()


def test_it_does_not_come_back_after_its_form_was_saved(writer):
    article = write_story(writer)
    base = article.latest_revision_id
    save_revision(user=writer, article=article, content=make_content(deck="Typed"), form=Form(TAB, 3))
    assert type_in(article, writer, 3, based_on=base, deck="Typed") is None
    assert type_in(article, writer, 4, based_on=base, deck="Typed on") is not None


def test_it_keeps_words_though_somebody_saved_in_between(writer, editor):
    article = write_story(writer)
    base = article.latest_revision_id
    save_revision(user=editor, article=article, content=make_content(deck="Hers"))
    kept = type_in(article, writer, based_on=base, deck="His")
    article.refresh_from_db()
    assert kept.based_on_id == base and article.latest_revision.content["deck"] == "Hers"


def test_it_makes_no_tag_of_half_a_name(writer):
    article = write_story(writer)
    type_in(article, writer, new_tags=["Fer"])
    assert not Tag.objects.exists()
    save_revision(user=writer, article=article, content=make_content(new_tags=["Ferries"]))
    assert article.latest_revision.content["tag_ids"] == [Tag.objects.get(name="Ferries").pk]


def test_it_is_offered_to_its_writer_alone(writer, editor):
    article = write_story(writer)
    kept = type_in(article, writer, deck="Typed")
    assert find_own_autosave(user=writer, row=article) == kept
    assert find_own_autosave(user=editor, row=article) is None


def test_it_is_taken_up_by_another_tab(writer):
    article = write_story(writer)
    kept = type_in(article, writer, deck="Typed")
    take_autosave(user=writer, row=article, autosave=kept, session_key=OTHER_TAB)
    type_in(article, writer, 2, tab=OTHER_TAB, deck="Typed on")
    assert Revision.objects.autosaved().get().content["deck"] == "Typed on"


def test_it_is_offered_no_more_once_left(writer):
    article = write_story(writer)
    leave_autosave(user=writer, autosave=type_in(article, writer, deck="Typed"))
    assert find_own_autosave(user=writer, row=article) is None and Revision.objects.autosaved().exists()


def test_it_refuses_who_may_not_write(writer, editor):
    with pytest.raises(PermissionDenied):
        type_in(write_story(editor), writer, deck="Mine")
    with pytest.raises(PermissionDenied):
        type_in(publish(user=editor, article=write_story(writer)), writer, deck="Mine")


def test_it_begins_one_story_for_one_form(writer):
    def create():
        return create_article(user=writer, content=StoryContent(headline="Begun"), session_key=TAB)

    first = begin(user=writer, kind=Article, session_key=TAB, create=create)
    assert begin(user=writer, kind=Article, session_key=TAB, create=create) == first
    assert Article.objects.count() == 1


def test_it_deletes_a_story_that_a_form_began_and_saved(writer):
    article = create_article(user=writer, content=StoryContent(headline="Begun"), session_key=TAB)
    save_revision(user=writer, article=article, content=make_content(), form=Form(TAB, 2))
    type_in(article, writer, 3, deck="Typed")
    delete_draft(user=writer, article=article)
    assert not Revision.objects.exists()


def test_it_keeps_pages_too(editor):
    page = create_page(user=editor, content=PageContent(headline="About"))
    autosave(
        user=editor, row=page, content=PageContent(headline="About us"), based_on=page.latest_revision_id,
        form=Form(TAB, 1),
    )  # fmt: skip
    assert find_own_autosave(user=editor, row=Page.objects.get()).headline == "About us"


@pytest.mark.django_db(transaction=True)
def test_it_begins_one_story_when_two_requests_race(writer):
    gate, made = threading.Barrier(2), []

    def create():
        gate.wait()
        return create_article(user=writer, content=StoryContent(headline="Begun"), session_key=TAB)

    def run():
        made.append(begin(user=writer, kind=Article, session_key=TAB, create=create).pk)
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 2 and set(made) == set(Article.objects.values_list("pk", flat=True))


def test_it_takes_what_the_caller_read_for_the_base(editor, writer):
    article = write_story(writer)
    seen = Article.objects.get()
    save_revision(user=writer, article=article, content=make_content(deck="His"))
    with pytest.raises(EditConflict):
        save_revision(user=editor, article=seen, content=make_content(deck="Hers"))


def test_it_sends_out_only_what_was_looked_at(editor, writer):
    article = write_story(writer)
    seen = Article.objects.get()
    save_revision(user=writer, article=article, content=make_content(deck="His"))
    with pytest.raises(PublishingError, match="newer version"):
        publish(user=editor, article=seen)
    with pytest.raises(PublishingError, match="newer version"):
        schedule(user=editor, article=seen, at=hour())


def test_it_is_no_conflict_to_save_the_same(editor, writer):
    article = write_story(writer)
    seen = Article.objects.get()
    latest = save_revision(user=writer, article=article, content=make_content(deck="New"))
    assert save_revision(user=editor, article=seen, content=make_content(deck="New")) == latest
