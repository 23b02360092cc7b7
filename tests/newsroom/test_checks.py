"""A deployment that lacks something is told what, and what to do, before it serves anybody."""

import os
import subprocess
import sys

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection

from tests.embedded.old_servers import old_redis

NEEDED = {
    "SECRET_KEY": "x" * 60, "SITE_URL": "https://news.example.org", "DATABASE_URL": "postgres://a:b@127.0.0.1/c",
    "REDIS_URL": "redis://:secret@127.0.0.1:6379/0", "EMAIL_URL": "smtp+tls://a:b@mail.example.org:587",
    "STRIPE_SECRET_KEY": "rk_live_1", "STRIPE_WEBHOOK_SECRET": "whsec_1", "NEWSROOM_MODE": "production",
    "SUPPRESSION_KEY": "y" * 60,
}  # fmt: skip


def check(*words, **environment):
    """`manage.py check` of a process with this environment and no other."""
    command = [sys.executable, "manage.py", "check", *words]
    environment = {"PATH": os.environ["PATH"], **environment}
    done = subprocess.run(command, cwd=django_settings.BASE_DIR, env=environment, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(autouse=True)
def _no_settings_file():
    if (django_settings.BASE_DIR / ".env").exists():
        pytest.skip("there is a .env, which would be read")


def test_production_without_anything_says_what_to_set():
    code, said = check()
    assert code == 1
    assert "Traceback" not in said
    for name in NEEDED:
        if name != "NEWSROOM_MODE":
            assert f"{name} is not set." in said
            assert f"Set {name}" in said


def test_production_with_everything_has_nothing_to_say():
    code, said = check(**NEEDED)
    assert (code, "newsroom." in said) == (0, False), said


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"NEWSROOM_MODE": "staging"}, "Use demo, test or production."),
        ({"STRIPE_API_BASE": "http://127.0.0.1:1"}, "Remove it to talk to Stripe."),
        ({"MAIL_INBOX_DIR": "/var/mail"}, "MAIL_INBOX_DIR is for demo and test."),
        ({"SUPPRESSION_KEY": ""}, "Set SUPPRESSION_KEY to a long random text"),
        ({"SITE_URL": "http://news.example.org"}, "SITE_URL is not https."),
        ({"LANGUAGES": "en,Ukrainian"}, "Use codes such as en,uk"),
    ],
)
def test_it_says_what_is_wrong(changed, words):
    assert words in check(**{**NEEDED, **changed})[1]


def test_it_says_that_redis_is_too_old():
    """`migrate` asks the same, and so every release begins with it."""
    with old_redis("6.2.14") as url:
        environment = {**NEEDED, "DATABASE_URL": os.environ["DATABASE_URL"], "REDIS_URL": url}
        code, said = check("--database", "default", **environment)
    assert code == 1
    assert "The server of REDIS_URL is Redis 6.2.14." in said
    assert "Use Redis 7 or later" in said


@pytest.mark.django_db
def test_it_refuses_to_migrate_an_old_postgres(monkeypatch):
    call_command("migrate", verbosity=0, skip_checks=False)
    monkeypatch.setitem(connection.__dict__, "pg_version", 140019)
    with pytest.raises(SystemCheckError, match=r"(?s)DATABASE_URL is PostgreSQL 14\..*Use PostgreSQL 15 or later"):
        call_command("migrate", verbosity=0, skip_checks=False)


def test_production_has_no_address_of_the_inbox():
    code = (
        "import django; django.setup(); from django.urls import resolve\n"
        "for path in ('/inbox/', '/inbox/a/', '/inbox/a/body/'): print(resolve(path).view_name)"
    )
    environment = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "newsroom.settings", **NEEDED}
    environment["MAIL_INBOX_DIR"] = "/var/mail"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=django_settings.BASE_DIR, env=environment, capture_output=True, text=True
    )
    assert done.stdout.split() == ["articles:page", "articles:moved", "articles:moved"], done.stderr


def test_a_provider_needs_no_mail_server():
    code, _said = check(**{**NEEDED, "EMAIL_URL": "", "EMAIL_BACKEND": "anymail.backends.mailgun.EmailBackend"})
    assert code == 0
