"""The two peers written for the demo, each a process of its own: the inbox and the Stripe sandbox."""

import sys
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.request import Request, urlopen

from newsroom.embedded.children import Child
from newsroom.embedded.datafolder import DataFolder
from newsroom.embedded.keys import Keys
from newsroom.embedded.probes import explain_http, explain_smtp
from newsroom.embedded.refusal import Refusal
from newsroom.embedded.service import Service


@dataclass
class Inbox(Service):
    port: int

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def is_ready(self) -> bool:
        return explain_smtp(self.port) is None


@dataclass
class Sandbox(Service):
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def is_ready(self) -> bool:
        return explain_http(f"{self.url}/_sandbox/health") is None


def let_events_go(url: str, api_key: str) -> None:
    """What was sold while the demo was being made is told once the site can hear it. Raises Refusal."""
    key = b64encode(f"{api_key}:".encode()).decode()
    address = f"{url}/_sandbox/webhooks/resume"  # our own, on loopback
    request = Request(address, data=b"", headers={"Authorization": f"Basic {key}"})  # noqa: S310
    try:
        urlopen(request, timeout=10).close()  # noqa: S310
    except OSError as error:
        raise Refusal(f"The Stripe sandbox does not let its events go ({error}): see its log.") from error


def prepare_inbox(folder: DataFolder, *, port: int, environ: Mapping[str, str]) -> Inbox:
    command = [sys.executable, "-m", "newsroom.embedded.inbox", "--port", str(port), "--folder", str(folder.inbox)]
    return Inbox("inbox", Child("inbox", command, folder, environ), port=port)


def prepare_sandbox(folder: DataFolder, *, port: int, keys: Keys, site_url: str, environ: Mapping[str, str]) -> Sandbox:
    options = {
        "--host": "127.0.0.1",
        "--port": str(port),
        "--data": str(folder.path / "stripe-sandbox.sqlite3"),
        "--api-key": keys.stripe_secret_key,
        "--webhook-url": f"{site_url.rstrip('/')}/stripe/webhook/",
        "--webhook-secret": keys.stripe_webhook_secret,
    }
    words = [word for pair in options.items() for word in pair]
    command = [sys.executable, "-m", "stripe_sandbox", *words]
    return Sandbox("Stripe sandbox", Child("sandbox", command, folder, environ), port=port)
