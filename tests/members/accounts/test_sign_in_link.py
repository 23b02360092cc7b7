"""The link beside the code: any browser, one click, one use; it and its code are spent together."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members.accounts.locking import lock_out
from members.accounts.models import Member, SignInLink
from newsroom.lib.limits import SIGN_IN
from newsroom.site.purging import purge_expired
from tests.members.accounts.test_door import CODE, DOOR, signed_in
from tests.sign_in import app_code, make_app, sign_in

PAGE = "/account/sign-in/link/"


@pytest.fixture
def link(member, ask, links):
    ask(member.email)
    return links(member.email)[0]


def open_link(browser, link):
    return browser.get(link, follow=True)


def press(browser, link):
    """Opens the link and presses the button; the answer to that."""
    page = open_link(browser, link)
    token = re.search(rb'name="token" value="([^"]+)"', page.content)
    return browser.post(page.request["PATH_INFO"], {"token": token.group(1).decode() if token else ""})


def test_it_signs_in_in_another_browser(other_browser, member, link):
    response = press(other_browser, link)
    assert response.headers["Location"] == "/account/" and response.cookies["signed_in"].value == "1"
    assert other_browser.session["_auth_user_id"] == str(member.pk)
    assert other_browser.session.get_expiry_age() > 86_400


def test_it_is_not_spent_by_looking(client, other_browser, link):
    for browser in (other_browser, client, Client()):
        for _look in range(2):
            assert b"member@example.org" in open_link(browser, link).content
            browser.head(link)
        assert not signed_in(browser)
    press(other_browser, link)
    assert signed_in(other_browser)


def test_it_works_once(other_browser, link):
    press(other_browser, link)
    third = Client()
    assert open_link(third, link).status_code == 410 and press(third, link).status_code == 410
    assert not signed_in(third)


def test_it_works_once_for_two_who_opened_it_before(other_browser, link):
    third = Client()
    token = link.rstrip("/").rpartition("/")[2]
    assert other_browser.post(PAGE, {"token": token}).status_code == 302
    assert third.post(PAGE, {"token": token}).status_code == 410 and not signed_in(third)


def test_it_spends_its_code(client, member, codes, enter, other_browser, link):
    press(other_browser, link)
    assert enter(codes(member.email)[0]).headers["Location"] == DOOR
    assert b"good once" in client.get(DOOR).content and not signed_in(client)


def test_it_is_spent_by_its_code(member, codes, enter, other_browser, link):
    enter(codes(member.email)[0])
    assert press(other_browser, link).status_code == 410


def test_it_dies_with_its_code_after_three_wrong_tries(enter, other_browser, link):
    for _try in range(3):
        enter("000000")
    assert press(other_browser, link).status_code == 410


def test_it_gives_way_to_the_next_one_asked_for_here_and_to_no_other(client, member, ask, links, other_browser, link):
    ask(member.email, other_browser)
    client.post(CODE, {"action": "resend"})
    newest, elsewhere, first = links(member.email)
    assert first == link
    assert [open_link(Client(), path).status_code for path in (newest, elsewhere, first)] == [200, 200, 410]


def test_it_expires_after_ten_minutes(other_browser, link):
    row = SignInLink.objects.get()
    assert 590 < (row.expires_at - row.created_at).total_seconds() <= 601
    SignInLink.objects.update(expires_at=timezone.now())
    assert press(other_browser, link).status_code == 410


def test_it_ends_when_the_member_is_locked_out_or_closed(member, ask, links, other_browser, link):
    lock_out(user=None, member=member)
    assert press(other_browser, link).status_code == 410
    ask(member.email)
    Member.objects.filter(pk=member.pk).update(is_active=False)
    assert press(other_browser, links(member.email)[0]).status_code == 410


def test_it_opens_nothing_once_the_member_has_another_address(client, member, codes, enter, other_browser, link):
    """Made at the same moment as the change, it was not ended with those before."""
    EmailAddress.objects.filter(user=member).delete()
    Member.objects.filter(pk=member.pk).update(email="right@example.org")
    assert press(other_browser, link).status_code == 410 and not signed_in(other_browser)
    enter(codes("member@example.org")[0])
    assert not signed_in(client)


def test_it_proves_the_address_of_a_newcomer(ask, links, other_browser):
    ask("new.reader@example.org")
    press(other_browser, links("new.reader@example.org")[0])
    assert signed_in(other_browser) and Member.objects.get(email="new.reader@example.org").proved_at


@pytest.mark.parametrize("target", ["/topics/", "/uk/account/"])
def test_it_goes_on_to_where_the_reader_was_going(member, ask, links, other_browser, target):
    ask(member.email, next=target)
    assert press(other_browser, links(member.email)[0]).headers["Location"] == target


def test_it_never_leads_to_another_site(member, ask, links, other_browser):
    ask(member.email, next="https://evil.example/")
    assert press(other_browser, links(member.email)[0]).headers["Location"] == "/account/"


def test_it_asks_staff_for_their_second_factor(editor, ask, links, other_browser):
    factor = make_app(editor)
    ask(editor.email, next="/admin/")
    response = press(other_browser, links(editor.email)[0])
    assert response.headers["Location"].startswith("/account/sign-in/factor/") and not signed_in(other_browser)
    other_browser.post("/account/sign-in/factor/", {"code": app_code(factor)})
    other_browser.post("/account/sign-in/device/", {"action": "skip"})
    assert other_browser.get("/admin/").status_code == 200


def test_it_is_no_second_factor(editor, ask, links, other_browser):
    ask(editor.email)
    press(other_browser, links(editor.email)[0])
    assert other_browser.get("/admin/").headers["Location"] == "/account/2fa/"


def test_it_signs_somebody_else_out_first(stranger, link, other_browser, member):
    sign_in(other_browser, stranger)
    press(other_browser, link)
    assert other_browser.session["_auth_user_id"] == str(member.pk)


def test_it_leaves_whoever_is_signed_in_already_signed_in(link, other_browser, member):
    sign_in(other_browser, member)
    assert press(other_browser, link).headers["Location"] == "/account/"
    assert not SignInLink.objects.exists()


def test_it_leaves_the_address_before_the_page_is_shown(client, link):
    response = client.get(link)
    assert (response.status_code, response.headers["Location"]) == (302, PAGE)
    assert response.headers["Referrer-Policy"] == "no-referrer" and "no-store" in response.headers["Cache-Control"]
    cookie = response.cookies["sign_in_link"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (PAGE, True, "Lax")


def test_it_asks_for_the_token_of_its_form(link):
    browser = Client(enforce_csrf_checks=True)
    assert browser.post(PAGE, {"token": link.rstrip("/").rpartition("/")[2]}).status_code == 403
    assert not signed_in(browser)


def test_it_is_limited(link):
    statuses = [Client().post(PAGE, {"token": f"guess{number}"}).status_code for number in range(SIGN_IN.count)]
    assert statuses[-2:] == [410, 429]  # asking for the link was one


def test_it_is_not_logged(client, link, capfd, caplog):
    """The request is, without the token that it bears; also where it is spent, which is a warning."""
    press(client, link)
    press(client, link)
    token = link.rstrip("/").rpartition("/")[2]
    output = capfd.readouterr()
    said = output.out + output.err + caplog.text
    assert "/account/sign-in/link/" in said and token not in said


def test_it_keeps_the_hash_only(link):
    token = link.rstrip("/").rpartition("/")[2]
    assert token not in [str(value) for value in SignInLink.objects.values_list().get()]


@pytest.mark.parametrize("token", ["x", "字" * 43, "a" * 44, "a" * 42 + ";"])
def test_what_cannot_be_a_token_is_not_there(client, token):
    assert client.get(reverse("account_sign_in_link", args=[token])).status_code == 404


def test_it_is_forgotten_within_a_day(link):
    SignInLink.objects.update(expires_at=timezone.now())
    purge_expired()
    assert not SignInLink.objects.exists()


def test_it_speaks_the_language_of_the_door(ask, links, other_browser, db):
    ask("reader@example.org", path="/uk/account/sign-in/")
    path = links("reader@example.org")[0]
    assert path.startswith("/uk/") and press(other_browser, path).headers["Location"].startswith("/uk/account/")
