import pytest
from django.urls import reverse

from newsletters.models import Newsletter
from tests.articles.written import make_image, publish_story, write_story

pytestmark = pytest.mark.django_db


def look(story, chosen="wide", **query):
    return reverse("admin:articles_article_look", args=[story.pk]), {"as": chosen, **query}


def letter(story):
    return reverse("admin:newsletters_edition_story", args=[story.pk])


@pytest.fixture
def draft(editor):
    return write_story(editor, headline="Fog", deck="It came at night.", lead_image_id=make_image(alt="Fog").pk)


@pytest.mark.parametrize("chosen", ["wide", "phone", "dark", "letter", "nonsense"])
def test_it_frames_the_draft(draft, editor_client, chosen):
    page = editor_client.get(*look(draft, chosen))
    frame = letter(draft) if chosen == "letter" else reverse("admin:articles_article_preview", args=[draft.pk])
    assert f'src="{frame}"' in page.content.decode()
    assert "no-store" in page.headers["Cache-Control"] and page.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_it_shows_the_card_of_a_shared_link(draft, editor_client):
    page = editor_client.get(*look(draft, "card")).content.decode()
    assert "It came at night." in page and 'alt="Fog"' in page and "<iframe" not in page


def test_it_leaves_out_the_desk_beside_the_editor(draft, editor_client):
    assert "desk-person" not in editor_client.get(*look(draft, "phone", bare=1)).content.decode()


@pytest.mark.parametrize("is_named", [True, False])
def test_it_shows_a_draft_as_a_letter(draft, editor_client, is_named):
    if is_named:
        Newsletter.objects.create(slug="morning", name="The Morning")
    page = editor_client.get(letter(draft))
    assert "Fog" in page.content.decode() and ("The Morning" in page.content.decode()) == is_named
    assert "no-store" in page.headers["Cache-Control"]


def test_the_framed_preview_is_the_desks_own(draft, editor_client):
    page = editor_client.get(reverse("admin:articles_article_preview", args=[draft.pk]))
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow, noarchive"
    assert "frame-ancestors 'self'" in page.headers["Content-Security-Policy"]


def test_a_writer_sees_their_own_and_no_other(writer, writer_client, draft):
    own = write_story(writer)
    for address in (look(own), (letter(own), {})):
        assert writer_client.get(*address).status_code == 200
    for address in (look(draft), (letter(draft), {})):
        assert writer_client.get(*address).status_code == 404


def test_it_is_not_for_those_who_do_not_write(draft, manager_client, client):
    for address in (look(draft), (letter(draft), {})):
        assert manager_client.get(*address).status_code in (403, 404)
        assert client.get(*address).status_code == 302


def test_the_button_leads_there(draft, editor_client):
    change = reverse("admin:articles_article_change", args=[draft.pk])
    form = {"headline": "Fog", "kind": "news", "based_on": draft.latest_revision_id, "verb": "preview"}
    assert editor_client.post(change, form).url == look(draft)[0]


def test_a_published_storys_draft_is_what_is_shown(editor, editor_client):
    from articles.revising import save_revision
    from tests.articles.written import make_content

    story = publish_story(editor)
    save_revision(user=editor, article=story, content=make_content(headline="Not out yet"))
    assert "Not out yet" in editor_client.get(letter(story)).content.decode()
