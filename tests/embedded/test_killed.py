"""Killed outright at any moment of its first start, it starts again from what it finds."""

import pytest

from tests.embedded.conftest import read_until, wait_until
from tests.embedded.test_services import ASK_DATABASE

# Each appears in the data folder as the start goes on, from the first breath of initdb to the last question.
MOMENTS = (
    "keys.json",
    "postgres/data.new/base",
    "postgres/data",
    "run/postgres.json",
    "run/services.json",
    "log/manage-migrate.log",
    "static-stamp",
    "log/manage-seed_demo.log",
    "run/web.json",
    "log/manage-demo_signins.log",
)


def kill_at(launcher, moment, **environ):
    process = launcher.start("run", **environ)
    wait_until(lambda: (launcher.var / moment).exists() or process.poll() is not None)
    assert process.poll() is None, process.stderr.read()
    process.kill()
    process.communicate()


def test_it_starts_again_whenever_it_was_killed(fresh_launcher, free_port):
    for moment in MOMENTS:
        kill_at(fresh_launcher, moment, PORT=str(free_port))
    process = fresh_launcher.start("run", PORT=str(free_port))
    read_until(process, "Ctrl-C stops")
    query = "select count(*) from pg_database where datname = 'newsroom'"
    assert fresh_launcher.run_python(f'{ASK_DATABASE}print(c.execute("{query}").fetchone())') == "(1,)"
    process.terminate()
    assert process.communicate(timeout=15)[1] == ""


@pytest.mark.parametrize("half_made", ["run", "log/web.log", "inbox/tmp/1.half", "valkey/data", "static/half.css"])
def test_it_starts_on_a_half_made_folder(fresh_launcher, free_port, half_made):
    path = fresh_launcher.var / half_made
    path.parent.mkdir(parents=True)
    path.write_text("half") if path.suffix else path.mkdir()
    process = fresh_launcher.start("run", PORT=str(free_port))
    read_until(process, "Ctrl-C stops")
    process.terminate()
    assert process.communicate(timeout=15)[1] == ""
