"""Who may do what."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import PermissionDenied

from members.accounts import roles
from members.accounts.errors import AccountError
from members.accounts.models import Member
from members.accounts.rights import ROLES, right_names
from newsroom.lib.models import AuditEntry

MAY = {
    "writer": ["articles.add_article", "articles.change_article", "articles.view_article", "articles.submit_article",
               "articles.add_image"],
    "editor": ["articles.publish_article", "articles.publish_page", "articles.change_tag", "members.change_topic",
               "members.change_round", "members.add_commission", "newsletters.send_edition", "newsletters.add_edition"],
    "manager": ["members.view_member", "members.change_tier", "members.change_campaign", "members.add_refund",
                "members.add_period", "members.view_payment", "lib.change_letter"],
    "publisher": ["articles.publish_article", "members.grant_role", "members.lock_out_member", "members.add_stafflink",
                  "lib.change_sitesettings", "lib.view_auditentry", "newsletters.send_edition", "members.view_member"],
}  # fmt: skip
MAY_NOT = {
    "writer": ["articles.publish_article", "articles.delete_article", "members.view_member", "members.view_topic",
               "newsletters.view_edition", "lib.change_sitesettings"],
    "editor": ["members.view_member", "members.view_payment", "members.grant_role", "newsletters.view_signup",
               "members.view_ballot", "lib.change_sitesettings"],
    "manager": ["articles.view_article", "articles.publish_article", "members.grant_role", "members.lock_out_member",
                "members.add_stafflink", "members.delete_member", "lib.change_sitesettings"],
    "publisher": ["members.view_vote", "members.view_ballot", "members.change_ballot"],
}  # fmt: skip


@pytest.mark.parametrize("who", MAY)
def test_it_lets_each_role_do_its_work(request, who):
    person = request.getfixturevalue(who)
    assert [right for right in MAY[who] if not person.has_perm(right)] == []


@pytest.mark.parametrize("who", MAY_NOT)
def test_it_keeps_each_role_to_its_work(request, who):
    person = request.getfixturevalue(who)
    assert [right for right in MAY_NOT[who] if person.has_perm(right)] == []


def test_it_gives_an_operator_health_and_no_readers(make_member):
    operator = make_member("operator@example.org")
    roles.grant_role(user=None, member=operator, role=roles.OPERATOR)
    assert operator.has_perm("lib.view_job") and operator.has_perm("lib.view_auditentry")
    assert not operator.has_perm("members.view_member") and not operator.has_perm("articles.view_article")


def test_it_makes_staff_and_says_so_in_the_audit(publisher, member):
    roles.grant_role(user=publisher, member=member, role=roles.WRITER)
    assert Member.objects.get(pk=member.pk).is_staff
    entry = AuditEntry.objects.get(action="member.role_granted", actor=publisher)
    assert entry.details == {"role": "writer"}


def test_it_ends_staff_with_the_last_role(publisher, member):
    for role in (roles.WRITER, roles.EDITOR):
        roles.grant_role(user=publisher, member=member, role=role)
    roles.revoke_role(user=publisher, member=member, role=roles.WRITER)
    assert Member.objects.get(pk=member.pk).is_staff
    roles.revoke_role(user=publisher, member=member, role=roles.EDITOR)
    assert not Member.objects.get(pk=member.pk).is_staff


@pytest.mark.parametrize("who", ["writer", "editor", "manager", "member"])
def test_it_lets_nobody_below_a_publisher_give_roles(request, who, stranger):
    with pytest.raises(PermissionDenied):
        roles.grant_role(user=request.getfixturevalue(who), member=stranger, role=roles.WRITER)


def test_it_keeps_a_publisher_from_locking_the_door_behind_them(publisher):
    with pytest.raises(AccountError):
        roles.revoke_role(user=publisher, member=publisher, role=roles.PUBLISHER)


def test_it_knows_no_other_role(member):
    with pytest.raises(AccountError):
        roles.grant_role(user=None, member=member, role="king")


def test_it_has_its_rights_after_a_flush(publisher):
    """Tests that commit end with one, and so would whoever empties a database."""
    from django.apps import apps

    from members.accounts.rights import set_rights

    Group.objects.all().delete()
    set_rights(apps.get_app_config("auth"))
    assert sorted(Group.objects.values_list("name", flat=True)) == sorted(roles.ROLES)
    assert Group.objects.get(name="writer").permissions.filter(codename="submit_article").exists()


def test_it_names_no_right_that_does_not_exist(db):
    known = set(Permission.objects.values_list("content_type__app_label", "codename"))
    for role, rights in ROLES.items():
        assert right_names(rights) - known == set(), role


def test_it_looks_for_no_rights_beside_the_role(writer, django_assert_num_queries):
    fresh = type(writer).objects.get(pk=writer.pk)
    with django_assert_num_queries(1):
        assert fresh.has_perm("articles.submit_article") and not fresh.has_perm("articles.publish_article")
