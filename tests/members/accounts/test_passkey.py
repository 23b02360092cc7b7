"""A passkey signs in alone: no mail, no second question. Driven in a real browser with a virtual authenticator."""

import os
import shutil

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from playwright.sync_api import sync_playwright

from tests.sign_in import make_app, sign_in

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
             "--disable-component-update", "--disable-sync"]  # fmt: skip
CHIP = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def _suit_live_server(monkeypatch, settings):
    """It serves files under their own names, and Playwright's loop runs in the thread of the test."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": plain}


@pytest.fixture
def page(transactional_db):
    """A page whose machine has a fingerprint reader."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"), args=ARGUMENTS
        )
        page = browser.new_page()
        devtools = page.context.new_cdp_session(page)
        devtools.send("WebAuthn.enable")
        devtools.send("WebAuthn.addVirtualAuthenticator", {"options": CHIP})
        yield page
        browser.close()


def lend_session(page, client, address):
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.session.session_key, "url": address}
    page.context.add_cookies([cookie])


def test_it_is_enrolled_and_then_opens_the_desk_alone(page, live_server, client, member):
    member.is_staff = member.is_superuser = True
    member.save()
    sign_in(client, member, second_factor=False)
    lend_session(page, client, live_server.url)
    page.goto(f"{live_server.url}/account/2fa/passkeys/add/")
    page.click("#mfa_webauthn_add")
    page.wait_for_url("**/account/2fa/recovery-codes/")
    assert Authenticator.objects.get(user=member, type="webauthn").wrap().is_passwordless
    page.context.clear_cookies()
    page.goto(f"{live_server.url}/account/sign-in/?next=/admin/")
    page.click("#passkey_login")
    page.wait_for_url(f"{live_server.url}/admin/")
    assert page.locator('a[href="/admin/members/member/"]').count()


def test_it_is_asked_for_beside_the_app(page, live_server, client, member):
    make_app(member)
    sign_in(client, member)
    lend_session(page, client, live_server.url)
    page.goto(f"{live_server.url}/account/2fa/passkeys/add/")
    assert "/account/2fa/reauthenticate/" in page.url
