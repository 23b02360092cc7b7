import re
from datetime import timedelta

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from articles.autosaving import autosave
from articles.models import Article, Tag
from articles.models.publication import State
from articles.publishing import publish
from articles.reviewing import add_note
from articles.revising import Form, create_article, save_revision
from articles.scheduling import schedule
from tests.articles import making
from tests.articles.written import make_author, make_content, make_image, make_section, publish_story, write_story

pytestmark = pytest.mark.django_db
ADD = "/admin/articles/article/add/"


def change(article):
    return reverse("admin:articles_article_change", args=[article.pk])


def fields(article=None, **values):
    """What the browser sends for a story that may be published."""
    return {
        "headline": "The night ferry failed seven inspections",
        "deck": "It sailed after every one.",
        "body": "<p>At 22:31 a deckhand winds tape.</p>",
        "kind": "news",
        "section_id": make_section().pk,
        "author_0": make_author().pk,
        "role_0": "words",
        "based_on": (article and article.latest_revision_id) or "",
        "verb": "save",
        **values,
    }


def test_it_writes_and_publishes_a_story(editor_client):
    image = make_image()
    lead = {"lead_image_id": image.pk, "lead_caption": "At night", "lead_credit": "Ilse Tamrin"}
    response = editor_client.post(ADD, fields(verb="publish", tags="Ferries, Safety", **lead), follow=True)
    article = Article.objects.get()
    assert b"Published." in response.content and article.is_published()
    assert {tag.name for tag in article.tags.all()} == {"Ferries", "Safety"}
    assert (article.lead_image, article.lead_credit) == (image, "Ilse Tamrin")


def test_it_changes_nothing_live_until_published_again(editor_client, editor):
    tag = Tag.objects.create(name="Ferries", slug="ferries", language="en")
    article = publish_story(editor, tag_ids=[tag.pk])
    changed = fields(article, headline="Changed", tags="Other", author_0=make_author("Olena Marsh").pk)
    response = editor_client.post(change(article), changed, follow=True)
    article.refresh_from_db()
    assert b"Readers see no change" in response.content and article.headline.startswith("The night")
    assert [t.name for t in article.tags.all()] == ["Ferries"]
    assert [str(row.author) for row in article.bylines.all()] == ["Tobin Aldercott"]
    editor_client.post(change(article), {**changed, "based_on": article.latest_revision_id, "verb": "publish"})
    article.refresh_from_db()
    assert article.headline == "Changed" and [t.name for t in article.tags.all()] == ["Other"]
    assert [str(row.author) for row in article.bylines.all()] == ["Olena Marsh"]


def test_it_shows_what_was_written_last(editor_client, editor):
    article = publish_story(editor)
    save_revision(user=editor, article=article, content=make_content(headline="Written last"))
    page = editor_client.get(change(article)).content.decode()
    assert "Written last" in page and "Has changes that are not published." in page


def test_it_saves_even_what_cannot_be_published(editor_client):
    response = editor_client.post(ADD, {"headline": "Only this", "kind": "news", "verb": "publish"}, follow=True)
    assert b"Choose a section." in response.content and b"Write the body." in response.content
    assert Article.objects.get().working_headline == "Only this"


def test_it_refuses_to_write_over_somebody(editor_client, editor, writer):
    article = write_story(editor)
    stale = fields(article, headline="Hers")
    save_revision(user=editor, article=article, content=make_content(headline="His"))
    response = editor_client.post(change(article), stale)
    assert response.status_code == 409 and "while you were writing" in response.content.decode()
    assert "Hers" in response.content.decode()


def test_it_stores_a_body_clean(editor_client):
    editor_client.post(ADD, fields(body='<p onclick="x()">a</p><script>alert(1)</script>'))
    assert Article.objects.get().latest_revision.content["body"] == "<p>a</p>"


def test_it_schedules_and_takes_back(editor_client, editor):
    article = write_story(editor)
    at = timezone.localtime() + timedelta(days=2)
    editor_client.post(change(article), fields(article, verb="schedule", publish_at=f"{at:%Y-%m-%dT%H:%M}"))
    article.refresh_from_db()
    assert article.state == "scheduled" and article.publish_at == at.replace(second=0, microsecond=0)
    editor_client.post(change(article), {"verb": "unschedule"})
    article.refresh_from_db()
    assert article.state == "in_review"


def test_it_says_when_a_time_was_chosen_and_its_button_not_pressed(editor_client, editor):
    """Else somebody believes that the story is scheduled."""
    article = write_story(editor)
    at = timezone.localtime() + timedelta(days=2)
    chosen = {"publish_at": f"{at:%Y-%m-%dT%H:%M}", "embargo_until": ""}
    page = editor_client.post(change(article), fields(article, **chosen), follow=True).content.decode()
    article.refresh_from_db()
    assert "Not set: Publish at." in page and article.state == "draft"
    sent = fields(article, verb="schedule", **chosen)
    assert "Not set" not in editor_client.post(change(article), sent, follow=True).content.decode()
    Article.objects.filter(pk=article.pk).update(publish_at=at)  # with its seconds, which no control shows
    assert "Not set" not in editor_client.post(change(article), fields(article, **chosen), follow=True).content.decode()


def test_it_takes_a_story_down(editor_client, editor):
    article = publish_story(editor)
    editor_client.post(change(article), {"verb": "unpublish", "unpublish_note": "Retracted."})
    article.refresh_from_db()
    assert article.state == "unpublished"


def test_it_gives_a_writers_new_story_their_name(writer_client, writer):
    author = make_author("Wenna Corliss")
    author.member = writer
    author.save()
    page = writer_client.get(ADD).content.decode()
    assert f'<option value="{author.pk}" selected>' in page


def test_it_lets_a_writer_submit_and_not_publish(writer_client, writer):
    page = writer_client.get(ADD).content.decode()
    assert 'value="submit"' in page and 'value="publish"' not in page
    writer_client.post(ADD, fields(verb="submit"))
    assert (Article.objects.get().state, Article.objects.get().created_by) == ("in_review", writer)


def test_it_refuses_a_writers_forged_publish(writer_client, writer):
    article = write_story(writer)
    response = writer_client.post(change(article), fields(article, verb="publish"))
    article.refresh_from_db()
    assert response.status_code == 403 and article.state == "draft"


def test_it_shows_a_writer_only_their_own(writer_client, writer, editor):
    mine, hers = write_story(writer, headline="Mine"), write_story(editor, headline="Hers")
    page = writer_client.get("/admin/articles/article/").content.decode()
    assert "Mine" in page and "Hers" not in page
    assert writer_client.get(change(hers)).status_code == 404
    assert writer_client.post(change(hers), fields(hers)).status_code == 404
    assert writer_client.get(change(mine)).status_code == 200


def test_it_shows_a_writer_their_published_story_to_read(writer_client, writer, editor):
    article = publish(user=editor, article=write_story(writer))
    page = writer_client.get(change(article)).content.decode()
    assert "an editor changes it from now on" in page and 'value="save"' not in page
    assert writer_client.post(change(article), fields(article)).status_code == 403


def test_it_previews_the_draft(editor_client, editor):
    article = publish_story(editor)
    save_revision(user=editor, article=article, content=make_content(headline="Not yet live"))
    response = editor_client.get(reverse("admin:articles_article_preview", args=[article.pk]))
    assert "Not yet live" in response.content.decode() and "no-store" in response["Cache-Control"]


def test_it_offers_published_stories_to_link_to(editor_client):
    publish_story(headline="Salt in the wheat")
    write_story(headline="Salt in the draft")
    items = editor_client.get("/admin/articles/article/pick/?q=salt").json()["items"]
    assert [item["title"] for item in items] == ["Salt in the wheat"]


@pytest.mark.parametrize("state", State)
def test_it_shows_each_state_by_its_label(editor_client, editor, state):
    article = publish_story(editor)
    Article.objects.filter(pk=article.pk).update(state=state, publish_at=timezone.now() + timedelta(1))
    listed = editor_client.get("/admin/articles/article/").content.decode()
    label = rf">\s*{state.label}\s*<"
    assert re.search(label, listed.partition('id="result_list"')[2], re.IGNORECASE)
    form = editor_client.get(change(article)).content.decode()
    assert f'data-state="{state.value}">{state.label.capitalize()}</p>' in form


def test_it_begins_a_translation(editor_client, editor):
    original = write_story(editor)
    make_section("Порт", "uk")
    editor_client.post(
        f"{ADD}?language=uk&translation_of={original.pk}", {"headline": "Пором", "kind": "news", "language": "uk"}
    )
    other = Article.objects.exclude(pk=original.pk).get()
    assert (other.language, other.translation_key) == ("uk", original.translation_key)


def test_it_deletes_only_what_was_never_published(editor_client, editor):
    draft, live = write_story(editor), publish_story(editor)
    for article in (draft, live):
        editor_client.post(reverse("admin:articles_article_delete", args=[article.pk]), {"post": "yes"})
    assert list(Article.objects.all()) == [live]


def test_it_lists_in_few_queries(editor_client, editor, django_assert_max_num_queries):
    for number in range(6):
        schedule(user=editor, article=write_story(editor, headline=f"Story {number}"), at=timezone.now() + timedelta(1))
    editor_client.get("/admin/articles/article/")
    with django_assert_max_num_queries(8) as queries:
        page = editor_client.get("/admin/articles/article/").content.decode()
    assert "Story 5" in page and "Tobin Aldercott" in page
    assert not [query for query in queries if "COUNT(" in query["sql"]]


def test_it_opens_a_full_form_in_few_queries(editor_client, editor, publisher, django_assert_max_num_queries):
    tag, other = Tag.objects.create(name="A", slug="a", language="en"), publish_story(editor, headline="Other")
    image = make_image()
    body = f'<figure class="image" data-image="{image.pk}"></figure><p><a data-article="{other.pk}">The other</a></p>'
    source = publish_story(editor, body=body)
    extras = {"tag_ids": [tag.pk], "related_ids": [other.pk], "lead_image_id": image.pk}
    content = make_content("uk", **extras)
    article = create_article(user=editor, language="uk", content=content, translation_of=source)
    for to in ([], [editor.pk], [editor.pk, publisher.pk]):
        add_note(user=editor, article=article, text="Ask them.", to=to)
    autosave(
        user=editor, row=article, content=make_content("uk", deck="Typed"), based_on=article.latest_revision_id,
        form=Form("tab", 1),
    )  # fmt: skip
    editor_client.get(change(article))
    with django_assert_max_num_queries(12):
        page = editor_client.get(change(article)).content.decode()
    assert f'<a href="{other.get_absolute_url()}">The other</a>' in page and image.alt in page
    assert "We kept what you wrote on" in page and "→ Editor, Publisher" in page and 'value="A"' in page


def test_it_keeps_strangers_out(member_client, manager_client, client):
    for visitor in (member_client, client):
        assert visitor.get("/admin/articles/article/").status_code in (302, 403)
    assert manager_client.get("/admin/articles/article/").status_code == 403
    assert manager_client.get("/admin/articles/article/pick/").status_code == 403


LISTS = [
    model
    for model, site in admin.site._registry.items()
    if model._meta.app_label == "articles" or model._meta.model_name in ("edition", "topic", "commission")
]


@pytest.mark.parametrize("model", LISTS, ids=lambda model: model._meta.model_name)
def test_no_list_of_the_desk_counts_its_table(publisher_client, publisher, model, django_assert_max_num_queries):
    publish_story(publisher)
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    with django_assert_max_num_queries(12) as asked:
        page = publisher_client.get(address, {"q": "ferry"})
    assert page.status_code == 200
    assert [query["sql"] for query in asked if "COUNT(" in query["sql"].upper()] == []


def test_it_finds_what_is_live_and_what_was_written_last(editor_client, editor):
    article = publish_story(editor, headline="The night ferry")
    save_revision(user=editor, article=article, content=make_content(headline="The morning tram"))
    for words in ("night FERRY", "orning tr"):
        page = editor_client.get("/admin/articles/article/", {"q": words}).content.decode()
        assert "The morning tram" in page
    assert "The morning tram" not in editor_client.get("/admin/articles/article/", {"q": "zeppelin"}).content.decode()


@pytest.mark.parametrize("name", ["article", "page"])
def test_no_list_decides_on_many_at_once(name, publisher_client):
    """Nothing that is done to a row unseen could overwrite what somebody saved meanwhile."""
    story, about = publish_story(), making.page()
    address = reverse(f"admin:articles_{name}_changelist")
    page = publisher_client.get(address).content.decode()
    assert 'id="result_list"' in page and 'name="action"' not in page and 'name="_selected_action"' not in page
    row = {"article": story, "page": about}[name]
    before = type(row).objects.values().get()
    publisher_client.post(address, {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"})
    assert type(row).objects.values().get() == before


def test_only_lent_rights_have_an_action_for_many(rf, publisher):
    """Of all that the desk lists of stories; and none is written in the list itself."""
    request = rf.get("/admin/")
    request.user = publisher
    ours = {model: site for model, site in admin.site._registry.items() if model._meta.app_label == "articles"}
    actions = {model._meta.model_name: set(site.get_actions(request)) for model, site in ours.items()}
    assert {name: found for name, found in actions.items() if found} == {"publishingloan": {"take_back"}}
    assert all(not site.list_editable for site in ours.values())


def test_its_list_tells_no_number_that_nobody_counted(editor_client):
    """django-unfold's templates know a paginator that does not count by the name of its class."""
    write_story(headline="The ferry is late")
    page = editor_client.get("/admin/articles/article/").content.decode()
    assert "The ferry is late" in page
    assert "Show all" not in page
