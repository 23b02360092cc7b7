"""The one-time way in for staff whose mail or factor is lost."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.utils import timezone

from members.accounts.errors import AccountError
from members.accounts.models import StaffLink
from members.accounts.staff_links import issue_staff_link
from newsroom.lib.models import AuditEntry
from tests.sign_in import make_app


@pytest.fixture
def link(editor):
    """The link's path on this site."""
    return urlsplit(issue_staff_link(issued_by=None, member=editor)).path


def test_it_signs_in_and_opens_the_desk(client, editor, link):
    response = client.post(link)
    assert response.headers["Location"] == "/account/2fa/"
    assert response.cookies["signed_in"].value == "1"
    assert client.session["_auth_user_id"] == str(editor.pk)
    assert client.get("/admin/").status_code == 200


def test_it_is_not_spent_by_looking(client, link):
    for _look in range(3):
        assert client.get(link).status_code == 200
    assert StaffLink.objects.open_now().count() == 1


def test_it_works_once(link, client, other_browser):
    client.post(link)
    assert other_browser.post(link).status_code == 410
    assert other_browser.get(link).status_code == 410
    assert "_auth_user_id" not in other_browser.session


def test_it_expires_after_fifteen_minutes(client, link):
    row = StaffLink.objects.get()
    assert row.expires_at - row.created_at <= timedelta(minutes=15, seconds=1)
    StaffLink.objects.update(expires_at=timezone.now())
    assert client.post(link).status_code == 410


def test_it_counts_as_a_second_factor_for_fifteen_minutes(client, link):
    client.post(link)
    session = client.session
    session["account_authentication_methods"][-1]["at"] -= 15 * 60
    session.save()
    assert client.get("/admin/").headers["Location"] == "/account/2fa/"


def test_it_lets_a_lost_factor_be_replaced(client, editor, link):
    make_app(editor)
    client.post(link)
    client.post("/account/2fa/app/remove/")
    assert not Authenticator.objects.filter(user=editor).exists()
    assert client.get("/account/2fa/app/add/").status_code == 200


def test_it_replaces_an_earlier_one(client, editor, link):
    issue_staff_link(issued_by=None, member=editor)
    assert client.post(link).status_code == 410


def test_it_keeps_the_hash_only(link):
    token = link.rstrip("/").rpartition("/")[2]
    assert StaffLink.objects.get().token_hash not in (token, "")


def test_it_is_written_to_the_audit(client, editor, link):
    client.post(link)
    actions = AuditEntry.objects.filter(action__startswith="staff_link.").values_list("action", "target_id")
    assert sorted(actions) == [("staff_link.issued", str(editor.pk)), ("staff_link.used", str(editor.pk))]


def test_it_is_for_staff_only(member):
    with pytest.raises(AccountError):
        issue_staff_link(issued_by=None, member=member)


def test_it_is_handed_out_by_publishers(publisher, editor, writer):
    assert issue_staff_link(issued_by=publisher, member=writer)
    with pytest.raises(PermissionDenied):
        issue_staff_link(issued_by=editor, member=writer)


def test_it_does_not_make_a_publisher_a_superuser(publisher, make_member):
    root = make_member("root@example.org", is_staff=True, is_superuser=True)
    with pytest.raises(PermissionDenied):
        issue_staff_link(issued_by=publisher, member=root)


def test_it_is_printed_by_a_command(editor, client, capsys):
    call_command("staff_link", "Editor@Example.org")
    client.post(urlsplit(capsys.readouterr().out.strip()).path)
    assert client.session["_auth_user_id"] == str(editor.pk)


@pytest.mark.parametrize("email", ["nobody@example.org", "member@example.org"])
def test_it_says_why_the_command_prints_none(member, email):
    with pytest.raises(CommandError):
        call_command("staff_link", email)


def test_it_shows_one_button_and_no_token_of_another(client, db):
    response = client.get("/account/staff-link/guess/")
    assert response.status_code == 410
    assert b"<form class" not in response.content
