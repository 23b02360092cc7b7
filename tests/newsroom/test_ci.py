"""What .ci/run asks of make: the two commands of the README, the tests in lanes that hold each of them once. And
what .ci/bare and pytest say of tests that hang or are skipped."""

import os
import pwd
import re
import shlex
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

from tests.embedded.conftest import make_public_folder

ROOT = Path(__file__).resolve().parents[2]
MAKE = """#!/bin/sh
printf '%s\\n' "$*" >>"$CALLS"
case "$*" in *"$BROKEN"*) exit 2 ;; esac
"""
NOTHING = "#!/bin/sh\n"


@pytest.fixture
def ci(tmp_path):
    """Runs the script in a clone where make only notes what it was asked: the exit status, the calls, the last line."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "run", tmp_path / ".ci" / "run")
    calls = tmp_path / "calls"
    for name, text in (
        ("programs/make", MAKE), ("programs/chromium-headless-shell", NOTHING), (".venv/bin/python", NOTHING),
    ):  # fmt: skip
        program = tmp_path / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(text)
        program.chmod(0o755)

    def run(broken="nothing of this name", words=()):
        path = f"{tmp_path / 'programs'}:{os.defpath}"
        environment = {"PATH": path, "CALLS": str(calls), "BROKEN": broken}
        done = subprocess.run(
            ["bash", ".ci/run", *words], cwd=tmp_path, env=environment, check=False, stdout=subprocess.PIPE, text=True
        )
        return done.returncode, calls.read_text().splitlines(), done.stdout.splitlines()[-1]

    return run


def covered(call):
    """The test files that `make test ARGS=…` collects."""
    words = shlex.split(call.removeprefix("test ARGS="))
    left_out = [ROOT / word.removeprefix("--ignore=") for word in words if word.startswith("--ignore=")]
    files = {path for word in words if not word.startswith("-") for path in (ROOT / word).rglob("test_*.py")}
    return [path for path in files if not any(path.is_relative_to(folder) for folder in left_out)]


def test_its_lanes_hold_each_test_once(ci):
    status, calls, _last = ci()
    assert (status, calls[0]) == (0, "lint")
    assert all(call.startswith("test ARGS=") for call in calls[1:])
    times = Counter(path for call in calls[1:] for path in covered(call))
    files = (ROOT / "tests").rglob("test_*.py")
    assert {str(path.relative_to(ROOT)): times[path] for path in files if times[path] != 1} == {}


def test_it_runs_what_the_readme_says(ci):
    """`make run` is walked by .ci/bare."""
    said = set(re.findall(r"^    (make [a-z]+)", (ROOT / "README.md").read_text(), re.MULTILINE))
    assert said == {"make run", "make lint", "make test"}
    assert {f"make {call.split()[0]}" for call in ci()[1]} == said - {"make run"}


def test_it_leaves_out_what_is_thorough_unless_asked_for(ci):
    assert all("--brief" in call for call in ci()[1][1:])
    assert [call for call in ci(words=["thorough"])[1][4:] if "--brief" in call] == []


@pytest.mark.parametrize("broken", ["nothing of this name", "lint", "--ignore=tests/members"])
def test_its_last_line_says_how_long_it_took(ci, broken):
    assert re.fullmatch(r"\.ci/run took \d+ minutes and \d+ seconds\.", ci(broken)[2])


@pytest.mark.parametrize("broken", ["lint", "--brief tests/members", "--ignore=tests/members"])
def test_it_fails_when_one_of_them_does(ci, broken):
    assert ci(broken)[0] != 0


def test_what_is_skipped_is_said_as_what_fails_is(request):
    assert set("fEs") <= set(request.config.option.reportchars)


@pytest.fixture
def bare():
    module = ModuleType("bare")
    path = ROOT / ".ci" / "bare"
    module.__file__ = str(path)
    exec(compile(path.read_text(), str(path), "exec"), module.__dict__)
    return module


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        ("@echo beginning; sleep 60", "did not end within 1 seconds: beginning"),
        ("@echo wrong; exit 3", "ended with 2: wrong"),
    ],
    ids=["hangs", "fails"],
)
def test_a_bare_machine_says_how_its_tests_ended(bare, tmp_path, monkeypatch, recipe, said):
    monkeypatch.setattr(bare, "TEST_SECONDS", 1)
    clone = bare.Clone(tmp_path / "newsroom")
    clone.folder.mkdir()
    (clone.folder / "Makefile").write_text(f"test:\n\t{recipe}\n")
    with pytest.raises(bare.Failed, match=said):
        bare.run_tests(clone, "tests/newsroom")
    assert bare.processes_in(clone.folder) == []


def test_a_bare_machine_minds_no_process_that_has_just_ended(bare, monkeypatch, capsys):
    monkeypatch.setattr(bare, "processes_in", lambda folder: [2**22 + 1])  # higher than any number of a process
    monkeypatch.setattr(bare, "run_case", lambda *given: "200")
    assert bare.show("root", keep=False, tests=None)
    assert capsys.readouterr().out.endswith("200\n")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start something as somebody else")
def test_an_ordinary_user_has_nothing_of_root_s(bare, monkeypatch):
    folder = make_public_folder()
    clone = bare.Clone(folder / "newsroom")
    clone.folder.mkdir()
    (clone.folder / "Makefile").write_text("ids:\n\t@id -u; id -g; id -G; echo $$LANGUAGES\n")
    bare.give_to(clone, "nobody")
    monkeypatch.setenv("LANGUAGES", "uk")
    assert clone.start("ids").wait(20) == 0
    nobody = pwd.getpwnam("nobody")
    assert clone.said().split() == [str(nobody.pw_uid), str(nobody.pw_gid), str(nobody.pw_gid)]
    shutil.rmtree(folder)


def test_of_several_pythons_it_takes_the_newest(bare, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    for version in ("3.11.9", "3.11.10", "3.12.1"):
        (tmp_path / ".pyenv" / "versions" / version / "bin").mkdir(parents=True)
        (tmp_path / ".pyenv" / "versions" / version / "bin" / "python").touch()
    assert "/3.11.10/" in bare.find_python("3.11")
