"""The health commands of docker-compose.yml on the processes that they are for: well while each runs, and not when it
is gone."""

import os
import platform
import subprocess
import sys
import time
from urllib.parse import urlsplit

import pytest
import yaml

from newsroom.embedded.pghome import find_programs
from tests.faults.parts import ROOT
from tests.faults.visiting import at_once
from tests.server.front import Nginx

PARTS = ["database", "valkey", "web", "worker", "bulk", "beat", "nginx"]
# The wheel has no client: this one says what it is given, as valkey-cli does.
CLIENT = """#!{python}
import os, sys, redis
try:
    redis.Redis(port={port}, password=os.environ["REDISCLI_AUTH"]).execute_command(*sys.argv[1:]) and print("PONG")
except redis.RedisError as error:
    sys.exit(f"Could not connect: {{error}}")
"""


@pytest.fixture
def nginx(newsroom, settings):
    settings.TRUSTED_PROXIES = 1
    nginx = Nginx(newsroom.port).start()
    yield nginx
    nginx.stop()


@pytest.fixture
def client(newsroom, tmp_path):
    """The folder with a client of Valkey."""
    program = tmp_path / "valkey-cli"
    program.write_text(CLIENT.format(python=sys.executable, port=urlsplit(newsroom.environ["REDIS_URL"]).port))
    program.chmod(0o755)
    return tmp_path


@pytest.fixture
def is_well(newsroom, nginx, client):
    """What the container engine finds, with this newsroom's places in the stead of a container's."""
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    folder, port = str(newsroom.folder.path), str(newsroom.port)
    places = {"$$": "$", ":8000/": f":{port}/", ":8080/": f":{nginx.http}/", "find /tmp": f"find {folder}"}
    path = os.pathsep.join([newsroom.environ["PATH"], str(find_programs()), str(client)])
    database = urlsplit(newsroom.environ["DATABASE_URL"])
    server = {"PGHOST": database.hostname, "PGPORT": str(database.port)}
    password = {"VALKEY_PASSWORD": newsroom.keys.redis_password}
    environ = {**newsroom.environ, **server, **password, "PATH": path, "HOSTNAME": platform.node()}

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


def test_each_part_that_goes_on_running_has_a_health_command():
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    assert {name for name, service in services.items() if "healthcheck" in service} == {*PARTS, "mail-catcher"}
    assert set(services) - set(PARTS) == {"migrate", "mail-catcher"}


def test_each_health_command_finds_its_part_well_and_then_gone(newsroom, nginx, is_well):
    assert at_once(*[lambda name=name: is_well(name) for name in PARTS]) == [True] * len(PARTS)
    for part in [newsroom.postgres, newsroom.valkey, *newsroom.processes.values()]:
        part.kill()
    nginx.process.terminate()
    nginx.process.wait()
    age_clock_files(newsroom)
    assert at_once(*[lambda name=name: is_well(name) for name in PARTS]) == [False] * len(PARTS)
