"""The constant cookie that says that somebody is signed in here, and opens nothing."""

import pytest


@pytest.fixture
def entered(member, ask, enter, codes):
    ask(member.email)
    return enter(codes(member.email)[0])


def test_it_is_set_at_sign_in(entered):
    cookie = entered.cookies["signed_in"]
    assert (cookie.value, cookie["samesite"], cookie["httponly"], cookie["path"]) == ("1", "Lax", "", "/")


def test_it_follows_the_scheme_of_the_site(member, ask, enter, codes, settings):
    settings.SESSION_COOKIE_SECURE = True
    ask(member.email)
    assert enter(codes(member.email)[0]).cookies["signed_in"]["secure"] is True


def test_it_is_not_set_before_the_code(ask, member):
    assert "signed_in" not in ask(member.email).cookies


def test_it_goes_at_sign_out(client, entered):
    response = client.post("/account/sign-out/")
    assert response.cookies["signed_in"]["max-age"] == 0
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("home", ["/", "/uk/"])
def test_signing_out_leads_to_the_front_page_in_the_same_language(client, entered, home):
    assert client.post(f"{home}account/sign-out/").headers["Location"] == home


def test_it_stays_while_sign_out_is_only_asked_about(client, entered):
    assert "signed_in" not in client.get("/account/sign-out/").cookies


def test_it_says_the_same_of_everybody(entered, ask, enter, codes, other_browser):
    ask("someone@example.org", other_browser)
    other = enter(codes("someone@example.org")[0], other_browser)
    assert (
        other.cookies["signed_in"].OutputString().split("expires")[0]
        == (entered.cookies["signed_in"].OutputString().split("expires")[0])
    )
