"""What the desk never deletes: what readers see, what led to it, and what a version needs that may be gone back to."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.core.files.base import ContentFile
from django.urls import reverse
from django.utils import timezone

from articles.content import BylineEntry, StoryContent
from articles.models import Asset, Author, Menu, MenuItem, Redirect, Series, Tag
from articles.publishing import add_correction, publish, unpublish
from articles.restoring import name_revision
from articles.revising import save_revision
from articles.scheduling import schedule
from tests.articles import making
from tests.articles.written import (
    make_author,
    make_content,
    make_image,
    make_section,
    publish_story,
    write_story,
)

pytestmark = pytest.mark.django_db

OUT = ["article", "asset", "author", "correction", "image", "page", "redirect", "section", "series", "tag"]
NEVER_OUT = {"menu", "publishingloan"}  # links of the house, of which the audit knows; and what is lent
USED_BY_VERSIONS = ["asset", "author", "image", "section", "series", "tag"]


def delete(client, row):
    address = reverse(f"admin:articles_{row._meta.model_name}_delete", args=[row.pk])
    response = client.post(address, {"post": "yes"})
    assert response.status_code in (302, 403)
    return type(row).objects.filter(pk=row.pk).exists()


def make_asset(name="report.pdf"):
    return Asset.objects.create(file=ContentFile(b"%PDF", name), title="The report")


def fields_that_use(row):
    """What a story's snapshot holds that needs the row."""
    match row:
        case Asset():
            return {"body": f'<p><a href="{row.file.url}">The report</a></p>'}
        case Author():
            return {"bylines": [BylineEntry(author_id=row.pk, role="words")]}
        case Tag():
            return {"tag_ids": [row.pk]}
        case Series():
            return {"series_id": row.pk}
        case _ if row._meta.model_name == "image":
            return {"body": f'<p>A</p><figure class="image" data-image="{row.pk}"></figure>'}
    return {"section_id": row.pk}


def make_row(kind):
    """One that no text uses."""
    makers = {"asset": make_asset, "author": lambda: make_author("Ana Quill"), "image": make_image}
    named = {"section": make_section, "series": making.series, "tag": making.tag}
    return makers[kind]() if kind in makers else named[kind]("night-boats")


def row_that_is_out(kind):
    match kind:
        case "article":
            return publish_story()
        case "correction":
            return add_correction(user=None, article=publish_story(), text="It was six.")
        case "page":
            return making.page()
        case "redirect":
            moved_story()
            return Redirect.objects.get()
    row = make_row(kind)
    publish_story(**fields_that_use(row))
    return row


def moved_story():
    story = publish_story()
    content = StoryContent.from_article(story)
    content.slug = "elsewhere"
    save_revision(user=None, article=story, content=content)
    return publish(user=None, article=story)


@pytest.mark.parametrize("role", ["editor_client", "publisher_client"])
def test_it_keeps_the_redirect_that_a_moved_story_left(role, request):
    client, story = request.getfixturevalue(role), moved_story()
    left = Redirect.objects.get()
    assert delete(client, left)
    client.post(
        reverse("admin:articles_redirect_change", args=[left.pk]),
        {"old_path": "/other/", "article": "", "page": "", "new_path": "/elsewhere/", "gone_note": ""},
    )
    assert Redirect.objects.filter(pk=left.pk, old_path=left.old_path, article=story, page=None, new_path="").exists()


def test_it_rewords_the_note_of_a_story_that_is_gone(editor_client):
    unpublish(user=None, article=publish_story(), note="Soon bakc.")
    left = Redirect.objects.get()
    editor_client.post(reverse("admin:articles_redirect_change", args=[left.pk]), {"gone_note": "Soon back."})
    assert Redirect.objects.get().gone_note == "Soon back."


def test_it_changes_and_deletes_a_redirect_that_editors_wrote_down(editor_client):
    row = Redirect.objects.create(old_path="/old/", new_path="/new/")
    address = reverse("admin:articles_redirect_change", args=[row.pk])
    editor_client.post(address, {"old_path": "/old/", "new_path": "/newer/", "gone_note": ""})
    assert Redirect.objects.get().new_path == "/newer/"
    assert not delete(editor_client, row)


def test_every_admin_of_stories_is_in_the_table():
    shown = {model._meta.model_name for model in admin.site._registry if model._meta.app_label == "articles"}
    assert shown == {*OUT, *NEVER_OUT}


@pytest.mark.parametrize("kind", OUT)
def test_nothing_that_is_out_is_deleted_from_the_desk(kind, publisher_client):
    row = row_that_is_out(kind)
    assert delete(publisher_client, row)
    page = publisher_client.get(reverse(f"admin:articles_{kind}_change", args=[row.pk]))
    assert f"{row.pk}/delete/" not in page.content.decode()


@pytest.mark.parametrize("kind", USED_BY_VERSIONS)
def test_it_deletes_what_no_text_uses(kind, editor_client):
    row = make_row(kind)
    publish_story()
    assert not delete(editor_client, row)


def _draft(row):
    write_story(**fields_that_use(row))


def _scheduled(row):
    story = write_story(**fields_that_use(row))
    schedule(user=None, article=story, at=timezone.now() + timedelta(hours=1))


def _unpublished(row):
    unpublish(user=None, article=publish_story(**fields_that_use(row)))


def _named_of_old(row):
    story = write_story(**fields_that_use(row))
    name_revision(user=None, row=story, revision=story.latest_revision, name="As it was filed")
    save_revision(user=None, article=story, content=make_content())
    publish(user=None, article=story)


@pytest.mark.parametrize("use", [_draft, _scheduled, _unpublished, _named_of_old])
@pytest.mark.parametrize("kind", USED_BY_VERSIONS)
def test_it_keeps_what_a_version_needs_that_may_be_gone_back_to(kind, use, editor_client):
    row = make_row(kind)
    use(row)
    assert delete(editor_client, row)
    if use is not _unpublished:
        page = editor_client.get(reverse(f"admin:articles_{kind}_change", args=[row.pk]))
        assert "an older version of a text uses this" in page.content.decode()


def test_it_keeps_the_lead_picture_of_a_draft_and_the_portrait_of_an_author(editor_client):
    lead, portrait = make_image(), make_image(colour="red")
    write_story(lead_image_id=lead.pk)
    Author.objects.create(name="Ana Quill", slug="ana", portrait=portrait)
    assert delete(editor_client, lead) and delete(editor_client, portrait)


def test_it_keeps_a_file_that_a_menu_or_a_redirect_leads_to(editor_client):
    menu = Menu.objects.create(place="main", language="en")
    linked, led_to = make_asset(), make_asset()
    MenuItem.objects.create(menu=menu, title="The report", address=linked.file.url)
    Redirect.objects.create(old_path="/report.pdf", new_path=led_to.file.url)
    assert delete(editor_client, linked) and delete(editor_client, led_to)
