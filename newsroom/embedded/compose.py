"""`make lint` on docker-compose.yml: against the published schema of compose files, then whether all that it refers to
is there, and by compose itself where there is one."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from newsroom.embedded.datafolder import CHECKOUT
from newsroom.embedded.terminal import complain, say

PROGRAMS = (["docker", "compose"], ["docker-compose"])
FILE = CHECKOUT / "docker-compose.yml"
EXAMPLE = CHECKOUT / ".env.example"
SCHEMA = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
VARIABLE = re.compile(r"(?<!\$)\$(?:\{(\w+)|(\w+))")
Service = dict[str, Any]


def main(path: Path = FILE) -> int:
    if faults := find_faults(path):
        complain("\n".join(f"{path.name}: {fault}" for fault in faults))
        return 1
    compose = next((words for words in PROGRAMS if _answers(words)), None)
    if compose is None:
        say(f"{path.name}: fits the schema, and all that it refers to is there; no compose is installed to ask.")
        return 0
    done = _check(compose, path)
    if done.returncode == 0:
        say(f"{path.name}: accepted by {' '.join(compose)}.")
    else:
        complain(done.stderr.strip() or done.stdout.strip())
    return done.returncode


def find_faults(path: Path) -> list[str]:
    """What the schema says; where that is nothing, whatever is referred to and not there, or declared and not used."""
    done = _run([*SCHEMA, str(path)])
    if done.returncode:
        return [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    text = path.read_text(encoding="utf-8")
    content = yaml.safe_load(text)
    services: dict[str, Service] = content.get("services") or {}
    return [
        *(f"{name}: {fault}" for name, service in services.items() for fault in _faults_of(service, services)),
        *_undeclared(content, "volumes", {name for each in services.values() for name in _volumes(each)}),
        *_undeclared(content, "networks", {name for each in services.values() for name in each.get("networks") or []}),
        *(f"{name} stands in no line of {EXAMPLE.name}" for name in sorted(_variables(text) - _exemplified())),
    ]


def _faults_of(service: Service, services: dict[str, Service]) -> Iterator[str]:
    if ("image" in service) == ("build" in service):
        yield "is made of an image or is built, one of the two"
    for other, condition in _waits_for(service).items():
        if other not in services:
            yield f"waits for {other}, which there is not"
            continue
        if condition == "service_healthy" and "healthcheck" not in services[other]:
            yield f"waits until {other} is healthy, which has no healthcheck"
        if condition == "service_completed_successfully" and services[other].get("restart") != "no":
            yield f"waits until {other} has ended, which starts again whenever it ends"
        if set(services[other].get("profiles", [])) - set(service.get("profiles", [])):
            yield f"waits for {other}, which starts only with a profile"


def _waits_for(service: Service) -> dict[str, str]:
    waits = service.get("depends_on") or {}
    if isinstance(waits, list):
        return dict.fromkeys(waits, "service_started")
    return {name: how["condition"] for name, how in waits.items()}


def _volumes(service: Service) -> Iterator[str]:
    """The named ones; the others are folders."""
    for volume in service.get("volumes") or []:
        if isinstance(volume, dict):
            if volume["type"] == "volume":
                yield volume["source"]
        elif not volume.startswith((".", "/", "~", "$")):
            yield volume.split(":")[0]


def _undeclared(content: dict[str, Any], kind: str, used: set[str]) -> Iterator[str]:
    declared = set(content.get(kind) or {})
    yield from (f"{kind}: {name} is used and not declared" for name in sorted(used - declared - {"default"}))
    yield from (f"{kind}: {name} is declared and not used" for name in sorted(declared - used))


def _variables(text: str) -> set[str]:
    """What compose fills in; `$$` is a dollar for the shell within."""
    return {braced or plain for braced, plain in VARIABLE.findall(text)}


def _exemplified() -> set[str]:
    return set(re.findall(r"^#?\s*(\w+)=", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE))


def _answers(words: list[str]) -> bool:
    """`docker` may be there without its compose."""
    return shutil.which(words[0]) is not None and _run([*words, "version"]).returncode == 0


def _check(compose: list[str], path: Path) -> "subprocess.CompletedProcess[str]":
    """With an .env of its own making: a real one may be missing, or hold secrets."""
    text = path.read_text(encoding="utf-8").replace("env_file: .env\n", "env_file: .env.example\n")
    where = ["--file", "-", "--project-directory", str(CHECKOUT), "--profile", "mail-catcher"]
    passwords = dict.fromkeys(("POSTGRES_PASSWORD", "VALKEY_PASSWORD"), "lint")
    return _run([*compose, *where, "config", "-q"], text=text, **passwords)


def _run(command: list[str], *, text: str = "", **environ: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, input=text, env={**os.environ, **environ}, cwd=CHECKOUT, capture_output=True, text=True, check=False
    )


if __name__ == "__main__":
    sys.exit(main())
