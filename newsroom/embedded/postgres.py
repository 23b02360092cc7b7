"""PostgreSQL 18 from its wheel, on a loopback port."""

import signal
from dataclasses import dataclass
from pathlib import Path

from newsroom.embedded.children import Child
from newsroom.embedded.cluster import ENVIRON, prepare_cluster
from newsroom.embedded.datafolder import DataFolder
from newsroom.embedded.pghome import find_home
from newsroom.embedded.service import Service
from newsroom.embedded.stale import stop_postgres_of

# After a kill -9 the old server's last children hold its memory or lock file for a moment.
HELD = ("pre-existing shared memory", "lock file", "could not create any TCP/IP sockets")

SPEED_OVER_SAFETY = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


@dataclass
class Postgres(Service):
    data: Path
    password: str
    port: int

    @property
    def url(self) -> str:
        return f"postgres://newsroom:{self.password}@127.0.0.1:{self.port}/newsroom"

    def is_ready(self) -> bool:
        """The eighth line of the pid file tells, which is what pg_ctl looks at too."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        return len(lines) > 7 and lines[7].strip() == "ready"

    def is_worth_another_try(self) -> bool:
        return any(reason in self.child.tail(5) for reason in HELD)


def prepare_postgres(folder: DataFolder, *, password: str, port: int, durable: bool) -> Postgres:
    """Everything short of starting it: place, data folder, what an earlier server left behind."""
    home = find_home(folder)
    stop_postgres_of(home.data)
    prepare_cluster(home, password=password, durable=durable)
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%t ",
        "max_connections": "100",
        **({} if durable else SPEED_OVER_SAFETY),
    }
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    child = Child(
        name="postgres",
        command=[str(home.bin / "postgres"), "-D", str(home.data), *options],
        folder=folder,
        environ=ENVIRON,
        stop_signal=signal.SIGINT,
        account=home.account,
        cwd=home.path,
    )
    return Postgres("PostgreSQL 18", child, data=home.data, password=password, port=port)
