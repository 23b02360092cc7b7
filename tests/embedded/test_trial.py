"""`test`: services made for tests, apart from the demo's."""

import os


def run(launcher, code, **environ):
    status, out, err = launcher.finish("test", "--", "python", "-c", code, **environ)
    assert status == 0, err
    return out


def test_it_trades_safety_for_speed(launcher):
    code = (
        "import os, psycopg; c = psycopg.connect(os.environ['DATABASE_URL']); "
        "print([c.execute(f'show {s}').fetchone()[0] for s in ('fsync', 'full_page_writes', 'synchronous_commit')])"
    )
    assert run(launcher, code) == "['off', 'off', 'off']"


def test_it_keeps_its_data_apart(launcher):
    code = "import os; print(os.environ['NEWSROOM_MODE'], os.environ['NEWSROOM_VAR'], os.environ['MEDIA_ROOT'])"
    assert run(launcher, code) == f"test {launcher.var}/test {launcher.var}/test/media"


def test_it_never_hands_on_a_real_stripe_key_or_mail_server(launcher):
    code = "import os; print(os.environ['STRIPE_SECRET_KEY'][:16], os.environ['EMAIL_URL'][:17])"
    given = {"STRIPE_SECRET_KEY": "sk_live_real", "EMAIL_URL": "smtp://mail.example.org"}
    assert run(launcher, code, **given) == "sk_test_sandbox_ smtp://127.0.0.1:"


def test_it_runs_beside_another(launcher):
    first = launcher.start("test", "--", "sh", "-c", "echo up; exec sleep 600")
    first.stdout.readline()
    assert run(launcher, "import os; print(os.environ['NEWSROOM_VAR'])") == f"{launcher.var}/test-2"
    first.terminate()
    assert first.wait(10) == 143
    first.communicate()


def test_it_collects_static_files_when_asked(launcher):
    status, out, _ = launcher.finish("test", "--with-static", "--", "sh", "-c", "ls $STATIC_ROOT")
    assert (status, out) == (0, "site.css")
    assert os.listdir(launcher.var / "test" / "static") == ["site.css"]
