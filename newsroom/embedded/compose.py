"""`make lint` on docker-compose.yml: by compose itself where there is one, else only whether it can be read."""

import os
import shutil
import subprocess
import sys

import yaml

from newsroom.embedded.datafolder import CHECKOUT
from newsroom.embedded.terminal import complain, say

PROGRAMS = (["docker", "compose"], ["docker-compose"])
FILE = CHECKOUT / "docker-compose.yml"


def main() -> int:
    compose = next((words for words in PROGRAMS if _answers(words)), None)
    if compose is None:
        yaml.safe_load(FILE.read_text(encoding="utf-8"))
        say("docker-compose.yml can be read; skipped: `docker compose config`, since no compose is installed.")
        return 0
    done = _check(compose)
    if done.returncode == 0:
        say(f"docker-compose.yml: accepted by {' '.join(compose)}.")
    else:
        complain(done.stderr.strip() or done.stdout.strip())
    return done.returncode


def _answers(words: list[str]) -> bool:
    """`docker` may be there without its compose."""
    return shutil.which(words[0]) is not None and _run([*words, "version"]).returncode == 0


def _check(compose: list[str]) -> "subprocess.CompletedProcess[str]":
    """With an .env of its own making: a real one may be missing, or hold secrets."""
    text = FILE.read_text(encoding="utf-8").replace("env_file: .env\n", "env_file: .env.example\n")
    command = [
        *compose,
        "--file",
        "-",
        "--project-directory",
        str(CHECKOUT),
        "--profile",
        "mail-catcher",
        "config",
        "-q",
    ]
    return _run(command, text=text, **dict.fromkeys(("POSTGRES_PASSWORD", "VALKEY_PASSWORD"), "lint"))


def _run(command: list[str], *, text: str = "", **environ: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, input=text, env={**os.environ, **environ}, cwd=CHECKOUT, capture_output=True, text=True, check=False
    )


if __name__ == "__main__":
    sys.exit(main())
