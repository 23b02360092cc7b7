"""Free ports on the loopback interface, and who sits on a port that is not free."""

import json
import os
import random
import socket
from contextlib import ExitStack
from pathlib import Path

import psutil

from newsroom.embedded.datafolder import DataFolder, write_private
from newsroom.embedded.refusal import Refusal

LAUNCHER = ["newsroom.embedded", "run"]  # the end of its command line
# Below those that systems lend to outgoing connections (Linux from 32768 on, others from 49152): a port that was only
# looked at stays free until its server binds it.
QUIET_PORTS = range(15_000, 32_000)
TRIES = 100


def is_free(port: int) -> bool:
    """Free on every address that `localhost` may stand for: a browser tries ::1 first."""
    return all(_can_bind(family, address, port) for family, address in _loopbacks())


def _loopbacks() -> list[tuple[socket.AddressFamily, str]]:
    addresses = [(socket.AF_INET, "127.0.0.1")]
    if socket.has_ipv6 and _can_bind(socket.AF_INET6, "::1", 0):
        addresses.append((socket.AF_INET6, "::1"))
    return addresses


def _can_bind(family: socket.AddressFamily, address: str, port: int) -> bool:
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
    except OSError:
        return False
    return True


def parse_port(value: str) -> int:
    if value.isdecimal() and 0 < int(value) < 65536:
        return int(value)
    raise Refusal(f"PORT is {value!r}, which is no port: set a number from 1 to 65535, for example PORT=8001.")


def check_port(port: int) -> None:
    if port < 1024 and os.geteuid() != 0 and not is_free(port):
        raise Refusal(f"Port {port} cannot be used by an ordinary user: choose a higher one, PORT=8001 make run.")
    if not is_free(port):
        other = 8001 if port == 8000 else port + 1
        raise Refusal(f"Port {port} is taken{_name_listener(port)}: stop it, or choose another, PORT={other} make run.")


def _name_listener(port: int) -> str:
    """The process that listens there, as far as this user may see it."""
    try:
        connections = psutil.net_connections("tcp")
    except (psutil.Error, OSError):
        return ""
    for connection in connections:
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port:
            return _name_process(connection.pid)
    return ""


def _name_process(pid: int | None) -> str:
    if pid is None:  # the kernel tells a user of that user's own processes only
        return " by another user's process"
    try:
        process = psutil.Process(pid)
        for ancestor in process.parents():
            # Its web process alone would only be started again.
            if ancestor.cmdline()[-2:] == LAUNCHER:
                return f" by another Newsroom (process {ancestor.pid} in {ancestor.cwd()})"
        return f" by {process.name()} (process {pid})"
    except psutil.Error:
        return f" by process {pid}"


def pick_port() -> int:
    with ExitStack() as held:
        return _hold(held, None)


def choose_ports(folder: DataFolder, names: list[str]) -> dict[str, int]:
    """One port per name: that of the last start while it is free, so that a client's saved address stays good."""
    path = folder.path / "ports.json"
    kept = _read_ports(path)
    with ExitStack() as held:
        ports = {name: _hold(held, kept.get(name)) for name in names}
    write_private(path, json.dumps(kept | ports))
    return ports


def _hold(held: ExitStack, wanted: object) -> int:
    """Bind the wanted port or any free one, and keep it bound until all are chosen: so no two are the same."""
    for port in (wanted, *random.sample(QUIET_PORTS, TRIES), 0):
        probe = held.enter_context(socket.socket())
        try:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))  # type: ignore[arg-type]  # what was kept may be anything
        except (OSError, OverflowError, TypeError):
            continue
        return int(probe.getsockname()[1])
    raise Refusal("No free port is left on 127.0.0.1: stop some servers and start again.")


def _read_ports(path: Path) -> dict[str, object]:
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}
