"""Making .venv: whole or not at all."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BOOTSTRAP = Path("newsroom/embedded/bootstrap.py")
LISTS = ("requirements.txt", "requirements-demo.txt", "requirements-dev.txt")


@pytest.fixture
def clone(tmp_path):
    (tmp_path / BOOTSTRAP).parent.mkdir(parents=True)
    shutil.copy(Path(__file__).resolve().parents[2] / BOOTSTRAP, tmp_path / BOOTSTRAP)
    for name in LISTS:
        (tmp_path / name).touch()
    return tmp_path


def install(clone, wanted="requirements-demo.txt"):
    # An index that does not answer, whatever this machine is set up to use.
    offline = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "0"}
    return subprocess.run(
        [sys.executable, BOOTSTRAP, wanted], cwd=clone, env={**os.environ, **offline}, capture_output=True, text=True
    )


def test_it_begins_anew_after_an_interruption_and_installs_once(clone):
    (clone / ".venv" / "bin").mkdir(parents=True)
    (clone / ".venv" / ".unfinished").touch()
    assert install(clone, "requirements-dev.txt").returncode == 0
    assert (clone / ".venv" / "bin" / "pip").exists()
    again = install(clone, "requirements-demo.txt")
    assert (again.returncode, again.stdout) == (0, "")


def test_it_leaves_no_half_made_environment_without_network(clone):
    (clone / "requirements-demo.txt").write_text("newsroom-needs-this==1.0\n")
    result = install(clone)
    assert result.returncode == 1
    assert "the package index does not answer: connect to the network" in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not (clone / ".venv").exists()
