"""What tests of ending and withdrawing without signing in share: the form, the mailed link, the click."""

import re

from django.test import Client
from django.urls import reverse

from newsroom.lib.models import Letter
from tests.members.patronage.conftest import OUR_PAGE

END, WITHDRAW, ASKED = (reverse(f"members:support-{name}") for name in ("end", "withdraw", "asked"))


def declare(address, given, **data):
    answer = Client().post(address, {"given": given, **data}, **OUR_PAGE)
    assert (answer.status_code, answer["Location"]) == (302, ASKED), answer.content.decode()
    return answer


def confirm_letters():
    return Letter.objects.filter(kind="members/declaration_confirm").order_by("pk")


def receipts():
    return Letter.objects.filter(kind="members/declaration_receipt").order_by("pk")


def mailed_link(letter=None):
    """The path in the letter, newest or given."""
    letter = letter or confirm_letters().last()
    return re.search(r"https?://[^/]+(/\S*/declaration/\S+/)", letter.text).group(1)


def page_of(link, client=None):
    answer = (client or Client()).get(link)
    assert answer.status_code == 200
    return answer.content.decode()


def press(link, **data):
    """As by hand: the page that the click leads to."""
    return Client().post(link, data, follow=True)
