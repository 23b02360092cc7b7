"""The environment the launcher hands over: what the person has set wins over what it makes up."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from newsroom.embedded.datafolder import CHECKOUT, DataFolder
from newsroom.embedded.keys import Keys
from newsroom.embedded.probes import explain_database, explain_redis
from newsroom.embedded.refusal import Refusal

# A test run neither spends real money nor writes to real people, whatever the person has exported for the site.
HONOURED_IN_TESTS = ("DATABASE_URL", "REDIS_URL", "NEWSROOM_VAR")
OURS = (
    "ALLOWED_HOSTS",
    "EMAIL_URL",
    "MAIL_INBOX_DIR",
    "MEDIA_ROOT",
    "NEWSROOM_MODE",
    "PORT",
    "SECRET_KEY",
    "SITE_URL",
    "STATIC_ROOT",
    "STRIPE_API_BASE",
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRET",
    "SUPPRESSION_KEY",
    "SUPPRESSION_KEY_FALLBACKS",
)


def read_environment() -> dict[str, str]:
    """What the person has set: in the process's environment or, where that is silent, in `.env` as Django reads it."""
    file = CHECKOUT / ".env"
    if not file.exists():
        return dict(os.environ)
    from dotenv import dotenv_values  # here, since few have such a file

    return {**{name: value for name, value in dotenv_values(file).items() if value}, **os.environ}


def refuse_production(environ: Mapping[str, str]) -> None:
    if environ.get("NEWSROOM_MODE") == "production":
        raise Refusal(
            "NEWSROOM_MODE is production, and what this starts is for demo and test only: "
            "start the processes named in Procfile with the site's environment instead."
        )


def check_given_servers(environ: Mapping[str, str]) -> None:
    """Raises Refusal when DATABASE_URL or REDIS_URL is set and does not answer."""
    for name, explain, own in (
        ("DATABASE_URL", explain_database, "PostgreSQL"),
        ("REDIS_URL", explain_redis, "Valkey"),
    ):
        reason = explain(environ[name]) if environ.get(name) else None
        if reason:
            raise Refusal(
                f"{name} is set but cannot be used ({_name_server(environ[name])}: {reason}): "
                f"correct it, or unset it to use the built-in {own}."
            )


def _name_server(url: str) -> str:
    """Host and port only: the rest may hold a password."""
    try:
        parts = urlsplit(url)
        return f"{parts.hostname or 'no host'}:{parts.port}" if parts.port else parts.hostname or "no host"
    except ValueError:
        return "no host"


def clear_for_test(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if name not in OURS or name in HONOURED_IN_TESTS}


def compose(environ: Mapping[str, str], *, folder: DataFolder, keys: Keys, mode: str, port: int) -> dict[str, str]:
    """All but the services' addresses."""
    site_url = environ.get("SITE_URL") or f"http://localhost:{port}"  # a passkey needs a name, not an address
    hosts = dict.fromkeys(["localhost", "127.0.0.1", urlsplit(site_url).hostname or "localhost"])
    made = {
        "NEWSROOM_MODE": mode,
        "SECRET_KEY": keys.secret_key,
        "SITE_URL": site_url,
        "ALLOWED_HOSTS": ",".join(hosts),
        "PORT": str(port),
        "MEDIA_ROOT": str(folder.path / "media"),
        "STATIC_ROOT": str(folder.path / "static"),
        "PYTHONUNBUFFERED": "1",
    }
    given = {name: value for name, value in environ.items() if value}
    return made | given | {"NEWSROOM_VAR": str(folder.path), "PATH": path_with_our_programs(environ)}


def path_with_our_programs(environ: Mapping[str, str]) -> str:
    # Not resolved: a virtual environment's python is a link to the system's.
    return os.pathsep.join([str(Path(sys.executable).parent), environ.get("PATH", os.defpath)])
