"""A gift's link leads through the door and back; its token, which is worth the gift, stands nowhere in the tables."""

import json
import re

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.core import serializers
from django.test import Client

from newsroom.lib.models import Letter
from tests.members.patronage.gifts import FRIEND, give, letters, link_in
from tests.sign_in import app_code, make_app

pytestmark = pytest.mark.django_db
DOOR, CODE, FACTOR = "/account/sign-in/", "/account/sign-in/code/", "/account/sign-in/factor/"


@pytest.fixture
def link(prices, sandbox):
    give(sandbox)
    link = link_in(letters().get())
    letters().update(text="", html="")  # as when it has left
    return link


def held():
    """All that the tables hold, with what sessions mean."""
    rows = "".join(serializers.serialize("json", model.objects.all()) for model in apps.get_models())
    return rows + "".join(json.dumps(session.get_decoded()) for session in Session.objects.all())


def token_of(link):
    return link.rstrip("/").rpartition("/")[2]


def ask(link, email=FRIEND):
    browser = Client()
    browser.post(DOOR, {"email": email, "next": link})
    return browser, Letter.objects.filter(kind="members/sign_in_code").latest("pk").text


def press(text):
    browser = Client()
    page = browser.get(re.search(r"https?://[^/]+(/\S+/link/\S+)", text).group(1), follow=True)
    token = re.search(rb'name="token" value="([^"]+)"', page.content).group(1).decode()
    return browser, browser.post("/account/sign-in/link/", {"token": token})


def test_it_is_led_back_to_by_the_link_in_another_browser(link):
    _asked, text = ask(link)
    assert token_of(link) not in held()
    browser, answer = press(text)
    assert answer["Location"] == link and browser.get(link).status_code == 200
    assert token_of(link) not in held()


def test_it_is_led_back_to_by_the_code_also_where_the_page_was_lost_meanwhile(link):
    browser, text = ask(link)
    door = browser.get(DOOR)
    assert door["Location"].endswith(f"?next={link.replace('/', '%2F')}")
    answer = browser.post(door["Location"], {"code": re.search(r"^(\d{6})$", text, re.MULTILINE).group(1)})
    assert answer["Location"] == link and token_of(link) not in held()


@pytest.mark.parametrize("way", ["code", "link"])
def test_it_is_led_back_to_after_a_second_factor(link, make_member, way):
    factor = make_app(make_member(FRIEND))
    browser, text = ask(link)
    if way == "code":
        code = re.search(r"^(\d{6})$", text, re.MULTILINE).group(1)
        answer = browser.post(CODE, {"code": code, "next": link})
    else:
        browser, answer = press(text)
    assert answer["Location"] == FACTOR and token_of(link) not in held()
    browser.post(FACTOR, {"code": app_code(factor)})
    answer = browser.post("/account/sign-in/device/", {"action": "skip"})
    assert answer["Location"] == link and token_of(link) not in held()


def test_it_is_forgotten_by_the_browser_once_it_was_followed(link):
    browser, text = ask(link)
    assert browser.cookies["sign_in_target"].value == link and browser.cookies["sign_in_target"]["httponly"]
    browser.post(CODE, {"code": re.search(r"^(\d{6})$", text, re.MULTILINE).group(1), "next": link})
    assert not browser.cookies["sign_in_target"].value
