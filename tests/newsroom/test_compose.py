"""docker-compose.yml starts what Procfile names, and holds no secret."""

import re
from pathlib import Path

import yaml

from newsroom.embedded import compose as lint

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


def test_each_part_says_whether_it_is_well_and_comes_back():
    for name, service in compose()["services"].items():
        if name == "migrate":
            assert service["restart"] == "no"
        else:
            assert service["restart"] == "unless-stopped", name
            assert "healthcheck" in service or name == "mail-catcher", name


def test_workers_can_be_many_and_the_clock_cannot():
    services = compose()["services"]
    assert all("@%h" in services[name]["command"] for name in ("worker", "bulk"))
    assert [name for name in services if "container_name" in services[name]] == ["beat"]


def test_only_nginx_is_open_to_the_world_and_only_when_told():
    for name, service in compose()["services"].items():
        for port in service.get("ports", []):
            assert "127.0.0.1" in port, name


def test_nginx_finds_the_application_and_its_files():
    services = compose()["services"]
    written = services["migrate"]["command"][-1]
    address = services["web"]["networks"]["inside"]["ipv4_address"]
    assert f"--web {address}:8000" in written
    assert "--certificates /certificates --acme /acme" in written
    assert {volume.split(":")[1] for volume in services["nginx"]["volumes"]} >= {"/certificates", "/acme", "/front"}


def test_lint_finds_what_is_wrong_with_it_or_says_what_it_skipped(capsys, monkeypatch):
    assert lint.main() == 0
    monkeypatch.setattr(lint, "PROGRAMS", ())
    assert lint.main() == 0
    assert "skipped" in capsys.readouterr().out
