"""At the desk: autosaving, taking up, deciding, comparing, restoring; and who may."""

import re

import pytest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime

from articles.autosaving import autosave, find_own_autosave
from articles.content import PageContent
from articles.models import Article, Page, Revision, Tag
from articles.publishing import publish
from articles.revising import Form, create_page, save_revision
from tests.articles.test_admin_stories import ADD, change, fields
from tests.articles.written import BODY, make_content, make_image, publish_story, write_story

pytestmark = pytest.mark.django_db
TAB = {"session_key": "tab", "sequence": 1}
ADDRESSES = {
    "autosave": "post", "take": "post", "leave": "post", "present": "get", "decide": "get", "revisions": "get",
    "compare": "get", "restore": "post", "name": "post",
}  # fmt: skip


def at(name, row):
    return reverse(f"admin:articles_{row._meta.model_name}_{name}", args=[row.pk])


def typed(row, user, tab="tab", **values):
    return autosave(
        user=user, row=row, content=make_content(**values), based_on=row.latest_revision_id, form=Form(tab, 1)
    )


def conflict(client, article, other, mine, theirs):
    """Both write on the same revision; the client saves second."""
    stale = {**fields(article, **mine), **TAB}
    save_revision(user=other, article=article, content=make_content(**theirs))
    return client.post(change(article), stale)


def decided(article, user, **choices):
    mine = find_own_autosave(user=user, row=article)
    return {"mine": mine.pk, "theirs": article.latest_revision_id, **choices}


def test_it_autosaves_what_is_typed(writer_client, writer):
    article = write_story(writer)
    answer = writer_client.post(at("autosave", article), {**fields(article, deck="Typed", tags="Fer"), **TAB}).json()
    kept = Revision.objects.autosaved().get()
    assert answer["kept"] == kept.pk and answer["newer"] == "" and ":" in answer["at"]
    assert (kept.content["deck"], kept.content["new_tags"], Tag.objects.count()) == ("Typed", ["Fer"], 0)


def test_it_autosaves_what_the_form_would_refuse(writer_client, writer):
    article = write_story(writer)
    wrong = fields(article, slug="not an address!", lead_caption="c" * 600, deck="Typed")
    writer_client.post(at("autosave", article), {**wrong, **TAB})
    assert Revision.objects.autosaved().get().content["lead_caption"] == "c" * 500


def test_it_begins_a_new_story_once(writer_client):
    begin = reverse("admin:articles_article_begin")
    for sequence in (1, 2):
        values = {**fields(headline=f"Typed {sequence}"), "session_key": "tab", "sequence": sequence}
        answer = writer_client.post(begin, values).json()
    article = Article.objects.get()
    assert answer["address"] == change(article) and answer["based_on"] == article.latest_revision_id
    assert Revision.objects.autosaved().get().headline == "Typed 2"


def test_it_begins_no_second_story_when_the_button_is_pressed_twice(writer_client):
    for _ in range(2):
        writer_client.post(ADD, {**fields(), **TAB})
    assert Article.objects.count() == 1


def test_it_autosaves_pages(editor_client, editor):
    page = create_page(user=editor, content=PageContent(headline="About"))
    values = {"headline": "About us", "based_on": page.latest_revision_id, **TAB}
    editor_client.post(at("autosave", page), values)
    editor_client.post(reverse("admin:articles_page_begin"), {"headline": "Privacy", **TAB})
    assert Revision.objects.autosaved().get().headline == "About us" and Page.objects.count() == 2


def test_it_says_that_somebody_saved(writer_client, writer, editor):
    article = write_story(writer)
    values = {**fields(article, deck="Mine"), **TAB}
    save_revision(user=editor, article=article, content=make_content(deck="Hers"))
    answer = writer_client.post(at("autosave", article), values).json()
    assert answer["newer"].startswith("Editor saved a newer version") and answer["kept"]


def test_it_refuses_in_words_when_the_story_is_out_of_hand(writer_client, writer, editor):
    article = write_story(writer)
    publish(user=editor, article=article)
    response = writer_client.post(at("autosave", article), {**fields(article, deck="Late"), **TAB})
    assert response.status_code == 403 and "until they are scheduled" in response.json()["refused"]


def test_it_offers_what_was_kept_and_takes_it_up(writer_client, writer, editor):
    article = write_story(writer)
    base = article.latest_revision_id
    kept = typed(article, writer, deck="Typed yesterday")
    save_revision(user=editor, article=article, content=make_content(deck="Hers"))
    assert "We kept what you wrote on" in writer_client.get(change(article)).content.decode()
    page = writer_client.post(at("take", article), {"autosave": kept.pk}, follow=True).content.decode()
    assert "Typed yesterday" in page and f'name="based_on" value="{base}"' in page
    assert "We kept what you wrote on" not in page


def test_it_leaves_it(writer_client, writer):
    article = write_story(writer)
    page = writer_client.post(at("leave", article), {"autosave": typed(article, writer, deck="T").pk}, follow=True)
    assert "We kept what you wrote on" not in page.content.decode() and Revision.objects.autosaved().exists()


def test_it_shows_who_is_here(writer_client, editor_client, writer):
    article = write_story(writer)
    writer_client.get(at("present", article), {"session_key": "a"})
    answer = editor_client.get(at("present", article), {"session_key": "b"}).json()
    assert answer["others"][0].startswith("Writer has this open, since ") and answer["token"]
    assert "Writer has this open" in editor_client.get(change(article)).content.decode()
    writer_client.post(at("present", article), {"session_key": "a"})
    others = editor_client.get(at("present", article), {"session_key": "b"}).json()["others"]
    assert [other.partition(", since")[0] for other in others] == ["You have this open in another tab"]


def test_it_puts_both_versions_side_by_side(writer_client, writer, editor):
    article = write_story(writer)
    response = conflict(writer_client, article, editor, {"deck": "Mine now"}, {"deck": "Hers now"})
    page = response.content.decode()
    assert response.status_code == 409 and "Editor saved this while you were writing" in page
    assert "Hers" in page and "Mine" in page and 'name="deck" value="theirs"' in page
    assert find_own_autosave(user=writer, row=article).content["deck"] == "Mine now"


def test_it_saves_what_was_decided(writer_client, writer, editor):
    article = write_story(writer)
    body = "<p>First.</p><p>Second.</p>"
    save_revision(user=writer, article=article, content=make_content(body=body))
    mine, theirs = {"deck": "Mine", "body": "<p>First.</p><p>Mine.</p>"}, {"deck": "Hers", "body": "<p>Hers.</p>"}
    conflict(writer_client, article, editor, mine, theirs)
    choices = decided(article, writer, **{"deck": "mine", "body-0": "both"})
    response = writer_client.post(at("decide", article), choices, follow=True)
    article.refresh_from_db()
    latest = article.latest_revision
    assert "Saved as you decided" in response.content.decode() and latest.content["deck"] == "Mine"
    assert latest.content["body"] == "<p>Hers.</p><p>First.</p><p>Mine.</p>"
    assert not Revision.objects.autosaved().exists()


def test_it_asks_again_for_what_was_not_decided(writer_client, writer, editor):
    article = write_story(writer)
    conflict(writer_client, article, editor, {"deck": "Mine"}, {"deck": "Hers"})
    response = writer_client.post(at("decide", article), decided(article, writer))
    article.refresh_from_db()
    assert response.status_code == 422 and "choose one" in response.content.decode()
    assert article.latest_revision.content["deck"] == "Hers"


def test_it_asks_again_when_a_third_version_came(writer_client, writer, editor):
    article = write_story(writer)
    conflict(writer_client, article, editor, {"deck": "Mine"}, {"deck": "Hers"})
    choices = decided(article, writer, deck="mine")
    save_revision(user=editor, article=article, content=make_content(deck="Third"))
    response = writer_client.post(at("decide", article), choices)
    article.refresh_from_db()
    assert response.status_code == 409 and article.latest_revision.content["deck"] == "Third"


def test_it_publishes_nothing_unseen(editor_client, editor, writer):
    article = write_story(writer)
    stale = fields(article, verb="publish")
    save_revision(user=writer, article=article, content=make_content(deck="Unseen"))
    assert editor_client.post(change(article), stale).status_code in (302, 409)
    article.refresh_from_db()
    assert article.state == "draft" and article.latest_revision.content["deck"] == "Unseen"


def test_the_admins_empty_history_leads_to_the_revisions(editor_client, editor):
    article = write_story(editor)
    response = editor_client.get(f"/admin/articles/article/{article.pk}/history/")
    assert response["Location"] == f"/admin/articles/article/{article.pk}/revisions/"


def test_it_lists_revisions_in_few_queries(editor_client, editor, django_assert_max_num_queries):
    article = publish_story(editor)
    for number in range(60):
        save_revision(user=editor, article=article, content=make_content(deck=f"{number}"), note=f"Note {number}")
    editor_client.get(at("revisions", article))
    with django_assert_max_num_queries(8) as queries:
        page = editor_client.get(at("revisions", article)).content.decode()
    assert "Note 59" in page and "Note 1<" not in page and "?before=" in page
    written = article.latest_revision
    assert f"{date_format(localtime(written.created_at), 'j E Y, H:i')} · {editor} · Note 59" in page
    assert not [query for query in queries if "COUNT(" in query["sql"]]


def test_it_notes_why_something_was_saved(editor_client, editor):
    article = write_story(editor)
    editor_client.post(change(article), fields(article, deck="New", note="After the lawyer's call"))
    page = editor_client.get(at("revisions", article)).content.decode()
    assert Revision.objects.saved().first().note == "After the lawyer's call" and "lawyer" in page


def test_it_hides_a_colleagues_autosave_from_a_writer(writer_client, editor_client, writer, editor):
    article = write_story(writer)
    hers = typed(article, editor, headline="Not saved yet")
    assert "Not saved yet" not in writer_client.get(at("revisions", article)).content.decode()
    assert "Not saved yet" in editor_client.get(at("revisions", article)).content.decode()
    pair = {"old": article.latest_revision_id, "new": hers.pk}
    assert writer_client.get(at("compare", article), pair).status_code == 404


def test_it_compares_two_whichever_way_they_are_chosen(editor_client, editor):
    image = make_image()
    article = write_story(editor, deck="It sailed at nine.")
    first = article.latest_revision_id
    new = make_content(deck="It sailed at ten.", lead_image_id=image.pk)
    second = save_revision(user=editor, article=article, content=new).pk
    for pair in ((first, second), (second, first)):
        page = editor_client.get(at("compare", article), {"old": pair[0], "new": pair[1]}).content.decode()
        assert "<del>nine</del><ins>ten</ins>" in page
    assert reverse("admin:articles_image_thumb", args=[image.pk]) in page and "The same in both:" in page


def test_it_escapes_what_it_compares(editor_client, editor):
    article = write_story(editor, deck="<img src=x onerror=alert(1)>")
    first = article.latest_revision_id
    second = save_revision(user=editor, article=article, content=make_content(deck="<script>alert(1)</script>")).pk
    page = editor_client.get(at("compare", article), {"old": first, "new": second}).content.decode()
    assert "<script>alert" not in page and "<img src=x" not in page


def test_it_restores_and_names(editor_client, editor):
    article = publish_story(editor)
    first = article.latest_revision
    save_revision(user=editor, article=article, content=make_content(deck="Second"))
    values = {"revision": first.pk, "based_on": article.latest_revision_id}
    editor_client.post(at("restore", article), values)
    editor_client.post(at("name", article), {"revision": first.pk, "name": "As published"})
    article.refresh_from_db()
    assert article.latest_revision.content == first.content and article.latest_revision != first
    assert "As published" in editor_client.get(at("revisions", article)).content.decode()


def test_it_restores_over_nobody(editor_client, editor):
    article = write_story(editor, deck="First")
    known = article.latest_revision_id
    save_revision(user=editor, article=article, content=make_content(deck="Newer"))
    values = {"revision": known, "based_on": known}
    page = editor_client.post(at("restore", article), values, follow=True).content.decode()
    article.refresh_from_db()
    assert "Somebody saved a newer version just now" in page and article.latest_revision.content["deck"] == "Newer"


def test_it_takes_no_revision_of_another_story(editor_client, editor):
    article, other = write_story(editor), write_story(editor)
    for name in ("restore", "name"):
        response = editor_client.post(at(name, article), {"revision": other.latest_revision_id, "name": "x"})
        assert response.status_code == 404


def test_it_takes_nobody_elses_autosave(writer_client, editor_client, writer, editor):
    article = write_story(writer)
    hers = typed(article, editor, deck="Hers").pk
    for name in ("take", "leave"):
        assert writer_client.post(at(name, article), {"autosave": hers}).status_code == 404
    assert writer_client.get(at("decide", article), {"mine": hers}).status_code == 404
    assert writer_client.get(change(article), {"autosave": hers}).status_code == 404


def box_of(client, article):
    """What stands in the box of the note that is being written."""
    page = client.get(change(article)).content.decode()
    return re.search(r'<textarea id="note-text"[^>]*>(.*?)</textarea>', page, re.DOTALL)[1]


def test_it_carries_a_note_over_a_conflict_back_into_its_box(writer_client, writer, editor):
    article = write_story(writer)
    note = {"verb": "note", "note_text": "Ask <them>.", "note_to": [editor.pk]}
    page = conflict(
        writer_client, article, editor, {"deck": "Mine", "body": BODY, **note}, {"deck": "Hers"}
    ).content.decode()
    assert "It is not added yet" in page and "Ask &lt;them&gt;." in page
    decision = decided(article, writer, deck="mine")
    page = writer_client.post(at("decide", article), decision, follow=True).content.decode()
    assert "Saved as you decided" in page
    assert f'name="note_to" value="{editor.pk}" checked' in page
    assert box_of(writer_client, article) == "Ask &lt;them&gt;."
    article.refresh_from_db()
    writer_client.post(change(article), fields(article, **note))
    assert article.notes.get().text == "Ask <them>." and box_of(writer_client, article) == ""


@pytest.mark.parametrize("verb", ["note", "save", "publish", "unschedule"])
def test_it_leaves_a_note_in_its_box_when_it_is_not_taken(editor_client, editor, stranger, verb):
    article = write_story(editor, body="")
    sent = fields(article, body="", verb=verb, note_text="Ask them.", note_to=[stranger.pk], **TAB)
    page = editor_client.post(change(article), sent, follow=True).content.decode()
    assert not article.notes.exists() and box_of(editor_client, article) == "Ask them."
    assert 'data-saved="tab" data-saved-sequence="1"' in page  # the browser need keep no copy of this form
    editor_client.post(change(article), fields(article, body=BODY, note_text=""))
    assert box_of(editor_client, article) == ""


def test_it_takes_up_the_note_of_a_copy_that_the_browser_kept(writer_client, writer):
    article, other = write_story(writer), write_story(writer)
    sent = {**fields(article), **TAB, "note_text": "Ask them."}
    writer_client.post(at("autosave", article), sent)
    assert box_of(writer_client, article) == ""
    writer_client.post(at("autosave", article), {**sent, "holds_note": "1"})
    assert [box_of(writer_client, each) for each in (article, other)] == ["Ask them.", ""]


@pytest.mark.parametrize("name", ADDRESSES)
def test_it_opens_to_those_who_may_see_the_story(name, client, writer_client, member_client, manager_client, editor):
    article = write_story(editor)
    for visitor, statuses in ((client, {302}), (member_client, {302}), (manager_client, {404}), (writer_client, {404})):
        ask = getattr(visitor, ADDRESSES[name])
        assert ask(at(name, article), fields(article)).status_code in statuses


@pytest.mark.parametrize("name", ["begin", "signed_in", "welcome"])
def test_it_opens_the_new_form_to_staff(name, client, member_client, manager_client):
    address = reverse(f"admin:articles_article_{name}")
    for visitor in (client, member_client):
        assert visitor.get(address).status_code == 302
    assert manager_client.post(address, fields()).status_code in (403, 405)
    assert not Article.objects.exists()
