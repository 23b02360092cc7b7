"""https from the moment that certificates lie in the folder, plain http without."""

import subprocess

import pytest
from django.core.management import CommandError, call_command

from newsroom.lib.header_policy import HSTS
from tests.server.front import Nginx, ask


@pytest.fixture
def certificates(tmp_path):
    """Signed by nobody but itself."""
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
            "-keyout", tmp_path / "privkey.pem", "-out", tmp_path / "fullchain.pem",
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    return tmp_path


@pytest.fixture
def secure(certificates, settings):
    settings.TRUSTED_PROXIES, settings.SITE_URL, settings.SECURE_HSTS_SECONDS = 1, "https://news.example.org", 1
    nginx = Nginx(1)
    (nginx.folder / "certificates").symlink_to(certificates)
    yield nginx.start()
    nginx.stop()


def test_everything_goes_to_https(secure):
    answer = ask(secure.http, "/uk/?page=2", Host="evil.example.com")
    assert (answer.status, answer.headers["Location"]) == (301, "https://news.example.org/uk/?page=2")


def test_it_answers_by_tls_and_promises_it(secure):
    answer = ask(secure.https, "/", secure=True)
    assert (answer.status, answer.headers["Strict-Transport-Security"]) == (503, HSTS)
    assert "Most stories can still be read" in answer.text


@pytest.mark.parametrize("is_secure", [False, True])
def test_a_certificate_authority_finds_its_proof(secure, is_secure):
    proof = secure.folder / "acme" / ".well-known" / "acme-challenge" / "token"
    proof.parent.mkdir(parents=True)
    proof.write_text("token.thumbprint")
    answer = ask(secure.https if is_secure else secure.http, "/.well-known/acme-challenge/token", secure=is_secure)
    assert (answer.status, answer.text) == (200, "token.thumbprint")


def test_without_certificates_it_is_plain_http(orphan):
    with pytest.raises(OSError):
        ask(orphan.https, "/", secure=True)
    assert orphan.ask("/").status == 503


def test_it_is_not_written_where_no_proxy_is_believed(settings, tmp_path):
    settings.TRUSTED_PROXIES = 0
    with pytest.raises(CommandError, match="set it to 1"):
        call_command("write_nginx", tmp_path)
