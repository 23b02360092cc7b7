"""“Translation of” at the desk, for every row that has one text in each language; and what readers see of it."""

import re

import pytest
from django.urls import reverse

from articles.models import Page, Section, Series, Tag
from members.patronage.models import Campaign
from newsletters.models import Newsletter
from newsroom.lib import desk_translations
from newsroom.lib.models import AuditEntry
from tests.articles import making

pytestmark = pytest.mark.django_db
MODELS = [Section, Tag, Series, Newsletter, Campaign, Page]
each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.model_name)


def make(model, language="en", name="ferries"):
    if model is Page:
        return making.page(name, language)
    named = {"name": name.title(), "language": language}
    return model.objects.create(**named) if model is Campaign else model.objects.create(slug=name, **named)


def at(view, row):
    args = [row.pk] if view in ("change", "delete") else []
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{view}", args=args)


def fields(row, **values):
    """What the browser sends of a form that was opened now."""
    if isinstance(row, Page):
        own = {"headline": row.headline, "body": row.body, "slug": row.slug, "based_on": row.latest_revision_id or ""}
    elif isinstance(row, Campaign):
        words = dict.fromkeys(("lead", "text", "button_label", "other_label"), "Words")
        own = {"name": row.name, "language": row.language, **words}
    else:
        own = {"name": row.name, "slug": row.slug, "language": row.language, "position": 0, "is_active": "on"}
    shown = desk_translations.original_of(row) if row.pk else None
    pk = shown.pk if shown else ""
    return {**own, "verb": "save", "initial-translation_of": pk, "translation_of": pk, **values}


def save(client, row, **values):
    """The page that comes of it; `row` is as it stands afterwards."""
    page = client.post(at("change", row), fields(row, **values), follow=True).content.decode()
    row.refresh_from_db()
    return page


def are_one(*rows):
    for row in rows:
        row.refresh_from_db()
    return len({row.translation_key for row in rows}) == 1


@each_model
def test_it_joins_and_parts(model, publisher_client):
    row, other = make(model), make(model, "uk")
    save(publisher_client, row, translation_of=other.pk)
    assert are_one(row, other)
    assert f'value="{other.pk}" selected' in publisher_client.get(at("change", row)).content.decode()
    save(publisher_client, other)  # whose form shows the first; nothing is touched
    assert are_one(row, other)
    save(publisher_client, other, translation_of="")
    assert not are_one(row, other)


@each_model
def test_it_refuses_a_row_of_its_own_language(model, publisher_client):
    row, same = make(model), make(model, name="boats")
    page = save(publisher_client, row, translation_of=same.pk)
    assert "This is in English too" in page and not are_one(row, same)


@each_model
def test_it_refuses_a_second_of_one_language(model, publisher_client):
    row, other, second = make(model), make(model, "uk"), make(model, name="boats")
    save(publisher_client, row, translation_of=other.pk)
    page = save(publisher_client, second, translation_of=other.pk)
    assert "has the same in English already" in page
    assert are_one(row, other) and not are_one(second, other)


@each_model
def test_of_two_at_once_the_database_takes_the_first(model, publisher_client, monkeypatch):
    row, other, second = make(model), make(model, "uk"), make(model, name="boats")
    save(publisher_client, row, translation_of=other.pk)
    for room in ("articles.translating", "newsroom.lib.desk_translations"):
        monkeypatch.setattr(f"{room}.check_is_free", lambda *ways: None)  # nobody else was there when it asked
    page = save(publisher_client, second, translation_of=other.pk)
    assert "Somebody named another translation in this language" in page and not are_one(second, other)


@pytest.mark.parametrize("model", [Section, Tag, Series, Campaign], ids=lambda model: model._meta.model_name)
def test_a_row_that_changes_its_language_keeps_out_of_anothers_place(model, publisher_client):
    row, other = make(model), make(model, "uk", "boats")
    save(publisher_client, row, translation_of=other.pk)
    page = save(publisher_client, row, language="uk")
    assert "too: choose one in another language" in page and row.language == "en"
    third = make(model, name="Ferries by day")
    page = save(publisher_client, third, translation_of=other.pk, language="uk")
    assert "too: choose one in another language" in page and third.language == "en"


@each_model
def test_it_undoes_nothing_that_was_joined_meanwhile(model, publisher_client):
    row, other = make(model), make(model, "uk")
    opened = fields(row)
    save(publisher_client, other, translation_of=row.pk)
    publisher_client.post(at("change", row), opened)
    assert are_one(row, other)


@each_model
def test_it_begins_beside_another(model, publisher_client):
    other = make(model)
    address = f"{at('add', other)}?language=uk&translation_of={other.pk}"
    assert f'value="{other.pk}" selected' in publisher_client.get(address).content.decode()
    new = fields(model(language="uk"), language="uk", translation_of=other.pk, name="Boats", headline="Boats", slug="b")
    publisher_client.post(address, {**new, "initial-translation_of": other.pk})
    made = model.objects.exclude(pk=other.pk).get()
    assert made.language == "uk" and are_one(made, other)


@each_model
def test_it_offers_few_of_other_languages_and_loads_none(model, publisher_client, django_assert_max_num_queries):
    row = make(model)
    others = [make(model, "uk", f"boats-{number}") for number in range(25)]
    with django_assert_max_num_queries(12):
        page = publisher_client.get(at("change", row)).content.decode()
    assert "oats-1" not in page
    address = re.search(r'data-ajax--url="([^"]+)"', page)[1].replace("&amp;", "&")
    with django_assert_max_num_queries(5):
        offered = publisher_client.get(address).json()["results"]
    assert len(offered) == 20 and str(row.pk) not in {each["id"] for each in offered}
    (found,) = publisher_client.get(address, {"term": "oats-24", "language": "en"}).json()["results"]
    assert found["id"] == str(others[24].pk) and "укр" in found["text"].lower()


@each_model
def test_it_lists_and_opens_in_few_queries(model, publisher_client, django_assert_max_num_queries):
    row, other = make(model), make(model, "uk")
    save(publisher_client, row, translation_of=other.pk)
    with django_assert_max_num_queries(8):
        assert publisher_client.get(at("changelist", row)).status_code == 200
    with django_assert_max_num_queries(12):
        assert publisher_client.get(at("change", row)).status_code == 200


@each_model
def test_who_may_not_change_it_joins_nothing(model, writer_client, member_client, publisher_client):
    row, other = make(model), make(model, "uk")
    for client in (writer_client, member_client):
        assert client.post(at("change", row), fields(row, translation_of=other.pk)).status_code in (302, 403, 404)
        assert client.get(at("translations", row)).status_code in (302, 403)
    assert not are_one(row, other)


def test_who_may_only_read_sees_it(writer_client, publisher_client):
    row, other = make(Tag), make(Tag, "uk", "poromy")
    save(publisher_client, row, translation_of=other.pk)
    page = writer_client.get(at("change", row)).content.decode()
    assert "Poromy (" in page and 'name="translation_of"' not in page


def test_a_page_says_at_the_desk_where_the_others_are(editor_client):
    row, other = make(Page), make(Page, "uk")
    assert "?language=uk&amp;translation_of=" in editor_client.get(at("change", row)).content.decode()
    save(editor_client, row, translation_of=other.pk)
    assert at("change", other) in editor_client.get(at("change", row)).content.decode()
    assert AuditEntry.objects.filter(action="page.translation_changed").count() == 1


def switch(client, row):
    """Where a reader of the row's page is led to in the other language."""
    page = client.get(row.get_absolute_url()).content.decode()
    return re.search(r'<nav class="languages".*?href="([^"]+)"', page, re.DOTALL)[1]


@pytest.mark.parametrize("model", [Section, Tag, Series, Newsletter, Page], ids=lambda model: model._meta.model_name)
def test_readers_are_led_to_the_other_language_at_once(
    model, client, publisher_client, django_capture_on_commit_callbacks
):
    row, other, third = make(model), make(model, "uk", "poromy"), make(model, name="boats")
    assert (switch(client, row), switch(client, other)) == ("/uk/", "/")
    with django_capture_on_commit_callbacks(execute=True):
        save(publisher_client, row, translation_of=other.pk)
    assert (switch(client, row), switch(client, other)) == (other.get_absolute_url(), row.get_absolute_url())
    with django_capture_on_commit_callbacks(execute=True):
        save(publisher_client, row, translation_of="")
        save(publisher_client, third, translation_of=other.pk)
    assert (switch(client, row), switch(client, other)) == ("/uk/", third.get_absolute_url())


def test_readers_are_not_led_to_a_page_that_was_taken_down(client, editor_client, django_capture_on_commit_callbacks):
    row, other = make(Page), make(Page, "uk")
    with django_capture_on_commit_callbacks(execute=True):
        save(editor_client, row, translation_of=other.pk)
    assert switch(client, row) == other.get_absolute_url()
    with django_capture_on_commit_callbacks(execute=True):
        editor_client.post(at("change", other), {"verb": "unpublish"})
    assert switch(client, row) == "/uk/"
    with django_capture_on_commit_callbacks(execute=True):
        editor_client.post(at("change", other), fields(other, verb="publish"))
    assert switch(client, row) == other.get_absolute_url()
