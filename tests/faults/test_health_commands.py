"""The health commands of docker-compose.yml on the processes that they are for: well while each runs, and not when it
is gone."""

import os
import platform
import subprocess
import time
from urllib.parse import urlsplit

import pytest
import yaml

from newsroom.embedded.pghome import find_programs
from tests.faults.parts import ROOT
from tests.faults.visiting import at_once

PARTS = ["database", "web", "worker", "bulk", "beat"]


@pytest.fixture
def is_well(newsroom):
    """What the container engine finds, with this newsroom's places in the stead of a container's."""
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    folder, port = str(newsroom.folder.path), str(newsroom.port)
    places = {"$$": "$", ":8000/": f":{port}/", "find /tmp": f"find {folder}"}
    path = f"{newsroom.environ['PATH']}{os.pathsep}{find_programs()}"
    database = urlsplit(newsroom.environ["DATABASE_URL"])
    server = {"PGHOST": database.hostname, "PGPORT": str(database.port)}
    environ = {**newsroom.environ, **server, "PATH": path, "HOSTNAME": platform.node()}

    def ask(name):
        kind, *words = services[name]["healthcheck"]["test"]
        for written, here in places.items():
            words = [word.replace(written, here) for word in words]
        command = ["sh", "-c", *words] if kind == "CMD-SHELL" else words
        return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, timeout=60).returncode == 0

    return ask


def age_clock_files(newsroom):
    """As they are when nothing was written for three minutes."""
    then = time.time() - 180
    for path in newsroom.folder.path.glob("beat-schedule*"):
        os.utime(path, (then, then))


def test_each_health_command_finds_its_part_well_and_then_gone(newsroom, is_well):
    assert at_once(*[lambda name=name: is_well(name) for name in PARTS]) == [True] * len(PARTS)
    for part in [newsroom.postgres, *newsroom.processes.values()]:
        part.kill()
    age_clock_files(newsroom)
    assert at_once(*[lambda name=name: is_well(name) for name in PARTS]) == [False] * len(PARTS)
