"""Locking out ends at once all that opens the house to a person."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone

from articles.models import Article, PreviewLink
from members.accounts.locking import lock_out
from members.accounts.models import StaffLink
from members.accounts.staff_links import issue_staff_link
from newsroom.lib.models import AuditEntry
from tests.members.accounts.test_second_factor import sign_in_by_code
from tests.sign_in import app_code


def test_it_ends_other_sessions_at_once(editor, editor_client, publisher):
    assert editor_client.get("/admin/").status_code == 200
    lock_out(user=publisher, member=editor)
    assert editor_client.get("/admin/").headers["Location"].startswith("/admin/login/")
    assert "_auth_user_id" not in editor_client.session


def test_it_takes_factors_and_staff_links(editor, editor_client, publisher):
    issue_staff_link(issued_by=None, member=editor)
    Authenticator.objects.create(user=editor, type=Authenticator.Type.WEBAUTHN, data={})
    lock_out(user=publisher, member=editor)
    assert not Authenticator.objects.filter(user=editor).exists()
    assert not StaffLink.objects.open_now().exists()


def test_it_revokes_the_persons_preview_links_and_no_others(editor, writer, publisher):
    story = Article.objects.create(headline="A draft", language="en", created_by=editor)
    until = timezone.now() + timedelta(days=1)
    for number, person in enumerate((editor, writer)):
        PreviewLink.objects.create(article=story, token_hash=str(number), created_by=person, expires_at=until)
    lock_out(user=publisher, member=editor)
    assert [link.is_valid() for link in PreviewLink.objects.order_by("token_hash")] == [False, True]


def test_it_is_written_to_the_audit(editor, publisher):
    lock_out(user=publisher, member=editor)
    assert AuditEntry.objects.get(action="member.locked_out").actor == publisher


def test_it_does_not_let_whoever_reads_the_mail_enrol_a_factor(client, editor, codes):
    lock_out(user=None, member=editor)
    sign_in_by_code(client, editor, codes)
    for path in ("/account/2fa/app/add/", "/account/2fa/passkeys/add/", "/admin/"):
        response = client.get(path, follow=True)
        assert response.redirect_chain[-1][0] == "/account/2fa/"
        assert b"Ask a publisher" in response.content


def test_it_ends_with_a_staff_link_and_a_new_factor(editor, codes):
    lock_out(user=None, member=editor)
    client = Client()
    client.post(urlsplit(issue_staff_link(issued_by=None, member=editor)).path)
    client.get("/account/2fa/app/add/")
    code = app_code(Authenticator(data={"secret": client.session["mfa.totp.secret"]}))
    client.post("/account/2fa/app/add/", {"code": code})
    assert Authenticator.objects.filter(user=editor, type="totp").exists()
    assert client.get("/admin/").status_code == 200


def test_it_lets_a_reader_back_by_a_code(client, member, codes):
    lock_out(user=None, member=member)
    assert sign_in_by_code(client, member, codes).headers["Location"] == "/account/"


@pytest.mark.parametrize("who", ["editor", "manager", "member"])
def test_it_is_a_publishers_right(request, who, writer):
    with pytest.raises(PermissionDenied):
        lock_out(user=request.getfixturevalue(who), member=writer)


def test_it_signs_a_reader_out_everywhere_but_here(member, member_client):
    from tests.sign_in import sign_in

    phone = Client()
    sign_in(phone, member)
    assert member_client.post("/account/sign-out-everywhere/").headers["Location"] == "/account/"
    assert member_client.get("/account/sign-in/").status_code == 302
    assert phone.get("/account/sign-in/").status_code == 200
