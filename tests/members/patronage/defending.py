"""What a sender does at the support page: a browser of its own, from a network of its own, with or without patience."""

import re
import urllib.error
from contextlib import contextmanager
from hashlib import sha256
from html import unescape
from itertools import count

import pytest
from django.test import Client

from members.patronage.defence import tokens
from newsroom.lib.models import Letter
from tests.members.patronage.conftest import OUR_PAGE

GIFT = {"frequency": "once", "currency": "eur", "amount_once": "500"}
MONTHLY = {"frequency": "month", "currency": "eur", "amount_month": "500"}


class Sender:
    """A browser. `send` posts the support form, `press` the form of the page that came back, as a person would."""

    def __init__(self, network="198.51.100.1", client=None):
        self.client = client or Client()
        self.network = network
        self.answer = None

    def send(self, data=None, path="/support/", **more):
        self.answer = self.client.post(path, {**(data or GIFT), **more}, REMOTE_ADDR=self.network, **OUR_PAGE)
        return self.answer

    def press(self, form=0, **changes):
        """The hidden fields of the page's form, with changes; the page must have come to this browser."""
        return self.send({**self.fields(form), **changes}, self.answer.context["action"])

    def fields(self, form=0):
        html = re.findall(r'<form class="form after-table.*?</form>', self.answer.content.decode(), re.DOTALL)[form]
        found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', html)
        return {name: unescape(value) for name, value in found}

    def proof(self):
        return find_proof(self.answer.context["key"], self.answer.context["bits"])

    def prove(self):
        return self.press(check_proof=self.proof())

    def ask_code(self, email="reader@example.org"):
        return self.press(form=-1, check_email=email, check_step="mail")


def find_proof(key, bits):
    return next(proof for proof in map(str, count()) if proves(proof, key, bits))


def proves(proof, key, bits):
    """By the same rule as the script of the page; four bytes are enough to look at."""
    return int.from_bytes(sha256(f"{key}.{proof}".encode()).digest()[:4]) >> (32 - bits) == 0


@contextmanager
def refused():
    """The card is one that the bank refuses."""
    with pytest.raises(urllib.error.HTTPError, match="402"):
        yield


def mailed_code():
    return re.search(r"^(\d{6})$", Letter.objects.filter(kind="members/checkout_code").latest("id").text, re.M).group(1)


def pass_time(monkeypatch, seconds):
    """The tokens' clock alone: nobody waits in a test."""
    before = tokens.time
    monkeypatch.setattr(tokens, "time", lambda: before() + seconds)
