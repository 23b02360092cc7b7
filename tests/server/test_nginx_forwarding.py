"""Whom the application takes the client for, and what of it a client can make up."""

import pytest

from tests.server.front import Nginx

MADE_UP = {
    "X_Forwarded_For": "203.0.113.9", "X_Forwarded_Proto": "https", "X_Forwarded_Host": "evil.example.com",
    "Forwarded": "for=203.0.113.9", "X_Real_IP": "203.0.113.9", "Proxy": "http://evil.example.com",
}  # fmt: skip


def headers_heard(listener):
    lines = listener.heard[-1].split("\r\n\r\n")[0].split("\r\n")[1:]
    return {name.lower(): value for name, _colon, value in (line.partition(": ") for line in lines)}


@pytest.fixture
def before(listener, settings):
    def start(proxies):
        settings.TRUSTED_PROXIES = proxies
        started.append(Nginx(listener.port).start())
        return started[-1]

    started = []
    yield start
    for nginx in started:
        nginx.stop()


def test_what_a_client_says_about_itself_is_dropped(before, listener):
    before(1).ask("/", **MADE_UP)
    heard = headers_heard(listener)
    assert (heard["x-forwarded-for"], heard["x-forwarded-proto"], heard["host"]) == ("127.0.0.1", "http", "localhost")
    assert not {"x-forwarded-host", "forwarded", "x-real-ip", "proxy"} & set(heard)


def test_behind_another_proxy_it_adds_itself(before, listener):
    before(2).ask("/", X_Forwarded_For="203.0.113.9", X_Forwarded_Proto="https")
    heard = headers_heard(listener)
    assert (heard["x-forwarded-for"], heard["x-forwarded-proto"]) == ("203.0.113.9, 127.0.0.1", "https")
