"""What make starts for the commands that keep and bring back a newsroom's data."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAUNCHED = "-m newsroom.embedded with --or-production -- python manage.py"


@pytest.fixture
def make(tmp_path):
    """In a folder where everything is installed and Python only says what it was asked."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name, text in (("newsroom/embedded/bootstrap.py", ""), (".venv/bin/python", '#!/bin/sh\necho "$*"\n')):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
        path.chmod(0o755)

    def run(*words):
        environ = {"PATH": os.environ["PATH"]}
        done = subprocess.run(["make", *words], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout.strip(), done.stderr

    return run


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (["backup"], "backup"),
        (["backup", "ARGS=--new-key"], "backup --new-key"),
        (["restore", "FILE=var/backups/x.tar"], "restore var/backups/x.tar"),
        (["restore", "FILE=x.tar.age", "ARGS=--replace"], "restore x.tar.age --replace"),
    ],
)
def test_it_keeps_and_brings_back(make, words, asked):
    assert make(*words) == (0, f"{LAUNCHED} {asked}", "")


def test_it_asks_which_backup_and_starts_nothing(make):
    status, said, complaint = make("restore")
    assert (status, said) == (2, "")
    assert "Say which: make restore FILE=var/backups/newsroom-….tar" in complaint


def test_it_runs_no_test_without_a_browser(make, tmp_path):
    python = tmp_path / ".venv/bin/python"
    python.write_text('#!/bin/sh\ncase "$*" in *chromium*) echo "No Chromium." >&2; exit 1;; esac\necho "$*"\n')
    status, said, complaint = make("test")
    assert (status, said) == (2, "")
    assert complaint.startswith("No Chromium.")
    python.write_text('#!/bin/sh\necho "$*"\n')
    assert "python -m pytest" in make("test")[1]
