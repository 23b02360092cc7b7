"""Finding the browser for the tests: what is named is used, else what is there, else Debian's; or one sentence says why
there is none, and `make test` ends with it."""

import os
import subprocess
import sys

import pytest

from newsroom.embedded.chromium import find_chromium
from newsroom.embedded.refusal import Refusal

NO_WAY = "#!/bin/sh\necho 'E: no route to host' >&2\nexit 100\n"
# Debian's package, as far as a machine without one is concerned.
UNPACKS = "#!/bin/sh\n[ $1 = update ] || { printf '#!/bin/sh\\n' >%s/chromium; /bin/chmod 755 %s/chromium; }\n"


@pytest.fixture
def without(monkeypatch, tmp_path):
    """A machine of root's that has neither a browser nor apt-get; the test puts programs there."""
    monkeypatch.setattr("newsroom.embedded.chromium.NAMES", ("chromium", "google-chrome"))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setenv("PATH", str(tmp_path))

    def put(name, text):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
        return str(tmp_path / name)

    return put


def test_it_uses_the_one_that_is_named(without):
    assert find_chromium({"CHROMIUM": without("mine", "#!/bin/sh\n")}).endswith("/mine")


def test_it_passes_over_one_that_does_not_start(without):
    without("chromium", "#!/bin/sh\nexit 1\n")
    other = without("google-chrome", "#!/bin/sh\n")
    assert find_chromium({}) == other


def test_it_installs_one(without, tmp_path):
    without("apt-get", UNPACKS % (tmp_path, tmp_path))
    assert find_chromium({}) == str(tmp_path / "chromium")


def test_it_says_what_to_do_when_there_is_none(without):
    with pytest.raises(Refusal, match=r"install it .*, or name one in CHROMIUM"):
        find_chromium({})


def test_it_says_why_it_could_not_be_installed(without):
    without("apt-get", NO_WAY)
    with pytest.raises(Refusal, match="E: no route to host"):
        find_chromium({})


def test_it_fails_in_one_line():
    command = [sys.executable, "-m", "newsroom.embedded.chromium"]
    done = subprocess.run(
        command, env={**os.environ, "CHROMIUM": "/nowhere/chromium"}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
    assert "correct it, or unset it" in done.stderr
