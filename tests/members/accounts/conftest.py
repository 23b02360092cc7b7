import re

import pytest
from django.test import Client

from newsroom.lib.models import Letter


@pytest.fixture
def codes(db):
    """The codes sent to an address, newest first."""

    def read(email):
        letters = Letter.objects.filter(to_email=email, kind="members/sign_in_code").order_by("-pk")
        return [re.search(r"^(\d{6})$", letter.text, re.MULTILINE).group(1) for letter in letters]

    return read


@pytest.fixture
def links(db):
    """The paths of the links sent to an address, newest first."""

    def read(email):
        letters = Letter.objects.filter(to_email=email, kind="members/sign_in_code").order_by("-pk")
        return [re.search(r"https?://[^/]+(/\S+/link/\S+)", letter.text).group(1) for letter in letters]

    return read


@pytest.fixture
def ask(client, db):
    """Asks for a code at the door."""

    def post(email, browser=None, path="/account/sign-in/", **data):
        return (browser or client).post(path, {"email": email, **data})

    return post


@pytest.fixture
def enter(client):
    def post(code, browser=None, **data):
        return (browser or client).post("/account/sign-in/code/", {"code": code, **data})

    return post


@pytest.fixture
def other_browser():
    return Client()
