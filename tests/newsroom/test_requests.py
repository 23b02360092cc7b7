"""Where a form came from, and who is behind the proxies."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from newsroom.lib.requests import FromElsewhere, client_address, client_network, public_form

OURS = "http://testserver"


@public_form
def form(request):
    return HttpResponse("taken")


def post(**headers):
    return form(RequestFactory(headers={name.replace("_", "-"): value for name, value in headers.items()}).post("/"))


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Site": "same-origin"},
        {"Sec_Fetch_Site": "same-origin", "Origin": "https://evil.example.com"},  # a proxy rewrote what it could
        {"Origin": OURS},
        {"Origin": "http://localhost:8000"},  # SITE_URL, behind a proxy that hands on a name of its own
    ],
)
def test_it_takes_a_form_of_ours(headers, settings):
    settings.SITE_URL = "http://localhost:8000"
    assert post(**headers).content == b"taken"


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"}, {"Sec_Fetch_Site": "none"},
        {"Sec_Fetch_Site": "cross-site", "Origin": OURS}, {"Origin": "null"}, {"Origin": ""},
        {"Origin": "https://evil.example.com"}, {"Origin": "http://testserver.evil.example.com"},
        {"Origin": "http://testserver:81"}, {"Origin": "http://testserver@evil.example.com"},
        {"Origin": "http://["},
    ],
)  # fmt: skip
def test_it_refuses_a_form_from_elsewhere(headers):
    with pytest.raises(FromElsewhere):
        post(**headers)


def test_it_lets_everybody_look():
    assert form(RequestFactory().get("/")).content == b"taken"


@pytest.mark.django_db
def test_it_says_so_on_a_page(client):
    response = client.post("/newsletters/", {"email": "x@example.org"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 403
    assert b"not sent from a page of ours" in response.content


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.9", "192.0.2.1"),  # nobody of ours wrote it
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "10.0.0.1, 203.0.113.9", "203.0.113.9"),  # the client made the first up
        (2, "10.0.0.1, 203.0.113.9, 198.51.100.1", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.1"),  # it did not come through both
        (1, "", "192.0.2.1"),
    ],
)
def test_it_knows_the_client_behind_our_proxies(settings, proxies, forwarded, address):
    settings.TRUSTED_PROXIES = proxies
    request = RequestFactory(headers={"X-Forwarded-For": forwarded}).get("/", REMOTE_ADDR="192.0.2.1")
    assert client_address(request) == address


def test_a_network_is_an_address_or_a_household():
    def network(address):
        return client_network(RequestFactory().get("/", REMOTE_ADDR=address))

    assert network("192.0.2.1") == "192.0.2.1"
    assert network("2001:db8:1:2:3::4") == "2001:db8:1:2::/64"
    assert network("not an address") == "not an address"
