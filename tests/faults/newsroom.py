"""The newsroom that runs on the parts: who visits it, what its database says, and waking what beat would wake."""

import json
import re
import threading
import time
import urllib.request
from contextlib import contextmanager, suppress
from dataclasses import replace
from types import SimpleNamespace
from urllib.parse import urlencode, urlsplit

import psycopg
import redis
from celery import Celery
from kombu.exceptions import OperationalError

from newsroom.embedded.ports import pick_port
from newsroom.embedded.procfile import make_children
from tests.faults.parts import Part, Parts, wait_until
from tests.faults.slow import SlowLine
from tests.faults.visiting import Visitor

SCENE = "import json; from tests.faults.scene import make_scene; print(json.dumps(make_scene()))"

SIGN_OF_LIFE, SIGN_OF_LIFE_SECONDS = "newsroom.lib.tasks.beat_heartbeat", 2
OPEN = "('waiting', 'claimed', 'failed')"
WORKING = ("worker", "bulk", "beat")


def _answers(port):
    try:
        return Visitor(port).get("/livez/").status == 200
    except OSError:
        return False


def _as_twin(child):
    """Under names of its own, since workers are known by theirs."""
    command = [word.replace("@%h", "-twin@%h") for word in child.command]
    return replace(child, name=f"{child.name}-twin", command=command)


class Newsroom(Parts):
    def open(self):
        """Tables, a scene, and every process of the Procfile."""
        self.start_services()
        self.run("manage.py", "migrate", "--verbosity", "0")
        self.scene = SimpleNamespace(**json.loads(self.run("manage.py", "shell", "--no-imports", "--command", SCENE)))
        self.start_processes()
        self.wait_until_well()

    def heal(self):
        super().heal()
        self.stripe("faults", count=0)

    @property
    def reader(self):
        """A new one each time."""
        return Visitor(self.port)

    @property
    def editor(self):
        return Visitor(self.port, self.scene.editor)

    @property
    def patron(self):
        return Visitor(self.port, self.scene.patron)

    @contextmanager
    def on_slow_redis(self, seconds):
        """A second web process, to which Redis answers this late: the port that it listens on."""
        port = pick_port()
        with self._slow_line() as (line, children):
            web = next(child for child in children(PORT=str(port)) if child.name == "web")
            part = Part(replace(web, name="slow-web"), lambda: _answers(port))
            try:
                part.start()
                Visitor(port).get("/account/sign-in/")  # a process that has answered before
                line.seconds = seconds
                yield port
            finally:
                line.seconds = 0
                part.end()

    @contextmanager
    def working_on_slow_redis(self, seconds):
        """Workers and clock to which Redis answers this late, from their start on, in the stead of the usual ones:
        those, by name."""
        usual = [self.processes[name] for name in WORKING]
        with self._slow_line() as (line, children):
            found = {child.name: child for child in children() if child.name in WORKING}
            parts = {name: Part(replace(child, name=f"slow-{name}")) for name, child in found.items()}
            try:
                for part in usual:
                    part.end()
                line.seconds = seconds
                for part in parts.values():
                    part.start()
                yield parts
            finally:
                line.seconds = 0
                for part in parts.values():
                    part.end()
                for part in usual:
                    part.start()

    @contextmanager
    def _slow_line(self):
        """To Redis; and what makes the Procfile's processes at its other end."""
        address = urlsplit(self.environ["REDIS_URL"])
        line = SlowLine(address.port)
        url = self.environ["REDIS_URL"].replace(f":{address.port}", f":{line.port}")
        try:
            yield line, lambda **given: make_children(self.folder, {**self.environ, "REDIS_URL": url, **given})
        finally:
            line.close()

    @contextmanager
    def doubled(self, *names):
        """A second one of each of these processes beside the first: those, by name."""
        kept = {**self.environ, "NEWSROOM_VAR": str(self._second_var())}
        twins = {child.name: child for child in make_children(self.folder, kept) if child.name in names}
        parts = {name: Part(_as_twin(child)) for name, child in twins.items()}
        try:
            for part in parts.values():
                part.start()
            yield parts
        finally:
            for part in parts.values():
                part.end()

    def _second_var(self):
        """For what a second clock writes down."""
        path = self.folder.path / "second"
        path.mkdir(exist_ok=True)
        return path

    def health(self):
        """What each part says; what a person should look at though all are up is left out."""
        said = json.loads(self.reader.get("/healthz/").text)
        said.pop("notes", None)
        return said

    def notes(self):
        return json.loads(self.reader.get("/healthz/").text).get("notes", {})

    def wait_until_well(self):
        """Workers are asked for their sign of life, for which beat has ten seconds."""
        asked_at = 0.0

        def is_well():
            nonlocal asked_at
            if time.monotonic() > asked_at + SIGN_OF_LIFE_SECONDS:
                asked_at = time.monotonic()
                with suppress(OperationalError):  # Redis is not up yet
                    self._ask_for_signs_of_life()
            return self._is_heard() and set(self.health().values()) == {"up"}

        wait_until(is_well, seconds=90)

    def _ask_for_signs_of_life(self):
        with Celery(broker=self.environ["REDIS_URL"], set_as_current=False) as sender:
            sender.send_task(SIGN_OF_LIFE, queue="default", retry=False)
            sender.send_task(SIGN_OF_LIFE, args=["bulk"], queue="bulk", retry=False)

    def _is_heard(self):
        return _answers(self.port)

    def rows(self, question, *given):
        with psycopg.connect(self.environ["DATABASE_URL"], autocommit=True) as connection:
            cursor = connection.execute(question, given)
            return cursor.fetchall() if cursor.description else []

    def value(self, question, *given):
        return self.rows(question, *given)[0][0]

    def sweep_until(self, condition):
        """Letters are looked for each second, where beat has twenty."""

        def is_true():
            self.wake("newsroom.lib.tasks.sweep_letters")
            return condition()

        wait_until(is_true, pause=1)

    def sweep(self, module, name):
        """One round of a sweep, over when this returns."""
        self.run("manage.py", "shell", "--no-imports", "--command", f"from {module} import {name}; {name}()")

    def queue_letters(self, number):
        """Letters whose wake-up was lost."""
        self.rows(
            "INSERT INTO lib_letter (cause, kind, to_email, language, subject, text, html, headers, state, attempts,"
            " is_urgent, error) SELECT 'queued:' || n || now(), 'test', 'queued' || n || '@example.org', 'en', 'Hello',"
            " 'Words.', '', '{}', 'queued', 0, true, '' FROM generate_series(1, %s) AS n",
            number,
        )

    @contextmanager
    def locked_for(self, seconds, table):
        """Somebody else's transaction holds the table for as long."""
        with psycopg.connect(self.environ["DATABASE_URL"]) as connection:
            connection.execute(f"LOCK TABLE {table}")
            timer = threading.Timer(seconds, connection.rollback)
            timer.start()
            yield
            timer.join()

    def wait_for_value(self, wanted, question, *given):
        return wait_until(lambda: self.value(question, *given) == wanted)

    def wake(self, task, *given):
        """As beat does, without waiting for its next round."""
        queue = "urgent" if task.startswith("members.patronage") else "default"
        with Celery(broker=self.environ["REDIS_URL"], set_as_current=False) as sender:
            sender.send_task(task, args=given, queue=queue)

    def schedule(self, headline, *, hours):
        return int(self._play(f"schedule_story({headline!r}, hours={hours})"))

    def let_in(self, address):
        """A member of that address, made where there is none, and signed in."""
        return Visitor(self.port, self._play(f"let_in({address!r})").strip())

    def gather_crowd(self, number):
        """The edition that goes to it."""
        return int(self._play(f"gather_crowd({number})"))

    def declare_withdrawal(self, address):
        """Where the button is that carries it out."""
        return f"/support/declaration/{self._play(f'declare_withdrawal({address!r})').strip()}/"

    def _play(self, call):
        """What a verb of the scene answers."""
        code = f"from tests.faults import scene; print(scene.{call})"
        return self.run("manage.py", "shell", "--no-imports", "--command", code)

    def empty_redis(self):
        with redis.Redis.from_url(self.environ["REDIS_URL"]) as connection:
            connection.flushall()

    def send(self, edition):
        """As an editor does at the desk."""
        address = f"/admin/newsletters/edition/{edition}/change/"
        self.editor.post(f"/admin/newsletters/edition/{edition}/send/").is_fine(302)
        self.editor.get(address).is_fine()

    def deliver_to_the_end(self, edition):
        """What the sweeps do in the next minutes. Nobody may be delivering it now."""
        self.age_claims("newsletters_delivery")

        def is_over():
            self.rows("UPDATE newsletters_delivery SET next_attempt_at = now() WHERE state = 'queued'")
            self.wake("newsletters.tasks.sweep_editions")
            return self.value("SELECT state FROM newsletters_edition WHERE id = %s", edition) == "sent"

        wait_until(is_over, pause=1)

    def stripe(self, path, **given):
        """What only the sandbox can do: fail when it is told to, pay as a reader would."""
        return self._ask_stripe(f"/_sandbox/{path}", urlencode(given).encode())

    def begin_support(self):
        """A reader's checkout, as far as Stripe's page: the session's id."""
        self.reader.post("/support/", {"frequency": "month", "amount_month": "500", "currency": "eur"}).is_fine(303)
        return self.value("SELECT stripe_id FROM members_checkout ORDER BY id DESC LIMIT 1")

    def begin_paid_support(self, address):
        """Paid, and written down by the page of thanks."""
        session = self.begin_support()
        self.stripe(f"sessions/{session}/pay", email=address)
        self.reader.get(f"/support/thanks/?session={session}").is_fine()

    def sessions(self):
        """The ids of all checkout sessions that Stripe has."""
        return {row["id"] for row in self._ask_stripe("/v1/checkout/sessions?limit=100")["data"]}

    def refunds_of(self, intent):
        return self._ask_stripe(f"/v1/refunds?payment_intent={intent}")["data"]

    def _ask_stripe(self, path, body=None):
        headers = {"Authorization": f"Bearer {self.keys.stripe_secret_key}"}
        request = urllib.request.Request(self.environ["STRIPE_API_BASE"] + path, body, headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def do_all_events(self):
        """What the sweeps do in the next hours."""

        def are_done():
            self.rows("UPDATE members_stripeevent SET next_attempt_at = now() WHERE state = 'failed'")
            self.wake("members.patronage.tasks.sweep_events")
            known = "left(object_id, 7) <> 'sub_evt'"  # those are made up here
            return not self.rows(f"SELECT 1 FROM members_stripeevent WHERE state IN {OPEN} AND {known}")

        wait_until(are_done, pause=1)

    def support_of(self, address):
        """How many rows one payment has led to."""
        tables = {"payments": "members_payment", "periods": "members_period"}
        member = self.value("SELECT id FROM members_member WHERE email = %s", address)
        counted = {
            name: self.value(f"SELECT count(*) FROM {table} WHERE member_id = %s", member)
            for name, table in tables.items()
        }
        receipts = "SELECT count(*) FROM lib_letter WHERE to_email = %s AND kind = 'members/receipt'"
        return {**counted, "receipts": self.value(receipts, address)}

    def age_claims(self, table):
        """What five minutes without a sign of life make of a worker's claim."""
        self.rows(f"UPDATE {table} SET claimed_at = claimed_at - interval '10 minutes' WHERE claimed_at IS NOT NULL")

    def code_sent_to(self, address):
        """The sign-in codes that have arrived there, oldest first."""
        texts = [one.get_body(("plain",)).get_content() for one in self.office.messages if one["To"] == address]
        return [re.search(r"^(\d{6})\s*$", text, re.MULTILINE).group(1) for text in texts]
