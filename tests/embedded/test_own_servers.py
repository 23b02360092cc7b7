"""`with --or-production` runs a command on the site's own servers and starts nothing."""


def test_in_production_nothing_is_started(fresh_launcher):
    status, out, _err = fresh_launcher.finish(
        "with", "--or-production", "--", "python", "-c", "import os; print(os.environ['DATABASE_URL'])",
        NEWSROOM_MODE="production", DATABASE_URL="postgres://site@database/site",
    )  # fmt: skip
    assert (status, out) == (0, "postgres://site@database/site")
    assert not fresh_launcher.var.exists()


def test_its_status_is_the_commands_own(fresh_launcher):
    words = ("with", "--or-production", "--", "python", "-c", "import sys; sys.exit(3)")
    assert fresh_launcher.finish(*words, NEWSROOM_MODE="production")[0] == 3


def test_without_it_production_is_refused(fresh_launcher):
    status, _out, err = fresh_launcher.finish("with", "--", "python", "-c", "", NEWSROOM_MODE="production")
    assert status == 1
    assert "NEWSROOM_MODE is production" in err
