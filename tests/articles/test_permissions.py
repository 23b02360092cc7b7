"""Who may do what: a row for each act, a column for each role."""

import ast
from datetime import date
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

import articles
from articles.autosaving import autosave, keep_aside, take_autosave
from articles.content import PageContent
from articles.dating import correct_date
from articles.lending import lend_publishing, take_back
from articles.models import Article, Author, Section, Series, Tag
from articles.pictures import add_image, save_image_words
from articles.previews import create_preview_link, revoke_preview_links
from articles.publishing import add_correction, publish, publish_page, unpublish, unpublish_page
from articles.restoring import name_revision, restore_revision
from articles.reviewing import add_note, request_changes, resolve_note, submit_for_review
from articles.revising import (
    Form,
    create_article,
    create_page,
    delete_draft,
    save_page_revision,
    save_revision,
)
from articles.scheduling import schedule, schedule_unpublishing, set_embargo, unschedule
from articles.taxonomy import delete_listed, save_listed
from articles.translating import join_page, mark_as_current
from members.accounts.roles import OPERATOR, WRITER, grant_role
from tests.articles.test_scheduling import hour
from tests.articles.written import make_content, make_image, picture_file, publish_story, write_story

pytestmark = pytest.mark.django_db

# "lent": a writer to whom a publisher has lent the right to publish for today.
ROLES = ("writer", "lent", "editor", "publisher", "manager", "operator", "member")
WRITERS, LENT, EDITORS = "writer lent editor publisher", "lent editor publisher", "editor publisher"
FORM = Form("tab", 1)
LONG_AGO = date(2024, 11, 13)


def own(user, story):
    """The same story as if this person had begun it, whoever they are: rights are asked, not how it came about."""
    Article.objects.filter(pk=story.pk).update(created_by=user)
    return Article.objects.select_related("latest_revision").get(pk=story.pk)


def mine(user):
    return own(user, write_story())


def mine_out(user):
    return own(user, publish_story())


def mine_scheduled(user):
    return own(user, scheduled())


def submitted():
    return submit_for_review(user=None, article=write_story())


def scheduled():
    return schedule(user=None, article=write_story(), at=hour())


def noted(story):
    return add_note(user=None, article=story, text="A word.")


def translated(user):
    return own(
        user, create_article(user=None, language="uk", content=make_content("uk"), translation_of=publish_story())
    )


def page(slug="about", language="en"):
    content = PageContent(headline="About", body="<p>Us</p>", slug=slug)
    return create_page(user=None, language=language, content=content)


def page_out():
    return publish_page(user=None, page=page())


def loan(writer):
    today = timezone.localdate()
    return lend_publishing(user=None, writer=writer, from_on=today, until_on=today)


def changes(story):
    return {"content": make_content(deck="New"), "based_on": story.latest_revision_id}


def kept(story):
    """What somebody else typed in another form."""
    return autosave(user=None, row=story, form=FORM, **changes(story))


def named(kind):
    fields = {"name": "Ferries", "slug": "ferries"}
    return kind(**fields)


def stored(kind):
    row = named(kind)
    row.save()
    return row


# Each act calls its verb by name, which a test below reads.
ACTS = {
    "write a story": (lambda user: create_article(user=user, content=make_content()), WRITERS),
    "change an own draft": (
        lambda user: save_revision(user=user, article=(story := mine(user)), **changes(story)), WRITERS,
    ),
    "change another's draft": (
        lambda user: save_revision(user=user, article=(story := write_story()), **changes(story)), EDITORS,
    ),
    "change an own story that is scheduled": (
        lambda user: save_revision(user=user, article=(story := mine_scheduled(user)), **changes(story)), LENT,
    ),
    "change an own story that is out": (
        lambda user: save_revision(user=user, article=(story := mine_out(user)), **changes(story)), LENT,
    ),
    "change another's story that is out": (
        lambda user: save_revision(user=user, article=(story := publish_story()), **changes(story)), EDITORS,
    ),
    "autosave an own draft": (
        lambda user: autosave(user=user, row=(story := mine(user)), form=FORM, **changes(story)), WRITERS,
    ),
    "autosave another's draft": (
        lambda user: autosave(user=user, row=(story := write_story()), form=FORM, **changes(story)), EDITORS,
    ),
    "autosave an own story that is out": (
        lambda user: autosave(user=user, row=(story := mine_out(user)), form=FORM, **changes(story)), LENT,
    ),
    "autosave a page": (
        lambda user: autosave(
            user=user, row=(about := page()), form=FORM, content=PageContent(headline="Us"),
            based_on=about.latest_revision_id,
        ), EDITORS,
    ),
    "keep aside what an own draft could not take": (
        lambda user: keep_aside(user=user, row=(story := mine(user)), form=FORM, **changes(story)), WRITERS,
    ),
    "keep aside what another's draft could not take": (
        lambda user: keep_aside(user=user, row=(story := write_story()), form=FORM, **changes(story)), EDITORS,
    ),
    "take up an autosave of an own draft": (
        lambda user: take_autosave(user=user, row=(story := mine(user)), autosave=kept(story), session_key="b"),
        WRITERS,
    ),
    "take up an autosave of another's draft": (
        lambda user: take_autosave(user=user, row=(story := write_story()), autosave=kept(story), session_key="b"),
        EDITORS,
    ),
    "restore an own draft": (
        lambda user: restore_revision(
            user=user, row=(story := mine(user)), revision=story.latest_revision, based_on=story.latest_revision_id
        ), WRITERS,
    ),
    "restore another's draft": (
        lambda user: restore_revision(
            user=user, row=(story := write_story()), revision=story.latest_revision, based_on=story.latest_revision_id
        ), EDITORS,
    ),
    "restore an own story that is out": (
        lambda user: restore_revision(
            user=user, row=(story := mine_out(user)), revision=story.latest_revision, based_on=story.latest_revision_id
        ), LENT,
    ),
    "name a version of an own draft": (
        lambda user: name_revision(user=user, row=(story := mine(user)), revision=story.latest_revision, name="A"),
        WRITERS,
    ),
    "name a version of another's draft": (
        lambda user: name_revision(user=user, row=(story := write_story()), revision=story.latest_revision, name="A"),
        EDITORS,
    ),
    "name a version of a page": (
        lambda user: name_revision(user=user, row=(about := page()), revision=about.latest_revision, name="A"), EDITORS,
    ),
    "submit an own draft": (lambda user: submit_for_review(user=user, article=mine(user)), WRITERS),
    "submit another's draft": (lambda user: submit_for_review(user=user, article=write_story()), EDITORS),
    "delete an own draft": (lambda user: delete_draft(user=user, article=mine(user)), WRITERS),
    "delete another's draft": (lambda user: delete_draft(user=user, article=write_story()), EDITORS),
    "ask for changes": (lambda user: request_changes(user=user, article=submitted(), text="Shorter."), EDITORS),
    "ask an own story for changes": (
        lambda user: request_changes(user=user, article=own(user, submitted()), text="Shorter."), EDITORS,
    ),
    "note on an own story": (lambda user: add_note(user=user, article=mine_out(user), text="A word."), WRITERS),
    "note on another's story": (lambda user: add_note(user=user, article=write_story(), text="A"), EDITORS),
    "resolve a note on an own story": (lambda user: resolve_note(user=user, note=noted(mine_out(user))), WRITERS),
    "resolve a note on another's story": (lambda user: resolve_note(user=user, note=noted(write_story())), EDITORS),
    "publish an own draft": (lambda user: publish(user=user, article=mine(user)), LENT),
    "publish another's draft": (lambda user: publish(user=user, article=write_story()), EDITORS),
    "publish an own story anew": (lambda user: publish(user=user, article=mine_out(user)), LENT),
    "take an own story down": (lambda user: unpublish(user=user, article=mine_out(user)), EDITORS),
    "take another's story down": (lambda user: unpublish(user=user, article=publish_story()), EDITORS),
    "schedule an own draft": (lambda user: schedule(user=user, article=mine(user), at=hour()), EDITORS),
    "schedule another's draft": (lambda user: schedule(user=user, article=write_story(), at=hour()), EDITORS),
    "unschedule an own story": (lambda user: unschedule(user=user, article=mine_scheduled(user)), EDITORS),
    "unschedule another's story": (lambda user: unschedule(user=user, article=scheduled()), EDITORS),
    "choose when an own story goes": (
        lambda user: schedule_unpublishing(user=user, article=mine_out(user), at=hour()), EDITORS,
    ),
    "choose when another's story goes": (
        lambda user: schedule_unpublishing(user=user, article=publish_story(), at=hour()), EDITORS,
    ),
    "embargo an own draft": (lambda user: set_embargo(user=user, article=mine(user), until=hour()), EDITORS),
    "embargo another's draft": (lambda user: set_embargo(user=user, article=write_story(), until=hour()), EDITORS),
    "correct an own story": (lambda user: add_correction(user=user, article=mine_out(user), text="No."), EDITORS),
    "correct another's story": (lambda user: add_correction(user=user, article=publish_story(), text="No."), EDITORS),
    "correct an own story's date": (
        lambda user: correct_date(user=user, article=mine_out(user), on=LONG_AGO, reason="It was printed."), EDITORS,
    ),
    "correct the date of another's story": (
        lambda user: correct_date(user=user, article=publish_story(), on=LONG_AGO, reason="It was printed."), EDITORS,
    ),
    "share an own draft": (lambda user: create_preview_link(user=user, article=mine(user)), WRITERS),
    "share another's draft": (lambda user: create_preview_link(user=user, article=write_story()), EDITORS),
    "close the links of an own draft": (lambda user: revoke_preview_links(user=user, article=mine(user)), WRITERS),
    "close the links of another's draft": (
        lambda user: revoke_preview_links(user=user, article=write_story()), EDITORS,
    ),
    "say that an own translation follows": (lambda user: mark_as_current(user=user, article=translated(user)), WRITERS),
    "say that another's translation follows": (
        lambda user: mark_as_current(user=user, article=translated(None)), EDITORS,
    ),
    "lend the right to publish": (
        lambda user: lend_publishing(
            user=user, writer=colleague(), from_on=timezone.localdate(), until_on=timezone.localdate()
        ), "publisher",
    ),
    "take a lent right back": (lambda user: take_back(user=user, loan=loan(colleague())), "publisher"),
    "write a page": (lambda user: create_page(user=user), EDITORS),
    "change a page": (
        lambda user: save_page_revision(user=user, page=page(), content=PageContent(headline="Us")), EDITORS,
    ),
    "join two pages": (lambda user: join_page(user=user, page=page(), other=page("pro", "uk")), EDITORS),
    "publish a page": (lambda user: publish_page(user=user, page=page()), EDITORS),
    "take a page down": (lambda user: unpublish_page(user=user, page=page_out()), EDITORS),
    "add a picture": (lambda user: add_image(user=user, file=picture_file()), WRITERS),
    "change a picture's words": (lambda user: save_image_words(user=user, image=make_image()), EDITORS),
    **{
        f"add a {kind.__name__.lower()}": ((lambda user, kind=kind: save_listed(user=user, row=named(kind))), EDITORS)
        for kind in (Section, Tag, Series, Author)
    },
    **{
        f"change a {kind.__name__.lower()}": (
            (lambda user, kind=kind: save_listed(user=user, row=stored(kind))), EDITORS
        )
        for kind in (Section, Tag, Series, Author)
    },
    **{
        f"delete a {kind.__name__.lower()}": (
            (lambda user, kind=kind: delete_listed(user=user, row=stored(kind))), EDITORS
        )
        for kind in (Section, Tag, Series, Author)
    },
}  # fmt: skip


@pytest.fixture
def people(writer, editor, publisher, manager, member, make_member):
    operator, lent = make_member("operator@example.org"), make_member("lent@example.org")
    grant_role(user=None, member=operator, role=OPERATOR)
    grant_role(user=None, member=lent, role=WRITER)
    loan(lent)
    named_people = {"writer": writer, "editor": editor, "publisher": publisher, "manager": manager, "member": member}
    return named_people | {"operator": operator, "lent": lent}


def colleague():
    """A writer who is none of the cast."""
    from django.contrib.auth import get_user_model

    staff = get_user_model().objects.create_user("new.writer@example.org")
    grant_role(user=None, member=staff, role=WRITER)
    return staff


def is_allowed(verb, user):
    """Whatever it did is undone."""
    with transaction.atomic():
        try:
            verb(user)
        except PermissionDenied:
            return False
        finally:
            transaction.set_rollback(True)
    return True


@pytest.mark.parametrize("act", ACTS)
def test_it_lets_each_role_do_its_own(act, people):
    verb, allowed = ACTS[act]
    assert [role for role in ROLES if is_allowed(verb, people[role])] == allowed.split()
    assert is_allowed(verb, None)  # the system


def test_every_verb_that_asks_for_a_right_has_a_row():
    called = {name for verb, _allowed in ACTS.values() for name in verb.__code__.co_names}
    asking = verbs_that_ask()
    assert {"publish", "autosave", "restore_revision", "save_page_revision"} <= asking  # the search finds them
    assert asking - called == set()


def verbs_that_ask():
    """The public functions of `articles` that take a user and end at one of `check_may…`, by themselves or by what they
    call."""
    defined, calls = {}, {}
    for path in sorted(Path(articles.__file__).parent.glob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef):
                defined[node.name] = node
                inner = [part.func for part in ast.walk(node) if isinstance(part, ast.Call)]
                calls.setdefault(node.name, set()).update(
                    func.id if isinstance(func, ast.Name) else func.attr
                    for func in inner if isinstance(func, ast.Name | ast.Attribute)
                )  # fmt: skip
    asking = {name for name in calls if name.startswith("check_may")}
    while more := {name for name, called in calls.items() if called & asking} - asking:
        asking |= more
    return {
        name for name in asking
        if not name.startswith(("_", "check_")) and "user" in [arg.arg for arg in defined[name].args.kwonlyargs]
    }  # fmt: skip


@pytest.mark.parametrize("model", ["image", "section", "tag", "author", "asset", "correction"])
def test_it_opens_the_library_to_all_who_write(model, writer_client, editor_client, manager_client):
    assert _statuses(model, writer_client, editor_client, manager_client) == [200, 200, 403]


@pytest.mark.parametrize("model", ["page", "menu", "redirect"])
def test_it_opens_the_house_to_editors(model, writer_client, editor_client, manager_client):
    assert _statuses(model, writer_client, editor_client, manager_client) == [403, 200, 403]


def _statuses(model, *clients):
    return [client.get(reverse(f"admin:articles_{model}_changelist")).status_code for client in clients]
