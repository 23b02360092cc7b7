"""python -m stripe_sandbox --port 12111 --data var/stripe.sqlite3 --api-key …"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sqlite3
import sys
import threading
from pathlib import Path

from .clock_control import parse_moment
from .core import Sandbox
from .endpoints import Given, declare_endpoint
from .errors import ApiError
from .objects import load_objects, read_file
from .passing import Ticker, catch_up
from .server import Server, make_parts, wait_until_free
from .store import Store
from .webhooks import Deliverer


def _moment(text: str) -> float:
    try:
        return parse_moment("--clock", text)
    except ApiError as error:
        raise argparse.ArgumentTypeError(error.message) from None


def _parse(arguments: list[str]) -> argparse.Namespace:
    """Secrets may come from the environment, where other users of the machine do not see them."""
    parser = argparse.ArgumentParser(
        prog="stripe_sandbox", description="A Stripe peer for demos and tests. No money moves."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=12111)
    parser.add_argument("--data", type=Path, required=True, help="the SQLite file, made if missing")
    parser.add_argument("--api-key", default=os.environ.get("STRIPE_SANDBOX_API_KEY"))
    parser.add_argument("--webhook-url", default=os.environ.get("STRIPE_SANDBOX_WEBHOOK_URL"))
    parser.add_argument("--webhook-secret", default=os.environ.get("STRIPE_SANDBOX_WEBHOOK_SECRET"))
    parser.add_argument("--public-url", help="where browsers find the pages, if not at host and port")
    parser.add_argument("--clock", type=_moment, help="where the clock of a new file starts: 2026-01-31, or seconds")
    parser.add_argument(
        "--rate-limit", type=int, metavar="N", help="requests a second; without it as set last, or none"
    )
    parser.add_argument(
        "--load", type=Path, action="append", default=[], metavar="FILE", help="recorded objects, as JSON; repeatable"
    )
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args(arguments)
    needed = ("api_key", "webhook_secret") if options.webhook_url else ("api_key",)
    for name in needed:
        if not getattr(options, name):
            flag = "--" + name.replace("_", "-")
            parser.error(f"{flag} is missing: give it, or set STRIPE_SANDBOX_{name.upper()}.")
    return options


def _open(options: argparse.Namespace) -> tuple[Server, Store]:
    try:
        server = wait_until_free((options.host, options.port))
    except OSError as error:
        sys.exit(
            f"stripe_sandbox: cannot listen on {options.host}:{options.port} ({error.strerror}); choose another --port."
        )
    try:
        return server, Store(options.data)
    except (OSError, sqlite3.Error) as error:
        sys.exit(f"stripe_sandbox: cannot open {options.data} ({error}); check the path, its permissions and the disk.")


def _begin(box: Sandbox, moment: float | None) -> None:
    """Nothing is answered before what came due meanwhile has happened."""
    if moment is not None and box.store.is_empty() and not box.clock.hands.reached:
        box.clock.start_at(moment)
    catch_up(box)
    box.clock.note()


def _load(box: Sandbox, paths: list[Path]) -> None:
    try:
        for path in paths:
            load_objects(box, read_file(path))
    except ApiError as error:
        sys.exit(f"stripe_sandbox: {error.message}")


def main(arguments: list[str]) -> int:
    options = _parse(arguments)
    logging.basicConfig(level=logging.DEBUG if options.verbose else logging.INFO, format="%(levelname)s %(message)s")
    server, store = _open(options)
    base_url = (options.public_url or f"http://{options.host}:{server.server_address[1]}").rstrip("/")
    box = Sandbox(store, base_url)
    deliverer = Deliverer(box)
    box.on_event = deliverer.wake
    given = Given(options.api_key, options.webhook_url, options.webhook_secret)
    server.parts = make_parts(box, deliverer, given)
    ticker = Ticker(box)
    for signum in (signal.SIGTERM, signal.SIGINT):
        # shutdown() waits for serve_forever, which runs in the thread that takes the signal.
        signal.signal(signum, lambda *_: threading.Thread(target=server.shutdown).start())
    if options.rate_limit is not None:
        server.parts.limits.set(options.rate_limit)
    _begin(box, options.clock)
    declare_endpoint(box, given)
    _load(box, options.load)
    deliverer.start()
    ticker.start()
    logging.info("Stripe sandbox at %s: no money moves.", base_url)
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    ticker.stop()
    deliverer.stop()
    store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
