"""One declaration of security headers, carried by everything that leaves."""

import pytest
from django.conf import settings

from newsroom.lib.header_policy import HSTS, SECURITY_HEADERS, desk_policy, public_policy

pytestmark = pytest.mark.django_db
CSP = "Content-Security-Policy"


def static_file():
    folder = settings.STATIC_ROOT / "newsroom" / "css"
    return f"/static/newsroom/css/{next(folder.glob('base*.css')).name}"


@pytest.fixture
def addresses():
    has_static = (settings.STATIC_ROOT / "newsroom" / "css").is_dir()  # collected by `make test`
    return ["/", "/livez/", "/healthz/", "/nothing-here/", "/account/", "/media/none.png", "/admin/"] + (
        [static_file()] if has_static else []
    )


def test_everything_carries_the_declared_headers(client, addresses):
    for address in addresses:
        response = client.get(address)
        sent = {name: response.headers.get(name) for name in SECURITY_HEADERS}
        assert sent == SECURITY_HEADERS, address


def test_each_page_has_a_policy_even_one_that_no_view_has_seen(client, addresses):
    for address in addresses:
        response = client.get(address)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            assert CSP in response.headers, address
    refused = client.get("/", headers={"Host": "evil.example.com"})
    assert "default-src 'none'" in refused.headers[CSP]


def test_the_public_policy_allows_nothing_inline_and_no_third_party(client):
    policy = client.get("/").headers[CSP]
    assert "unsafe" not in policy
    assert "nonce" not in policy
    assert "default-src 'none'" in policy
    for origin in settings.CHECKOUT_ORIGINS:
        assert origin in policy


def test_the_desk_has_its_own_policy_with_a_fresh_nonce(editor_client):
    def policy():
        return editor_client.get("/admin/articles/article/add/").headers[CSP]

    first, second = policy(), policy()
    assert "'unsafe-eval'" in first
    assert "default-src 'self'" in first
    assert "script-src" in first
    assert "'nonce-" in first
    assert first != second


def test_the_nonce_of_the_desk_stands_in_its_scripts(editor_client):
    response = editor_client.get("/admin/articles/article/add/")
    policy, html = response.headers[CSP], response.content.decode()
    nonces = {word[7:-1] for word in policy.replace(";", " ").split() if word.startswith("'nonce-")}
    assert [nonce for nonce in nonces if f'nonce="{nonce}"' in html] == list(nonces) != []


def test_a_public_path_that_looks_like_the_desks_has_the_strict_policy(client):
    assert "unsafe-eval" not in client.get("/administration/").headers[CSP]
    assert "unsafe-eval" not in client.get("/uk/admin/").headers[CSP]


@pytest.mark.parametrize(("seconds", "sent"), [(0, None), (31_536_000, HSTS)])
def test_https_is_promised_only_where_it_is(client, settings, seconds, sent):
    settings.SECURE_HSTS_SECONDS = seconds
    assert client.get("/livez/").headers.get("Strict-Transport-Security") == sent


def test_the_desks_policy_declares_all_that_the_public_one_does():
    """It takes the public one's place directive by directive: what it does not name would stay as it is there."""
    public = public_policy(()).keys()
    assert public - desk_policy().keys() == set()
    assert "'self'" in desk_policy()["frame-src"]
