"""HTTP: who is asking, which part answers, and how the answer goes out."""

from __future__ import annotations

import base64
import hmac
import json
import logging
import select
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from . import API_VERSION
from .api import Api, Call, Reply
from .control import Control
from .core import Sandbox, new_id
from .endpoints import Given
from .errors import ApiError
from .faults import Fault, meet_request
from .limits import RateLimit
from .page import Page
from .pages import Pages
from .params import decode_form
from .store import Obj
from .webhooks import Deliverer

log = logging.getLogger("stripe_sandbox")
MAX_BODY = 1_000_000
LOADING = "/_sandbox/objects"
MAX_LOADED = 100_000_000
LONGEST_SILENCE = 600.0


@dataclass(frozen=True)
class Parts:
    """Everything that a request may meet."""

    api: Api
    control: Control
    pages: Pages
    box: Sandbox
    limits: RateLimit
    api_key: str


def make_parts(box: Sandbox, deliverer: Deliverer, given: Given) -> Parts:
    limits = RateLimit(box)
    return Parts(Api(box), Control(box, deliverer, limits, given), Pages(box, deliverer), box, limits, given.api_key)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int]) -> None:
        self.parts: Parts | None = None
        super().__init__(address, Handler)


class Handler(BaseHTTPRequestHandler):
    server: Server
    server_version = "stripe-sandbox"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = 60
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave together, else each answer waits for the peer's delayed ACK

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_DELETE(self) -> None:
        self._answer("DELETE")

    def do_HEAD(self) -> None:
        self._answer("GET")

    def log_message(self, format: str, *args: Any) -> None:
        log.debug("%s %s", self.address_string(), format % args)

    def _answer(self, method: str) -> None:
        request_id = new_id("req", 14)
        parts = self.server.parts
        assert parts is not None
        try:
            path, body, query = self._read()
            self._dispatch(parts, method, path, body, query, request_id)
        except ApiError as error:
            self._send_json(Reply(error.status, error.body(), error.headers), request_id)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        except Exception:
            log.exception("%s %s failed", method, self.path)
            problem = ApiError("The sandbox met an error of its own; its log says which.", status=500, kind="api_error")
            self._send_json(Reply(500, problem.body(), {}), request_id)

    def _read(self) -> tuple[str, str, str]:
        length = self.headers.get("Content-Length", "0")
        longest = MAX_LOADED if urlsplit(self.path).path == LOADING else MAX_BODY
        if not length.isdigit() or int(length) > longest:
            self.close_connection = True
            raise ApiError("The request body is too large or has no length.", status=413)
        body = self.rfile.read(int(length)).decode("utf-8", "replace")
        address = urlsplit(self.path)
        return address.path, body, address.query

    def _dispatch(self, parts: Parts, method: str, path: str, body: str, query: str, request_id: str) -> None:
        if path == "/_sandbox/health":
            self._send_json(Reply(200, {"ok": True}, {}), request_id)
        elif path.startswith("/v1/"):
            self._check_key(parts.api_key)
            self._answer_api(parts, method, path, decode_form("&".join(filter(None, (query, body)))), request_id)
        elif (method, path) == ("POST", LOADING):
            self._check_key(parts.api_key)
            self._send_json(Reply(200, parts.control.load(decode_form(query), body), {}), request_id)
        elif path.startswith("/_sandbox/"):
            self._check_key(parts.api_key)
            raw = decode_form("&".join(filter(None, (query, body))))
            self._send_json(Reply(200, parts.control.answer(method, path, raw), {}), request_id)
        else:
            self._send_page(parts.pages.answer(method, path, decode_form(query), decode_form(body), self.headers))

    def _answer_api(self, parts: Parts, method: str, path: str, raw: Obj, request_id: str) -> None:
        version = self.headers.get("Stripe-Version", API_VERSION)
        if version != API_VERSION:
            raise ApiError(f"This sandbox speaks API version {API_VERSION} only, not {version}.")
        parts.limits.check()
        moment = parts.box.clock.moment()
        fault = meet_request(parts.box.store, method=method, path=path, request=request_id, moment=moment)
        refusal = fault.refusal()
        if refusal:
            raise refusal
        if fault.kind in ("silence", "cut"):
            self._say_nothing(is_holding=fault.kind == "silence")
            return
        call = Call(method, path, raw, self.headers.get("Idempotency-Key"), request_id)
        self._send_or_not(parts.api.answer(call, fault), request_id, fault)

    def _send_or_not(self, reply: Reply, request_id: str, fault: Fault) -> None:
        if fault.kind in ("silence_after", "cut_after"):
            self._say_nothing(is_holding=fault.kind == "silence_after")
        elif fault.kind == "cut_midway":
            self._send_json(reply, request_id, is_halved=True)
            self.close_connection = True
        else:
            self._send_json(reply, request_id)

    def _say_nothing(self, *, is_holding: bool) -> None:
        """The caller waits until it loses patience, or finds the line cut."""
        self.close_connection = True
        if is_holding:
            select.select([self.connection], [], [], LONGEST_SILENCE)

    def _check_key(self, api_key: str) -> None:
        """Bearer, or Basic with the key as the user name."""
        scheme, _, given = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() == "basic":
            try:
                given = base64.b64decode(given, validate=True).decode().split(":")[0]
            except ValueError:
                given = ""
        if not given:
            raise ApiError(
                "You did not provide an API key. You need to provide your API key in the Authorization header, "
                "using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
                status=401,
            )
        if not hmac.compare_digest(given.strip().encode(), api_key.encode()):
            raise ApiError(f"Invalid API Key provided: {given[:8]}{'*' * 8}{given[-4:]}", status=401)

    def _send_json(self, reply: Reply, request_id: str, *, is_halved: bool = False) -> None:
        headers = {"Request-Id": request_id, "Stripe-Version": API_VERSION, **reply.headers}
        if reply.status == 401:
            headers["WWW-Authenticate"] = 'Basic realm="Stripe"'
        body = json.dumps(reply.body, indent=2).encode() + b"\n"
        self._send(reply.status, "application/json", body, headers, sent=len(body) // 2 if is_halved else len(body))

    def _send_page(self, page: Page) -> None:
        body = page.body.encode()
        self._send(page.status, page.kind, body, page.headers, sent=len(body))

    def _send(self, status: int, kind: str, body: bytes, headers: dict[str, str], *, sent: int) -> None:
        self.send_response(status)
        common = {"Content-Type": kind, "Content-Length": str(len(body)), "Cache-Control": "no-store"}
        for name, value in {**common, **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[:sent])


def wait_until_free(address: tuple[str, int], seconds: float = 3.0) -> Server:
    """Binds, with patience for a predecessor that is just going. Raises OSError when the port stays taken."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return Server(address)
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
