"""Staff pass a second factor before the desk; nobody else is asked."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.test import Client

from members.accounts.roles import EDITOR, grant_role
from tests.sign_in import app_code, make_app, sign_in

DESK = "/admin/"
FACTORS = "/account/2fa/"
PASS = "/account/sign-in/factor/"
AGAIN = "/account/2fa/reauthenticate/"


@pytest.fixture
def by_code_only(editor):
    """An editor's browser whose session passed no second factor."""
    client = Client()
    sign_in(client, editor, second_factor=False)
    return client


def sign_in_by_code(client, member, codes):
    client.post("/account/sign-in/", {"email": member.email})
    return client.post("/account/sign-in/code/", {"code": codes(member.email)[0]})


def may_enter(client):
    return client.get(DESK).status_code == 200


def test_it_sends_staff_without_a_factor_to_set_one_up(by_code_only):
    response = by_code_only.get(DESK, follow=True)
    assert response.redirect_chain[0][0] == FACTORS
    assert b"second factor" in response.content


@pytest.mark.parametrize("method", ["get", "post"])
def test_it_guards_every_page_of_the_desk(by_code_only, method):
    response = getattr(by_code_only, method)("/admin/members/member/")
    assert response.headers["Location"] == FACTORS


def test_it_asks_for_the_factor_that_this_session_did_not_pass(by_code_only, editor):
    make_app(editor)
    response = by_code_only.get("/admin/members/member/?q=a")
    assert response.headers["Location"] == f"{AGAIN}?next=%2Fadmin%2Fmembers%2Fmember%2F%3Fq%3Da"


def test_it_lets_staff_in_after_asking_again(by_code_only, editor):
    factor = make_app(editor)
    response = by_code_only.post(AGAIN, {"code": app_code(factor), "next": DESK})
    assert response.headers["Location"] == DESK
    assert may_enter(by_code_only)


def test_it_asks_for_the_app_when_staff_sign_in(client, editor, codes):
    factor = make_app(editor)
    assert sign_in_by_code(client, editor, codes).headers["Location"] == PASS
    assert client.get(DESK).status_code == 302
    client.post(PASS, {"code": app_code(factor)})
    client.post("/account/sign-in/device/", {"action": "skip"})
    assert may_enter(client)


def test_it_refuses_a_wrong_code_of_the_app(client, editor, codes):
    make_app(editor)
    sign_in_by_code(client, editor, codes)
    client.post(PASS, {"code": "000000"})
    assert "_auth_user_id" not in client.session


def test_it_takes_each_recovery_code_once(client, editor, codes, other_browser):
    make_app(editor)
    recovery_code = RecoveryCodes.activate(editor).get_unused_codes()[0]
    for browser, is_in in ((client, True), (other_browser, False)):
        sign_in_by_code(browser, editor, codes)
        browser.post(PASS, {"code": recovery_code})
        browser.post("/account/sign-in/device/", {"action": "skip"})
        assert may_enter(browser) is is_in


def test_it_gives_ten_recovery_codes(editor):
    assert len(RecoveryCodes.activate(editor).get_unused_codes()) == 10


def test_it_remembers_a_device_for_thirty_days(client, editor, codes):
    factor = make_app(editor)
    sign_in_by_code(client, editor, codes)
    client.post(PASS, {"code": app_code(factor)})
    client.post("/account/sign-in/device/", {"action": "trust"})
    assert client.cookies["mfa_trusted"]["max-age"] == 30 * 86_400
    client.post("/account/sign-out/")
    assert sign_in_by_code(client, editor, codes).headers["Location"] == "/account/"
    assert may_enter(client)


def test_it_forgets_a_device_when_the_factor_is_gone(client, editor, codes):
    test_it_remembers_a_device_for_thirty_days(client, editor, codes)
    Authenticator.objects.filter(user=editor).delete()
    assert not may_enter(client)


def test_it_lets_staff_enrol_and_enter_with_one_code(by_code_only, editor):
    by_code_only.get("/account/2fa/app/add/")
    secret = by_code_only.session["mfa.totp.secret"]
    code = app_code(Authenticator(data={"secret": secret}))
    response = by_code_only.post("/account/2fa/app/add/", {"code": code}, follow=True)
    assert response.redirect_chain == [("/account/2fa/recovery-codes/", 302)]
    assert may_enter(by_code_only)


def test_it_asks_again_before_a_second_factor_is_added_or_taken_away(editor_client):
    for path in ("app/remove/", "passkeys/add/", "recovery-codes/new/"):
        response = editor_client.get(FACTORS + path)
        assert response.headers["Location"].startswith(AGAIN)


def test_it_counts_a_passkey_alone(client, editor):
    """allauth's record of a passkey sign-in; the ceremony itself is driven in the browser tests."""
    passkey = Authenticator.objects.create(user=editor, type="webauthn", data={"name": "key"})
    sign_in(client, editor, second_factor=False)
    session = client.session
    session["account_authentication_methods"] = [
        {"method": "mfa", "type": "webauthn", "passwordless": True, "id": passkey.pk, "at": 1.0}
    ]
    session.save()
    assert may_enter(client)


def test_it_forgets_what_was_passed_by_a_factor_that_is_gone(editor_client, editor):
    assert may_enter(editor_client)
    Authenticator.objects.filter(user=editor).delete()
    make_app(editor)
    assert not may_enter(editor_client)


def test_it_asks_no_reader(client, member, codes, ask, enter):
    ask(member.email)
    assert enter(codes(member.email)[0]).headers["Location"] == "/account/"


def test_it_leads_readers_away_from_the_desk(member_client):
    assert member_client.get(DESK, follow=True).redirect_chain[-1][0] == "/account/"


def test_it_asks_whoever_becomes_staff(member_client, member):
    grant_role(user=None, member=member, role=EDITOR)
    assert member_client.get(DESK).headers["Location"] == FACTORS


def test_it_writes_changes_of_a_factor_to_the_audit(by_code_only, editor, django_capture_on_commit_callbacks):
    from newsroom.lib.models import AuditEntry

    with django_capture_on_commit_callbacks(execute=True):
        test_it_lets_staff_enrol_and_enter_with_one_code(by_code_only, editor)
    assert AuditEntry.objects.filter(action="member.totp_activated", actor=editor).exists()


@pytest.mark.parametrize("path", ["", "app/add/", "passkeys/", "passkeys/add/", "recovery-codes/new/"])
def test_it_shows_its_pages(by_code_only, path):
    response = by_code_only.get(FACTORS + path, follow=True)
    assert response.status_code == 200
    assert b"no-store" in response.headers["Cache-Control"].encode()


def test_it_has_no_page_for_passwords(client, db):
    for path in ("password/change/", "password/reset/", "signup/", "login/", "email/"):
        assert client.get(f"/account/{path}").status_code == 404
