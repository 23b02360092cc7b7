"""docker-compose.yml starts what Procfile names, and holds no secret."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]


def compose():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def words(command):
    """The options of a command, but for where it listens and keeps its files, which differ on a server."""
    text = command if isinstance(command, str) else " ".join(command)
    return set(re.sub(r"--(host|port|schedule) \S+", "", text).split())


def test_it_starts_what_the_procfile_names():
    lines = dict(line.split(":", 1) for line in (ROOT / "Procfile").read_text().splitlines() if line.strip())
    services = compose()["services"]
    assert {name: words(services[name]["command"]) for name in lines} == {n: words(c) for n, c in lines.items()}


def test_it_holds_no_secret():
    for name, service in compose()["services"].items():
        for key, value in service.get("environment", {}).items():
            assert "PASSWORD" not in key or value.startswith("${"), f"{name}: {key}"
