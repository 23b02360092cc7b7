"""What nginx writes down: no reader, no query, and no word of an address that opens something."""

import secrets
from urllib.parse import quote

from tests.server.front import static_address, wait_until

OPENING = (
    "/gift/{}/", "/uk/gift/{}/", "/support/double/{}/", "/support/declaration/{}/", "/account/staff-link/{}/",
    "/account/sign-in/link/{}/", "/account/address/{}/", "/newsletters/confirm/{}/", "/newsletters/unsubscribe/{}/",
    "/preview/{}/", "/gift/{}", "/nothing/{}/more/",
)  # fmt: skip
TOKEN = "Ab3-_" + secrets.token_urlsafe(24)


def lines_of(nginx, mark):
    """What was logged, once the request with `mark` in its path is there."""
    log = nginx.folder / "log"
    nginx.ask(f"/{mark}/")
    wait_until(lambda: mark in log.read_text())
    return log.read_text()


def test_it_logs_no_token(front):
    for address in OPENING:
        front.ask(address.format(TOKEN))
    signed = "ImFubmFAZXhhbXBsZS5vcmci:1qZx8Y:abcdefghijklmnopqrstuvwxyz0123"
    front.ask(f"/newsletters/confirm/{quote(signed)}/")
    front.ask(f"/preview/{secrets.token_hex(16)}a/?email=anna@example.org")
    said = lines_of(front, "after-the-tokens")
    assert TOKEN not in said and signed not in said and "anna@" not in said
    for address in OPENING:
        assert address.format("[token]") in said
    assert said.count("/preview/[token]/") == 2


def test_it_logs_what_opens_nothing_as_it_is(front):
    addresses = ("/2024/11/13/a-story-with-quite-a-long-slug-indeed/", static_address("css"))
    for address in addresses:
        front.ask(address)
    said = lines_of(front, "after-the-story")
    assert all(f"GET {address} " in said for address in addresses)


def test_it_logs_neither_token_nor_reader_when_nobody_answers(orphan):
    """It is the page of errors that is logged then, and nginx's own words would be the whole request."""
    assert orphan.ask(f"/gift/{TOKEN}/?email=anna@example.org").status == 503
    log = orphan.folder / "log"
    wait_until(lambda: " 503 GET /.errors/" in log.read_text())
    assert all(word not in log.read_text() for word in (TOKEN, "anna@", "127.0.0.1"))
