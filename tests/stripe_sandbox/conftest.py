"""The real process on a free port, Stripe's own client, and a receiver for its webhooks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import stripe

from newsroom.embedded.ports import pick_port

KEY = "sk_test_sandbox"
SECRET = "whsec_sandbox"
ROOT = Path(__file__).resolve().parents[2]


def wait_for(condition, seconds=10.0):
    """The condition's first truthy value; fails the test when there is none in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError("The condition did not come true in time.")


def _at_once(event):
    """How long a receiver ponders unless a test wants more of it."""


class Receiver(ThreadingHTTPServer):
    """Keeps what was delivered; `status` is what it answers, `before_answer` may keep it waiting."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Taker)
        self.status = 200
        self.says = b""
        self.taken = []
        self.before_answer = _at_once
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/stripe/webhook/"

    def types(self):
        return [json.loads(body)["type"] for _, body in list(self.taken)]

    def events(self, kind):
        return [json.loads(body) for _, body in list(self.taken) if json.loads(body)["type"] == kind]


class _Taker(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.taken.append((self.headers["Stripe-Signature"], body))
        self.server.before_answer(json.loads(body))
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(self.server.says)

    def log_message(self, *args):
        pass


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args, **kwargs):
        return None


class Peer:
    """The sandbox's process and the ways to talk to it."""

    def __init__(self, data, webhook_url):
        self.data, self.webhook_url, self.port = data, webhook_url, pick_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self._opener = urllib.request.build_opener(_NoRedirect)
        self.start()

    def start(self, *options):
        command = [sys.executable, "-m", "stripe_sandbox", "--port", str(self.port), "--data", str(self.data)]
        secrets = {"STRIPE_SANDBOX_API_KEY": KEY, "STRIPE_SANDBOX_WEBHOOK_SECRET": SECRET}
        environment = {**os.environ, **secrets, "STRIPE_SANDBOX_WEBHOOK_URL": self.webhook_url}
        self.process = subprocess.Popen([*command, *options], cwd=ROOT, env=environment)
        wait_for(self._is_up)

    def _is_up(self):
        try:
            return self.request("GET", "/_sandbox/health").status == 200
        except OSError:
            return False

    def stop(self, signum=signal.SIGTERM):
        self.process.send_signal(signum)
        return self.process.wait(10)

    def request(self, method, path, data=None, headers=None):
        body = urllib.parse.urlencode(data).encode() if isinstance(data, dict) else data
        request = urllib.request.Request(self.base + path, body, headers or {}, method=method)
        try:
            with self._opener.open(request, timeout=15) as answer:
                return Answer(answer.status, answer.headers, answer.read().decode())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, error.read().decode())

    def api(self, method, path, data=None, **headers):
        return self.request(method, path, data, {"Authorization": f"Bearer {KEY}", **headers})

    def control(self, path, /, **data):
        answer = self.api("POST", f"/_sandbox/{path}", {name: str(value) for name, value in data.items()})
        assert answer.status == 200, answer.body
        return answer.json()

    def events(self, kind=None, **query):
        query = {**query, **({"type": kind} if kind else {})}
        return self.api("GET", "/_sandbox/events?" + urllib.parse.urlencode(query)).json()["data"]


@pytest.fixture(scope="session")
def _receiver():
    receiver = Receiver()
    yield receiver
    receiver.shutdown()
    receiver.server_close()


@pytest.fixture(scope="session")
def _peer(tmp_path_factory, _receiver):
    peer = Peer(tmp_path_factory.mktemp("sandbox") / "data.sqlite3", _receiver.url)
    yield peer
    peer.stop()


@pytest.fixture
def receiver(_receiver):
    _receiver.status, _receiver.says = 200, b""
    _receiver.before_answer = _at_once
    _receiver.taken.clear()
    return _receiver


@pytest.fixture
def other_receiver():
    receiver = Receiver()
    yield receiver
    receiver.shutdown()
    receiver.server_close()


@pytest.fixture
def sandbox(_peer, receiver):
    """Empty, with deliveries held back; a test about webhooks resumes them."""
    _peer.control("reset")
    _peer.control("webhooks/pause")
    return _peer


@pytest.fixture
def client(sandbox):
    return stripe.StripeClient(KEY, base_addresses={"api": sandbox.base}, max_network_retries=0).v1


def price(amount=500, currency="eur", interval="month", name="Membership"):
    data = {"currency": currency, "unit_amount": amount, "product_data": {"name": name}}
    return {**data, "recurring": {"interval": interval}} if interval else data


@pytest.fixture(name="wait_for", scope="session")
def _wait_for():
    return wait_for


@pytest.fixture(name="price", scope="session")
def _price():
    """price_data with its product described in place."""
    return price


@pytest.fixture
def make_session(client):
    def make(mode="subscription", amount=500, currency="eur", interval="month", **given):
        interval = interval if mode == "subscription" else None
        params = {
            "mode": mode,
            "line_items": [{"price_data": price(amount, currency, interval), "quantity": 1}],
            "success_url": "http://127.0.0.1:8000/support/thanks/?session={CHECKOUT_SESSION_ID}",
            "cancel_url": "http://127.0.0.1:8000/support/",
            **given,
        }
        return client.checkout.sessions.create(params)

    return make


@pytest.fixture
def subscribe(make_session, sandbox, client):
    """A paid subscription, fetched anew."""

    def make(**given):
        session = make_session(**given)
        known = {"customer", "customer_email"} & set(given)
        paid = sandbox.control(f"sessions/{session.id}/pay", **({} if known else {"email": "reader@example.org"}))
        return client.subscriptions.retrieve(paid["subscription"])

    return make
