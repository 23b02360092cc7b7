import pytest
import structlog
from django.db import transaction

from newsroom.lib.audit import record
from newsroom.lib.models import AuditEntry

pytestmark = pytest.mark.django_db


def test_it_says_who_did_what_to_what(editor, member):
    entry = record("member.noted", actor=editor, target=member, days=30)
    assert (entry.actor, entry.actor_label) == (editor, "Editor")
    assert (entry.target_type, entry.target_id, entry.target_label) == ("members.member", str(member.pk), "Free Member")
    assert entry.details == {"days": 30}


def test_it_says_which_part_of_the_system_did_it():
    assert record("story.published", actor_label="clock").actor_label == "clock"
    assert record("story.published").actor_label == "system"


def test_it_never_holds_an_address_even_of_who_has_no_name(make_member):
    nameless = make_member("nameless@example.org")
    entry = record("member.noted", actor=nameless, target=nameless)
    assert "@" not in entry.actor_label + entry.target_label


def test_it_goes_with_the_deed_when_the_deed_is_undone(editor):
    with transaction.atomic():
        record("story.published", actor=editor)
        transaction.set_rollback(True)
    assert not AuditEntry.objects.filter(action="story.published").exists()


def test_it_names_the_request():
    with structlog.contextvars.bound_contextvars(request_id="abc-1"):
        assert record("story.published").request_id == "abc-1"


def test_it_cuts_what_is_too_long(make_member):
    entry = record("member.noted", actor=make_member("long@example.org", name="x" * 100))
    assert len(entry.actor_label) == 80


def test_nobody_edits_it_at_the_desk(publisher_client, publisher):
    entry = record("story.published", actor=publisher)
    page = publisher_client.get(f"/admin/lib/auditentry/{entry.pk}/change/")
    assert page.status_code == 200
    assert publisher_client.post(f"/admin/lib/auditentry/{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    assert publisher_client.get("/admin/lib/auditentry/add/").status_code == 403
