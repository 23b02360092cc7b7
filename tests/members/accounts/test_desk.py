"""Members at the desk."""

import pytest

from members.accounts.admin import MemberAdmin
from members.accounts.models import Member, StaffLink

LIST = "/admin/members/member/"


def act(client, action, *members):
    data = {"action": action, "_selected_action": [member.pk for member in members]}
    return client.post(LIST, data, follow=True)


def page_of(member):
    return f"{LIST}{member.pk}/change/"


@pytest.mark.parametrize("who", ["writer_client", "editor_client"])
def test_it_is_closed_to_writers_and_editors(request, who, member):
    client = request.getfixturevalue(who)
    for path in (LIST, page_of(member), LIST + "add/", "/admin/members/stafflink/"):
        assert client.get(path).status_code == 403


def test_it_lists_members_for_a_manager(manager_client, member):
    assert member.name in manager_client.get(LIST).content.decode()


def test_it_finds_by_the_beginning_of_the_address(manager_client, member, stranger):
    page = manager_client.get(LIST, {"q": "MEMBER@"}).content.decode()
    assert member.name in page and stranger.name not in page


def test_it_counts_nothing(manager_client, member, django_assert_max_num_queries):
    with django_assert_max_num_queries(12) as captured:
        manager_client.get(LIST)
    assert not any('COUNT(*) AS "__count" FROM "members_member"' in query["sql"] for query in captured)


def test_it_lets_a_manager_change_readers_and_not_staff(manager_client, member, editor):
    data = {"name": "New Name", "display_name": "", "language": "uk", "time_zone": ""}
    manager_client.post(page_of(member), data)
    assert Member.objects.get(pk=member.pk).name == "New Name"
    assert manager_client.post(page_of(editor), data).status_code == 403


def test_it_never_changes_roles_or_addresses_by_a_form(publisher_client, member):
    data = {"name": "N", "language": "en", "is_staff": "on", "is_superuser": "on", "email": "other@example.org"}
    publisher_client.post(page_of(member), data)
    after = Member.objects.get(pk=member.pk)
    assert (after.is_staff, after.is_superuser, after.email) == (False, False, member.email)


def test_it_adds_a_member_without_a_password(publisher_client):
    publisher_client.post(LIST + "add/", {"email": "New@Example.org", "name": "New", "language": "en"})
    new = Member.objects.get(email="new@example.org")
    assert not new.has_usable_password() and not new.is_staff


def test_it_gives_and_takes_roles(publisher_client, member):
    act(publisher_client, "make_writer", member)
    assert member.groups.get().name == "writer"
    act(publisher_client, "take_roles", member)
    assert not Member.objects.get(pk=member.pk).is_staff


def test_it_shows_a_sign_in_link_once(publisher_client, editor):
    page = act(publisher_client, "issue_link", editor).content.decode()
    assert "/account/staff-link/" in page
    assert "/account/staff-link/" not in publisher_client.get(LIST).content.decode()
    assert StaffLink.objects.get().issued_by.email == "publisher@example.org"


def test_it_locks_out(publisher_client, editor):
    act(publisher_client, "lock_out_people", editor)
    assert Member.objects.get(pk=editor.pk).locked_out_at is not None


@pytest.mark.parametrize("action", ["make_publisher", "issue_link", "lock_out_people", "take_roles"])
def test_it_refuses_a_manager_what_is_a_publishers(manager_client, editor, action):
    generation = editor.session_generation
    act(manager_client, action, editor)
    editor.refresh_from_db()
    assert editor.session_generation == generation and not StaffLink.objects.exists()
    assert [group.name for group in editor.groups.all()] == ["editor"]


def test_it_shows_no_secrets_and_no_groups(publisher_client):
    for path in ("mfa/authenticator/", "account/emailaddress/", "auth/group/"):
        assert publisher_client.get(f"/admin/{path}").status_code == 404


def test_it_deletes_nobody(publisher_client, member):
    assert publisher_client.post(f"{LIST}{member.pk}/delete/", {"post": "yes"}).status_code == 403


def test_saving_the_form_writes_nothing_that_came_meanwhile(manager_client, member, monkeypatch):
    """The member proves another address while somebody at the desk types a name."""
    plain = MemberAdmin.save_form

    def late(self, request, form, change):
        Member.objects.filter(pk=member.pk).update(email="right@example.org", session_generation=7)
        return plain(self, request, form, change)

    monkeypatch.setattr(MemberAdmin, "save_form", late)
    data = {"name": "Free Reader", "display_name": "", "language": "en", "time_zone": ""}
    assert manager_client.post(page_of(member), data).status_code == 302
    member.refresh_from_db()
    assert (member.name, member.email, member.session_generation) == ("Free Reader", "right@example.org", 7)
