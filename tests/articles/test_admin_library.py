import pytest
from django.urls import reverse

from articles.models import Asset, Author, Correction, Image, Menu, MenuItem, Page, Redirect, Section, Tag
from newsroom.lib.models import AuditEntry
from tests.articles.written import make_image, make_section, picture_file, publish_story, write_story

pytestmark = pytest.mark.django_db


def add(model):
    return reverse(f"admin:articles_{model}_add")


def test_it_takes_a_picture_in(editor_client):
    editor_client.post(add("image"), {"file": picture_file(), "alt": "A ferry", "title": ""})
    image = Image.objects.get()
    assert (image.title, image.alt, image.width) == ("ferry", "A ferry", 64) and image.sha256


def test_it_says_what_is_wrong_with_a_picture(editor_client):
    broken = picture_file()
    broken.truncate(40)
    response = editor_client.post(add("image"), {"file": broken, "alt": "A ferry", "title": "A"})
    assert response.status_code == 200 and not Image.objects.exists()


def test_it_changes_a_pictures_words(editor_client):
    image = make_image()
    address = reverse("admin:articles_image_change", args=[image.pk])
    words = {"title": "Ferry", "alt": "A ferry by day", "caption": "", "credit": "", "focal_x": 20, "focal_y": 50}
    assert editor_client.post(address, words).status_code == 302
    image.refresh_from_db()
    assert (image.alt, image.focal_x) == ("A ferry by day", 20)


def test_it_uploads_from_the_editor(writer_client):
    response = writer_client.post("/admin/articles/image/upload/", {"file": picture_file(), "alt": "A ferry"})
    assert response.json()["id"] == Image.objects.get().pk
    items = writer_client.get("/admin/articles/image/pick/?q=ferry").json()["items"]
    assert items[0]["alt"] == "A ferry"


def test_it_wants_a_description_with_an_upload(writer_client):
    response = writer_client.post("/admin/articles/image/upload/", {"file": picture_file()})
    assert response.status_code == 422 and "Describe" in response.json()["error"]


def test_it_shows_a_pictures_smallest_rendition(writer_client):
    image = make_image()
    response = writer_client.get(reverse("admin:articles_image_thumb", args=[image.pk]))
    assert response.url == image.file.url
    assert writer_client.get(reverse("admin:articles_image_thumb", args=[image.pk + 1])).status_code == 404


def test_it_lists_pictures_in_few_queries(editor_client, django_assert_max_num_queries):
    for colour in ("red", "green", "blue"):
        make_image(colour=colour)
    with django_assert_max_num_queries(8):
        assert editor_client.get("/admin/articles/image/").status_code == 200


def test_it_keeps_a_picture_that_is_shown(editor_client):
    image = make_image()
    story = publish_story(lead_image_id=image.pk)
    editor_client.post(reverse("admin:articles_image_delete", args=[image.pk]), {"post": "yes"})
    page = editor_client.get(reverse("admin:articles_image_change", args=[image.pk])).content.decode()
    assert Image.objects.exists() and story.headline in page


def test_it_makes_a_tags_slug(editor_client):
    editor_client.post(add("tag"), {"name": "Порт", "language": "uk", "slug": "", "description": ""})
    assert Tag.objects.get().slug == "port" and AuditEntry.objects.filter(action="tag.added").exists()


def test_it_suggests_tags_of_the_language(writer_client):
    Tag.objects.create(name="Ferries", slug="ferries", language="en")
    Tag.objects.create(name="Feste", slug="feste", language="uk")
    answer = writer_client.get("/admin/articles/tag/suggest/?q=fe&language=en").json()
    assert answer["items"] == ["Ferries"]


def test_it_keeps_a_section_that_stories_stand_in(editor_client):
    story, free = publish_story(), make_section("Free")
    for section in (story.section, free):
        editor_client.post(reverse("admin:articles_section_delete", args=[section.pk]), {"post": "yes"})
    assert list(Section.objects.all()) == [story.section]


def test_it_offers_the_accounts_of_the_desk_and_names_no_reader(editor_client, writer, patron, stranger):
    Author.objects.create(name="Guest", slug="guest", member=stranger)
    page = editor_client.get(add("author")).content.decode()
    assert f'value="{writer.pk}"' in page and f'value="{stranger.pk}"' in page and patron.name not in page
    data = {"name": "Anna", "slug": "anna", "translations": "{}", "member": patron.pk}
    page = editor_client.post(add("author"), data).content.decode()
    assert patron.name not in page and not Author.objects.filter(slug="anna").exists()
    editor_client.post(add("author"), data | {"member": writer.pk})
    assert Author.objects.get(slug="anna").member == writer


def test_it_adds_an_author(editor_client):
    editor_client.post(add("author"), {"name": "Olena Marsh", "slug": "", "translations": "{}"})
    assert Author.objects.get().slug == "olena-marsh"


def test_it_corrects_a_published_story_only(editor_client):
    live, draft = publish_story(), write_story()
    for story in (live, draft):
        editor_client.post(add("correction"), {"article": story.pk, "text": "It was six."})
    assert [row.article for row in Correction.objects.all()] == [live]
    assert AuditEntry.objects.filter(action="article.corrected").count() == 1


def test_it_makes_a_menu(editor_client):
    rows = {"items-TOTAL_FORMS": 1, "items-INITIAL_FORMS": 0, "items-MIN_NUM_FORMS": 0, "items-MAX_NUM_FORMS": 9}
    item = {"items-0-title": "Topics", "items-0-address": "/topics/", "items-0-position": 0}
    editor_client.post(add("menu"), {"place": "main", "language": "en", **rows, **item})
    assert MenuItem.objects.get().menu == Menu.objects.get()


def test_it_keeps_a_redirect(editor_client):
    editor_client.post(add("redirect"), {"old_path": "/old/", "new_path": "/new/", "gone_note": ""})
    assert Redirect.objects.get().new_path == "/new/"


def test_it_takes_a_file_in(editor_client, editor):
    editor_client.post(add("asset"), {"file": picture_file(name="report.pdf"), "title": "The report"})
    assert Asset.objects.get().created_by == editor


def test_it_writes_and_publishes_a_page(editor_client):
    form = {"headline": "About us", "body": "<p>Us</p>", "slug": "about", "based_on": "", "verb": "publish"}
    editor_client.post(add("page"), form)
    page = Page.objects.get()
    assert page.is_published() and page.get_absolute_url() == "/about/"
    change = reverse("admin:articles_page_change", args=[page.pk])
    editor_client.post(change, {**form, "headline": "Changed", "based_on": page.latest_revision_id, "verb": "save"})
    page.refresh_from_db()
    assert page.headline == "About us" and page.has_unpublished_changes
    assert "Changed" in editor_client.get(change).content.decode()
