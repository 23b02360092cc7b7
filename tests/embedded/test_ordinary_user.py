"""Started by somebody who is not root."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.embedded.conftest import read_until
from tests.embedded.test_refusals import refuse
from tests.embedded.test_services import ASK_DATABASE

NOBODY = 65534
NAMELESS = 61234
PACKAGES = os.pathsep.join(path for path in sys.path if path.endswith("site-packages"))
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can start something as somebody else")


def _can_run(python, uid):
    try:
        ask = [python, "-c", "import psutil, psycopg, aiosmtpd"]
        environ = {"PYTHONPATH": PACKAGES}
        answer = subprocess.run(ask, user=uid, group=uid, extra_groups=[], cwd="/", env=environ, capture_output=True)
    except OSError:
        return False
    return answer.returncode == 0


@pytest.fixture(scope="module")
def python():
    """One of this version that others may start too: root's own often lies in a folder of root's."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    candidates = [sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"]
    found = next((path for path in candidates if _can_run(path, NOBODY)), None)
    return found or pytest.skip(f"no {version} that another user may start")


@pytest.fixture
def become(fresh_launcher, python):
    def become(uid):
        folder = fresh_launcher.var.parent
        os.chown(folder, uid, uid)
        fresh_launcher.python, fresh_launcher.uid = python, uid
        fresh_launcher.environ |= {"PYTHONPATH": PACKAGES, "HOME": "/nonexistent", "PATH": "/usr/bin:/bin"}
        return fresh_launcher

    return become


def test_it_runs_and_all_is_that_users(become, free_port):
    launcher = become(NOBODY)
    process = launcher.start("run", PORT=str(free_port))
    read_until(process, "Ctrl-C stops")
    assert launcher.run_python(f"{ASK_DATABASE}print(c.execute('select 1').fetchone())") == "(1,)"
    assert {path.stat().st_uid for path in Path(launcher.var).iterdir()} == {NOBODY}
    process.terminate()
    assert process.communicate(timeout=15)[1] == ""


def test_it_says_that_postgres_wants_a_user_with_a_name(become):
    line = refuse(become(NAMELESS), "run")
    assert f"user {NAMELESS} has no name on this system: give it one (useradd --uid {NAMELESS} newsroom)" in line


def test_it_says_whose_the_port_is_when_it_may_not_see(become, running):
    line = refuse(become(NOBODY), "run", PORT=str(running.port))
    assert line.startswith(f"Port {running.port} is taken by another user's process: stop it, or choose another")
