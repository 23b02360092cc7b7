import pytest
from django.urls import reverse

from articles.models import Article
from articles.publishing import publish
from articles.reviewing import submit_for_review
from articles.revising import save_revision
from tests.articles.written import make_content, write_story

pytestmark = pytest.mark.django_db
QUEUE = "/admin/articles/article/queue/"


@pytest.fixture
def submitted(writer):
    return submit_for_review(user=writer, article=write_story(writer, headline="Fog"))


def decide(client, article, decision="publish", **fields):
    values = {"story": article.pk, "revision": article.latest_revision_id, "decision": decision, **fields}
    return client.post(QUEUE, values, follow=True)


def state_of(article):
    return Article.objects.get(pk=article.pk).state


def test_it_shows_what_waits_the_oldest_first(submitted, writer, editor_client, django_assert_max_num_queries):
    for number in range(5):
        submit_for_review(user=writer, article=write_story(writer, headline=f"Story {number}"))
    with django_assert_max_num_queries(8):
        page = editor_client.get(QUEUE).content.decode()
    assert page.index("Fog") < page.index("Story 0") < page.index("Story 4")


def test_its_own_place_in_the_menu_is_marked_and_no_other(editor_client):
    page = editor_client.get(QUEUE)
    items = {item["title"]: item["active"] for group in page.context["sidebar_navigation"] for item in group["items"]}
    assert [str(title) for title, is_active in items.items() if is_active] == ["Waiting for an editor"]


def test_it_says_when_nothing_waits(editor_client):
    assert "Nothing waits for an editor" in editor_client.get(QUEUE).content.decode()


def test_it_publishes_in_one_click(submitted, editor_client):
    assert "Published: Fog" in decide(editor_client, submitted).content.decode()
    assert state_of(submitted) == "published"


def test_it_publishes_nothing_unseen(submitted, writer, editor_client):
    read = submitted.latest_revision_id
    save_revision(user=writer, article=submitted, content=make_content(headline="Fog", deck="Changed meanwhile"))
    page = decide(editor_client, submitted, revision=read).content.decode()
    assert "Somebody saved a newer version" in page and state_of(submitted) == "in_review"


def test_it_returns_with_words(submitted, editor_client):
    assert "Say what should be changed" in decide(editor_client, submitted, "changes").content.decode()
    decide(editor_client, submitted, "changes", note_text="Who says so?")
    assert state_of(submitted) == "draft" and submitted.notes.get().asks_for_changes


def test_it_loses_no_word_that_it_does_not_take(submitted, editor_client):
    long = "Who says so? " * 400
    page = decide(editor_client, submitted, "changes", note_text=long).content.decode()
    assert "That is a long note" in page and long in page
    publish(user=None, article=submitted)
    decide(editor_client, submitted, "changes", note_text="Who says so?")
    beside = editor_client.get(reverse("admin:articles_article_change", args=[submitted.pk])).content.decode()
    assert ">Who says so?</textarea>" in beside and not submitted.notes.exists()


def test_it_empties_the_box_of_what_it_took(submitted, writer, editor_client):
    decide(editor_client, submitted, "changes", note_text="Who says so?")
    submit_for_review(user=writer, article=Article.objects.get(pk=submitted.pk))
    page = editor_client.get(QUEUE).content.decode()
    assert "Fog" in page and "Who says so?" not in page


def test_it_says_what_is_missing(writer, editor_client):
    bare = submit_for_review(user=writer, article=write_story(writer, headline="Fog", section_id=None))
    assert "Choose a section." in decide(editor_client, bare).content.decode()


def test_it_is_for_editors(submitted, writer_client, manager_client, client):
    assert [each.get(QUEUE).status_code for each in (writer_client, manager_client)] == [403, 403]
    assert decide(writer_client, submitted).status_code == 403
    assert client.get(QUEUE).status_code == 302


@pytest.mark.parametrize("story", ["", "x", "9" * 30, "999999"])
def test_it_knows_no_made_up_story(editor_client, story):
    assert editor_client.post(QUEUE, {"story": story, "revision": "1", "decision": "publish"}).status_code == 404


def test_the_list_says_that_changes_are_requested(submitted, editor_client):
    decide(editor_client, submitted, "changes", note_text="Who says so?")
    page = editor_client.get(reverse("admin:articles_article_changelist")).content.decode()
    assert "changes requested" in page


def test_a_writer_resolves_a_note_and_answers_it(submitted, writer_client, editor_client, editor):
    decide(editor_client, submitted, "changes", note_text="Who says so?")
    address = reverse("admin:articles_article_change", args=[submitted.pk])
    form = {"headline": "Fog", "kind": "news", "based_on": submitted.latest_revision_id}
    writer_client.post(address, {**form, "resolve": submitted.notes.get().pk})
    assert not submitted.notes.get().is_open
    based_on = Article.objects.get(pk=submitted.pk).latest_revision_id
    note = {"verb": "note", "note_text": "The harbour master.", "note_to": [editor.pk]}
    writer_client.post(address, {**form, "based_on": based_on, **note})
    assert submitted.notes.last().text == "The harbour master."


def test_a_writer_may_note_on_what_an_editor_changes_now(submitted, writer_client, editor_client):
    decide(editor_client, submitted)
    address = reverse("admin:articles_article_change", args=[submitted.pk])
    writer_client.post(address, {"verb": "note", "note_text": "A typo in the third paragraph."})
    assert submitted.notes.count() == 1 and Article.objects.get(pk=submitted.pk).headline == "Fog"
