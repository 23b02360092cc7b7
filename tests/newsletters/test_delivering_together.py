"""Several workers at once, and one that is killed: with rows that are really committed."""

import os
import signal
import subprocess
import sys
from threading import Barrier, Thread

import pytest
from django.db import connection, connections
from django.utils import timezone

from members.accounts.models import Member
from newsletters import delivering
from newsletters.delivering import deliver_batch, recover_deliveries
from newsletters.models import Delivery, Edition, Newsletter, Signup
from newsletters.sending import start_sending
from newsroom.lib.models import AuditEntry, Job

DIES = """
import os, signal, django
django.setup()
from django.conf import settings
settings.DATABASES["default"]["NAME"] = os.environ["TEST_DATABASE"]
from newsletters import delivering
real = delivering._Book.take_in_hand
def take_and_die(book, row, seen=[]):
    seen.append(row)
    answer = real(book, row)
    if len(seen) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return answer
delivering._Book.take_in_hand = take_and_die
delivering.deliver_batch(int(os.environ["EDITION"]))
"""


@pytest.fixture
def committed(django_db_setup, django_db_blocker):
    """Rows that other connections see. Taken away by hand: a flush would take the roles too, which a migration made
    and the next run on the same database needs."""
    with django_db_blocker.unblock():
        yield
        for model in (Delivery, Edition, Signup, Newsletter, Job, AuditEntry, Member):
            model.objects.all()._raw_delete("default")


@pytest.fixture
def publisher(committed):
    return Member.objects.create_user("publisher@example.org", is_staff=True, is_superuser=True)


@pytest.fixture
def draft(committed):
    newsletter = Newsletter.objects.create(language="en", slug="briefing", name="The Briefing")
    for number in range(40):
        member = Member.objects.create_user(f"reader{number:02d}@example.org")
        Signup.objects.create(
            newsletter=newsletter, member=member, state=Signup.State.CONFIRMED, confirmed_at=timezone.now()
        )
    return Edition.objects.create(newsletter=newsletter, subject="Late ferries", intro="Good morning.")


@pytest.fixture
def on_its_way(publisher, draft):
    return start_sending(user=publisher, edition=draft)


def deliver_until_done(edition_id, barrier):
    barrier.wait()
    while deliver_batch(edition_id):
        pass
    connections.close_all()


def test_it_delivers_each_once_with_three_workers(post_office, on_its_way, states, monkeypatch):
    monkeypatch.setattr(delivering, "BATCH", 5)
    barrier = Barrier(3)
    workers = [Thread(target=deliver_until_done, args=[on_its_way.pk, barrier]) for _number in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert post_office.recipients == [f"reader{number:02d}@example.org" for number in range(40)]
    assert set(states(on_its_way)) == {"sent"}
    on_its_way.refresh_from_db()
    assert (on_its_way.state, on_its_way.job.done) == ("sent", 40)


def test_it_loses_and_doubles_nothing_when_a_worker_is_killed(post_office, on_its_way, states, settings):
    environ = os.environ | {
        "DJANGO_SETTINGS_MODULE": "newsroom.settings", "EDITION": str(on_its_way.pk),
        "TEST_DATABASE": connection.settings_dict["NAME"],
        "EMAIL_URL": f"smtp://{settings.EMAIL_HOST}:{settings.EMAIL_PORT}",
    }  # fmt: skip
    worker = subprocess.run([sys.executable, "-c", DIES], env=environ, capture_output=True, text=True)
    assert worker.returncode == -signal.SIGKILL, worker.stderr
    assert sorted(set(states(on_its_way))) == ["claimed", "handing_over", "sent"]
    Delivery.objects.update(claimed_at="2020-01-01T00:00Z")
    recover_deliveries()
    deliver_batch(on_its_way.pk)
    assert states(on_its_way).count("unknown") == 1 and states(on_its_way).count("sent") == 39
    assert len(post_office.recipients) == len(set(post_office.recipients)) == 39
    on_its_way.refresh_from_db()
    assert (on_its_way.state, on_its_way.job.done) == ("sent", 40)


def test_it_starts_once_on_a_double_click(publisher, draft):
    outcomes = []

    def press():
        try:
            start_sending(user=publisher, edition=draft)
            outcomes.append("started")
        except Exception as error:
            outcomes.append(type(error).__name__)
        connections.close_all()

    presses = [Thread(target=press) for _number in range(3)]
    for one in presses:
        one.start()
    for one in presses:
        one.join()
    assert sorted(outcomes) == ["EditionError", "EditionError", "started"]
    assert Delivery.objects.count() == 40
