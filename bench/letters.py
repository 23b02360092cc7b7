"""A newsletter, from the editor's click to the last recipient, by the Procfile's worker into a sink."""

import os
import smtplib
import subprocess
import sys
import time
from pathlib import Path

from bench.ground import Unfit
from bench.load import write_requests
from bench.rounds import ROUNDS, WARM_UP, alternate
from bench.seed import seed_edition, seed_newsletter
from bench.servers import bulk_worker, mail_sink, scratch_folder
from bench.table import Figure, compared
from members.accounts import roles
from members.accounts.models import Member
from newsletters.delivering import BATCH
from newsletters.messages import build_mould, recipient_of
from newsletters.models import Delivery, Edition, Newsletter
from newsletters.sending import start_sending

IS_FULL = os.environ.get("BENCH_FULL") == "1"
READERS = 20_000 if IS_FULL else 2_000
TURNS = 3 if IS_FULL else ROUNDS
PREBUILT = 2_000  # messages of the reference; beyond that they come again
LONGEST_SECONDS = 120.0  # for one edition


def measure_newsletter() -> Figure:
    newsletter = seed_newsletter(READERS)
    with mail_sink() as port, bulk_worker(port):
        ours = _Sending(newsletter, port)
        pairs = alternate(ours, _Pushing(ours, port), rounds=TURNS)
    return compared(f"newsletter, {READERS:,} recipients", pairs, unit="mails/s", reach=0.7)


class _Sending:
    """One edition after another to the same readers; each arrives at each of them once, or the row breaks."""

    def __init__(self, newsletter: Newsletter, port: int) -> None:
        self.newsletter = newsletter
        self.port = port
        self.editor = _make_editor()

    def __call__(self, number: int) -> float:
        edition = seed_edition(self.newsletter)
        _count(self.port)
        began = time.perf_counter()
        self.last = start_sending(user=self.editor, edition=edition)
        _await_sent(edition.pk)
        elapsed = time.perf_counter() - began
        _check_arrived(_count(self.port))
        not_sent = Delivery.objects.filter(edition=edition).exclude(state=Delivery.State.SENT).count()
        if not_sent:
            raise Unfit(f"{not_sent} deliveries of an edition that is sent are not.")
        return READERS / elapsed


class _Pushing:
    """The bytes of an edition that went out, pushed again."""

    def __init__(self, sending: _Sending, port: int) -> None:
        self.sending = sending
        self.port = port
        self.file = scratch_folder() / "prebuilt"

    def __call__(self, number: int) -> float:
        if number == WARM_UP:
            _write_prebuilt(self.sending.last, self.file)
        words = [sys.executable, "-m", "bench.push", str(self.port), str(self.file), str(READERS), str(BATCH)]
        told = subprocess.run(words, capture_output=True, timeout=LONGEST_SECONDS)
        if told.returncode:
            raise Unfit(f"The reference could not be sent: {told.stderr.decode(errors='replace').strip()[-300:]}")
        return READERS / float(told.stdout)


def _make_editor() -> Member:
    editor = Member.objects.create_user("editor@example.org", is_staff=True)
    roles.grant_role(user=None, member=editor, role=roles.EDITOR)
    return Member.objects.get(pk=editor.pk)


def _await_sent(edition_id: int) -> None:
    deadline = time.monotonic() + LONGEST_SECONDS
    while Edition.objects.values_list("state", flat=True).get(pk=edition_id) != Edition.State.SENT:
        if time.monotonic() > deadline:
            raise Unfit(f"The edition was not sent in {LONGEST_SECONDS:.0f} seconds: see {scratch_folder()}/bulk.log.")
        time.sleep(0.02)


def _check_arrived(counted: tuple[int, int]) -> None:
    if counted != (READERS, READERS):
        raise Unfit(f"{READERS} recipients were owed one mail each; {counted[0]} mails came to {counted[1]}.")


def _count(port: int) -> tuple[int, int]:
    """Mails and recipients since this was last asked."""
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as server:
        _code, answer = server.docmd("XCOUNT")
    mails, recipients = answer.split()
    return int(mails), int(recipients)


def _write_prebuilt(edition: Edition, file: Path) -> None:
    """The very bytes that the worker sends, each after its recipient."""
    mould = build_mould(Edition.objects.select_related("newsletter").get(pk=edition.pk))
    signups = edition.newsletter.signups.select_related("member").order_by("pk")[:PREBUILT]
    recipients = [recipient_of(edition.pk, signup) for signup in signups]
    write_requests(file, [row.address.encode() + b"\n" + mould.fill(row) for row in recipients])
