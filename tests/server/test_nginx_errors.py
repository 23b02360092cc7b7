"""The pages that nginx shows itself, in the language of the path, while nobody answers behind it."""

import re

import pytest

from newsroom.lib.header_policy import SECURITY_HEADERS
from tests.server.front import static_address

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("address", "language", "words"),
    [
        ("/", "en", "Most stories can still be read"),
        ("/2026/01/01/story/", "en", "Most stories can still be read"),
        ("/ukulele/", "en", "Most stories can still be read"),
        ("/uk/", "uk", "Більшість матеріалів"),
        ("/uk?page=2", "uk", "Більшість матеріалів"),
        ("/uk/account/", "uk", "Більшість матеріалів"),
    ],
)
def test_it_says_that_the_site_is_resting(orphan, address, language, words):
    answer = orphan.ask(address)
    assert (answer.status, answer.headers["Retry-After"], answer.headers["Cache-Control"]) == (503, "60", "no-store")
    assert f'<html lang="{language}">' in answer.text
    assert words in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert {name: answer.headers.get(name.title()) for name in SECURITY_HEADERS} == SECURITY_HEADERS


def test_what_the_page_needs_is_served_without_the_application(orphan):
    needed = re.findall(r'(?:href|src)="(/static/[^"]+)"', orphan.ask("/").text)
    assert len(needed) == 3
    assert {orphan.ask(address).status for address in needed} == {200}
    assert orphan.ask(static_address("woff2")).status == 200


@pytest.mark.parametrize(("prefix", "words"), [("", "That is too large"), ("/uk", "Це завеликий обсяг")])
def test_it_refuses_what_is_too_large(orphan, prefix, words):
    answer = orphan.ask(f"{prefix}/support/", method="POST", body=b"x", Content_Length=str(9 * 1024 * 1024))
    assert answer.status == 413
    assert words in answer.text


def test_the_desk_takes_a_picture(front):
    assert front.ask("/admin/", method="POST", body=b"x" * 9 * 1024 * 1024).status != 413


@pytest.mark.parametrize(("prefix", "words"), [("", "A little slower"), ("/uk", "Трохи повільніше")])
def test_it_slows_down_who_asks_too_much(orphan, prefix, words):
    answers = [orphan.ask(f"{prefix}/") for _number in range(200)]
    refused = next(answer for answer in answers if answer.status == 429)
    assert words in refused.text
    assert refused.headers["Retry-After"] == "10"
    assert answers[0].status == 503


@pytest.mark.parametrize(("prefix", "words"), [("", "We could not read that"), ("/uk", "Ми не змогли")])
def test_it_refuses_what_cannot_be_read(orphan, prefix, words):
    answer = orphan.ask(f"{prefix}/", Cookie="x" * 40_000)
    assert answer.status == 400
    assert words in answer.text
