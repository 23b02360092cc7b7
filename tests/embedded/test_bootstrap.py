"""Making .venv: whole or not at all."""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BOOTSTRAP = Path("newsroom/embedded/bootstrap.py")
TOO_OLD = """#!/bin/sh
[ "$1" = -c ] && exit 1  # what the Makefile asks is whether it is new enough
echo "$0 was used" >&2
"""
FULL_PIP = """
import sys
print("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device")
sys.exit(1)
"""
LISTS = ("requirements.txt", "requirements-demo.txt", "requirements-dev.txt")


@pytest.fixture
def clone(tmp_path):
    (tmp_path / BOOTSTRAP).parent.mkdir(parents=True)
    for name in (BOOTSTRAP, "Makefile"):
        shutil.copy(ROOT / name, tmp_path / name)
    for name in LISTS:
        (tmp_path / name).touch()
    return tmp_path


def install(clone, wanted="requirements-demo.txt", **environ):
    # An index that does not answer, whatever this machine is set up to use.
    offline = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "0"}
    return subprocess.run(
        [sys.executable, BOOTSTRAP, wanted], cwd=clone, env={**os.environ, **offline, **environ}, capture_output=True,
        text=True,
    )  # fmt: skip


def test_it_begins_anew_after_an_interruption_and_installs_once(clone):
    (clone / ".venv" / "bin").mkdir(parents=True)
    (clone / ".venv" / ".unfinished").touch()
    assert install(clone, "requirements-dev.txt").returncode == 0
    assert (clone / ".venv" / "bin" / "pip").exists()
    again = install(clone, "requirements-demo.txt")
    assert (again.returncode, again.stdout) == (0, "")


def test_two_at_once_install_once(clone):
    with ThreadPoolExecutor(2) as makes:
        both = [one.result() for one in [makes.submit(install, clone) for _make in range(2)]]
    assert [(one.returncode, one.stderr) for one in both] == [(0, "")] * 2
    assert sorted("Installing" in one.stdout for one in both) == [False, True]
    assert (clone / ".venv" / ".installed-requirements-demo.txt").exists()


def test_it_leaves_no_half_made_environment_on_a_full_disk(clone):
    pip = clone / "programs" / "pip" / "__main__.py"
    pip.parent.mkdir(parents=True)
    pip.write_text(FULL_PIP)
    pip.with_name("__init__.py").touch()
    result = install(clone, PYTHONPATH=str(pip.parents[1]))
    said = "The disk is full while installing requirements-demo.txt: free 1 GB, then run make again."
    assert (result.returncode, result.stderr.splitlines()) == (1, [said])
    assert not (clone / ".venv").exists()


def test_it_leaves_no_half_made_environment_without_network(clone):
    (clone / "requirements-demo.txt").write_text("newsroom-needs-this==1.0\n")
    result = install(clone)
    assert result.returncode == 1
    assert "the package index does not answer: connect to the network" in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not (clone / ".venv").exists()


def test_it_says_so_when_every_python_is_too_old(clone):
    programs = clone / "programs"
    programs.mkdir()
    for name in ("python3.13", "python3.12", "python3.11", "python3", "python"):
        (programs / name).write_text(TOO_OLD)
        (programs / name).chmod(0o755)
    for target in ("run", "test"):
        result = subprocess.run(
            [shutil.which("make"), target], cwd=clone, env={"PATH": str(programs)}, capture_output=True, text=True
        )
        said = [line for line in result.stderr.splitlines() if not line.startswith("make")]  # its own: “Error 1”
        assert (result.returncode, result.stdout) == (2, "")
        assert said == [
            "Newsroom needs Python 3.11 or later and finds none: install one "
            "(on Debian: apt install python3 python3-venv)."
        ]
        assert not (clone / ".venv").exists()
