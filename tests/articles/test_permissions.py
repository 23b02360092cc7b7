"""Who may do what: a row for each act, a column for each role."""

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from articles.content import PageContent
from articles.lending import lend_publishing
from articles.pictures import add_image
from articles.previews import create_preview_link
from articles.publishing import add_correction, publish, publish_page, unpublish
from articles.reviewing import add_note, request_changes, submit_for_review
from articles.revising import create_article, create_page, delete_draft, save_revision
from articles.scheduling import schedule, schedule_unpublishing, set_embargo, unschedule
from members.accounts.roles import grant_role
from tests.articles.test_scheduling import hour
from tests.articles.written import make_content, picture_file, publish_story, write_story

pytestmark = pytest.mark.django_db

ROLES = ("writer", "editor", "publisher", "manager", "member")
ACTS = {
    "write a story": (lambda user: create_article(user=user, content=make_content()), "writer editor publisher"),
    "change an own draft": (
        lambda user: save_revision(user=user, article=write_story(user), content=make_content(deck="New")),
        "writer editor publisher",
    ),
    "change another's draft": (
        lambda user: save_revision(user=user, article=write_story(), content=make_content(deck="New")),
        "editor publisher",
    ),
    "submit an own draft": (
        lambda user: submit_for_review(user=user, article=write_story(user)),
        "writer editor publisher",
    ),
    "delete another's draft": (lambda user: delete_draft(user=user, article=write_story()), "editor publisher"),
    "submit another's draft": (lambda user: submit_for_review(user=user, article=write_story()), "editor publisher"),
    "delete an own draft": (lambda user: delete_draft(user=user, article=write_story(user)), "writer editor publisher"),
    "change an own story that is out": (
        lambda user: save_revision(user=user, article=publish_story(user), content=make_content(deck="New")),
        "editor publisher",
    ),
    "ask for changes": (
        lambda user: request_changes(user=user, article=submitted(), text="Shorter."),
        "editor publisher",
    ),
    "note on an own story": (
        lambda user: add_note(user=user, article=publish_story(user), text="A word."),
        "writer editor publisher",
    ),
    "note on another's story": (lambda user: add_note(user=user, article=write_story(), text="A"), "editor publisher"),
    "publish an own draft": (lambda user: publish(user=user, article=write_story(user)), "editor publisher"),
    "publish": (lambda user: publish(user=user, article=write_story()), "editor publisher"),
    "take down": (lambda user: unpublish(user=user, article=publish_story()), "editor publisher"),
    "schedule": (lambda user: schedule(user=user, article=write_story(), at=hour()), "editor publisher"),
    "unschedule": (lambda user: unschedule(user=user, article=scheduled()), "editor publisher"),
    "choose when it goes": (
        lambda user: schedule_unpublishing(user=user, article=publish_story(), at=hour()),
        "editor publisher",
    ),
    "lend the right to publish": (lambda user: lend(user), "publisher"),
    "embargo": (lambda user: set_embargo(user=user, article=write_story(), until=hour()), "editor publisher"),
    "correct": (lambda user: add_correction(user=user, article=publish_story(), text="No."), "editor publisher"),
    "write a page": (lambda user: create_page(user=user), "editor publisher"),
    "publish a page": (lambda user: publish_page(user=user, page=about_page()), "editor publisher"),
    "add a picture": (lambda user: add_image(user=user, file=picture_file()), "writer editor publisher"),
    "share another's draft": (lambda user: create_preview_link(user=user, article=write_story()), "editor publisher"),
}


def submitted():
    return submit_for_review(user=None, article=write_story())


def scheduled():
    return schedule(user=None, article=write_story(), at=hour())


def lend(user):
    today = timezone.localdate()
    staff = get_user_model().objects.create_user("new.writer@example.org")
    grant_role(user=None, member=staff, role="writer")
    lend_publishing(user=user, writer=staff, from_on=today, until_on=today)


def about_page():
    return create_page(user=None, content=PageContent(headline="About", body="<p>Us</p>", slug="about"))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("act", ACTS)
def test_it_lets_each_role_do_its_own(act, role, request):
    verb, allowed = ACTS[act]
    user = request.getfixturevalue(role)
    if role in allowed.split():
        verb(user)
        return
    with pytest.raises(PermissionDenied):
        verb(user)


@pytest.mark.parametrize("model", ["image", "section", "tag", "author", "asset", "correction"])
def test_it_opens_the_library_to_all_who_write(model, writer_client, editor_client, manager_client):
    assert _statuses(model, writer_client, editor_client, manager_client) == [200, 200, 403]


@pytest.mark.parametrize("model", ["page", "menu", "redirect"])
def test_it_opens_the_house_to_editors(model, writer_client, editor_client, manager_client):
    assert _statuses(model, writer_client, editor_client, manager_client) == [403, 200, 403]


def _statuses(model, *clients):
    return [client.get(reverse(f"admin:articles_{model}_changelist")).status_code for client in clients]
