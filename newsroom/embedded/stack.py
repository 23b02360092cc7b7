"""The services of one data folder together: PostgreSQL, Valkey, the inbox and the Stripe sandbox."""

import json
import os
from collections.abc import Mapping

from newsroom.embedded.datafolder import DataFolder, write_private
from newsroom.embedded.environment import OURS, compose
from newsroom.embedded.keys import Keys, load_keys
from newsroom.embedded.peers import prepare_inbox, prepare_sandbox
from newsroom.embedded.ports import choose_ports
from newsroom.embedded.postgres import prepare_postgres
from newsroom.embedded.service import Service
from newsroom.embedded.supervisor import Supervisor
from newsroom.embedded.valkey import prepare_valkey

PUBLISHED = [*OURS, "DATABASE_URL", "REDIS_URL", "NEWSROOM_VAR", "PATH", "PYTHONUNBUFFERED"]


def start_stack(supervisor: Supervisor, environ: Mapping[str, str], *, mode: str, port: int) -> dict[str, str]:
    """Start every service whose address is not set, side by side; answer the environment that names them all.

    The caller holds the folder's lock. Raises Refusal when one of them cannot start.
    """
    folder, durable = supervisor.folder, mode != "test"
    keys = load_keys(folder)
    ports = choose_ports(folder, ["postgres", "valkey", "inbox", "sandbox"])
    handed = compose(environ, folder=folder, keys=keys, mode=mode, port=port)
    services: list[Service] = []
    if not handed.get("DATABASE_URL"):
        postgres = prepare_postgres(folder, password=keys.database_password, port=ports["postgres"], durable=durable)
        services.append(postgres)
        handed["DATABASE_URL"] = postgres.url
    if not handed.get("REDIS_URL"):
        valkey = prepare_valkey(folder, password=keys.redis_password, port=ports["valkey"], durable=durable)
        services.append(valkey)
        handed["REDIS_URL"] = valkey.url
    services += _prepare_peers(folder, handed, keys, ports)
    supervisor.start_services(services)
    return handed


def _prepare_peers(folder: DataFolder, handed: dict[str, str], keys: Keys, ports: dict[str, int]) -> list[Service]:
    peers: list[Service] = []
    if not handed.get("EMAIL_URL"):
        inbox = prepare_inbox(folder, port=ports["inbox"], environ=handed)
        peers.append(inbox)
        handed |= {"EMAIL_URL": inbox.url, "MAIL_INBOX_DIR": str(folder.inbox)}
    if not handed.get("STRIPE_SECRET_KEY"):
        sandbox = prepare_sandbox(
            folder, port=ports["sandbox"], keys=keys, site_url=handed["SITE_URL"], environ=dict(handed)
        )
        peers.append(sandbox)
        # The three go together: a secret of the person's own Stripe account would not fit the sandbox's signatures.
        handed["STRIPE_API_BASE"] = sandbox.url
        handed["STRIPE_SECRET_KEY"] = keys.stripe_secret_key
        handed["STRIPE_WEBHOOK_SECRET"] = keys.stripe_webhook_secret
    return peers


def publish_services(folder: DataFolder, handed: Mapping[str, str]) -> None:
    """Tell `with` how to reach what runs here."""
    ours = {name: handed[name] for name in PUBLISHED if name in handed}
    write_private(folder.services, json.dumps({"pid": os.getpid(), "environment": ours}, indent=2))


def read_services(folder: DataFolder, pid: int) -> dict[str, str] | None:
    """The environment that this launcher published, or None when it has not (yet)."""
    try:
        published = json.loads(folder.services.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return dict(published["environment"]) if published.get("pid") == pid else None
