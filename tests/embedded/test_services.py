"""The services that the launcher starts, and the environment that names them."""

import json
import os
import stat
from pathlib import Path

import pytest

ASK_DATABASE = "import os, psycopg; c = psycopg.connect(os.environ['DATABASE_URL'], autocommit=True); "
ASK_REDIS = "import os, redis; r = redis.Redis.from_url(os.environ['REDIS_URL']); "


def test_it_hands_over_a_database_for_text_in_any_language(launcher):
    code = "for e in ('pg_trgm', 'unaccent'): c.execute(f'create extension if not exists {e}')"
    launcher.run_python(f"{ASK_DATABASE}\n{code}")
    query = "select current_setting('server_version_num')::int / 10000, upper('ї'), current_setting('fsync')"
    assert launcher.run_python(f'{ASK_DATABASE}print(c.execute("{query}").fetchone())') == "(18, 'Ї', 'on')"


def test_it_starts_none_of_its_own_where_the_persons_are_named(launcher, fresh_launcher):
    """One launcher's servers, given to another as a person gives those of a server."""
    code = "import os; print(os.environ['DATABASE_URL'], os.environ['REDIS_URL'])"
    ask = f"{ASK_DATABASE}{ASK_REDIS}{code}; c.execute('select 1'); r.ping()"
    with launcher.start("with", "--", "python", "-uc", f"{code}; import time; time.sleep(60)") as first:
        given = first.stdout.readline().split()
        said = fresh_launcher.run_python(ask, DATABASE_URL=given[0], REDIS_URL=given[1])
        first.terminate()
    assert said.split() == given
    assert {"postgres", "valkey"} <= {path.name for path in launcher.var.iterdir()}  # so that the next line can fail
    assert {path.name for path in fresh_launcher.var.iterdir()} & {"postgres", "valkey"} == set()


def test_it_hands_over_a_broker_that_forgets_nothing(launcher):
    launcher.run_python(f"{ASK_REDIS}r.set('kept', 'yes')")
    code = "print(r.get('kept'), r.config_get('maxmemory-policy')['maxmemory-policy'])"
    assert launcher.run_python(ASK_REDIS + code) == "b'yes' noeviction"


def test_it_hands_over_a_mail_server_and_its_maildir(launcher):
    code = (
        "import os, smtplib, mailbox, urllib.parse as u; server = u.urlsplit(os.environ['EMAIL_URL'])\n"
        "with smtplib.SMTP(server.hostname, server.port) as s: s.sendmail('a@e.org', ['b@e.org'], 'Subject: Hi')\n"
        "print([(m['Subject'], m['Delivered-To']) for m in mailbox.Maildir(os.environ['MAIL_INBOX_DIR'])])"
    )
    assert "('Hi', 'b@e.org')" in launcher.run_python(code)


def test_it_hands_over_the_sandbox_when_no_stripe_key_is_set(launcher):
    code = (
        "import os, urllib.request as u; print(os.environ['STRIPE_SECRET_KEY'][:16], "
        "u.urlopen(os.environ['STRIPE_API_BASE'] + '/_sandbox/health').status)"
    )
    assert launcher.run_python(code, STRIPE_SECRET_KEY=None) == "sk_test_sandbox_ 200"


def test_it_talks_to_stripe_when_a_key_is_set(launcher):
    code = (
        "import os, psutil; words = [process.info['cmdline'] or [] for process in psutil.process_iter(['cmdline'])]\n"
        "print(os.environ['STRIPE_SECRET_KEY'][:13], os.environ.get('STRIPE_API_BASE'), sum('stripe_sandbox' in command"
        " and any(os.environ['NEWSROOM_VAR'] in word for word in command) for command in words))"
    )
    assert launcher.run_python(code, STRIPE_SECRET_KEY="sk_test_their_own") == "sk_test_their None 0"
    assert launcher.run_python(code, STRIPE_SECRET_KEY=None).endswith(" 1")  # so that the count can see one


def test_it_lets_what_the_person_has_set_win(launcher):
    code = "import os; print(os.environ['SITE_URL'], os.environ['ALLOWED_HOSTS'], os.environ['EMAIL_URL'])"
    given = {"SITE_URL": "https://demo.example.org", "EMAIL_URL": "smtp://mail.example.org:25"}
    expected = "https://demo.example.org localhost,127.0.0.1,demo.example.org smtp://mail.example.org:25"
    assert launcher.run_python(code, **given) == expected


def test_it_reads_the_file_that_django_reads(launcher):
    file = launcher.checkout / ".env"
    file.write_text("SITE_URL=https://from.file\nSECRET_KEY=from-file\n")
    code = "import os; print(os.environ['SITE_URL'], os.environ['SECRET_KEY'])"
    try:
        assert launcher.run_python(code, SECRET_KEY="from-shell") == "https://from.file from-shell"
    finally:
        file.unlink()


def test_it_keeps_ports_and_passwords(launcher):
    code = "import os; print(os.environ['DATABASE_URL'], os.environ['REDIS_URL'], os.environ['SECRET_KEY'])"
    assert launcher.run_python(code) == launcher.run_python(code)


def test_it_shows_secrets_to_nobody_else(launcher):
    launcher.run_python("")
    private = ["keys.json", "valkey/valkey.conf", "postgres/password", "postgres/data", "log", "run", "inbox"]
    modes = [stat.S_IMODE((launcher.var / name).stat().st_mode) & 0o077 for name in private]
    assert modes == [0] * len(private)


def test_it_passes_the_exit_status_on(launcher):
    assert launcher.finish("with", "--", "sh", "-c", "exit 7")[0] == 7


@pytest.mark.skipif(os.geteuid() != 0, reason="only root needs a place outside")
def test_it_runs_where_the_user_nobody_may_not_enter(fresh_launcher):
    fresh_launcher.var.parent.chmod(0o700)
    assert fresh_launcher.run_python(f"{ASK_DATABASE}print(c.execute('select 1').fetchone())") == "(1,)"
    place = Path((fresh_launcher.var / "postgres-home").read_text())
    assert fresh_launcher.var.parent.stat().st_mode & 0o077 == 0
    assert fresh_launcher.finish("clean", "--yes")[0] == 0
    assert not place.exists()


def test_it_uses_the_services_of_a_demo_that_is_up(running, launcher):
    published = json.loads((launcher.var / "run" / "services.json").read_text())["environment"]
    assert launcher.run_python("import os; print(os.environ['DATABASE_URL'])") == published["DATABASE_URL"]
