"""What the desk never deletes: what readers see, what led to it, and what a version needs that may be gone back to."""

import pytest
from django.urls import reverse

from articles.content import StoryContent
from articles.models import Redirect
from articles.publishing import publish, unpublish
from articles.revising import save_revision
from tests.articles.written import publish_story

pytestmark = pytest.mark.django_db


def delete(client, row):
    address = reverse(f"admin:articles_{row._meta.model_name}_delete", args=[row.pk])
    response = client.post(address, {"post": "yes"})
    assert response.status_code in (302, 403)
    return type(row).objects.filter(pk=row.pk).exists()


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
