"""Delivering row by row through a real mail server: what each of its answers means for the row."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from members.accounts.models import Member
from newsletters import delivering
from newsletters.addresses import suppress
from newsletters.delivering import deliver_batch, editions_waiting, recover_deliveries
from newsletters.messages import unsubscribe_url
from newsletters.models import Delivery, Edition, Signup, Suppression
from newsletters.sending import start_sending, stop_sending
from newsroom.lib.models import AuditEntry, Job

EVERYBODY = ["reader1@example.org", "reader2@example.org", "reader3@example.org"]


def test_it_delivers_to_each_reader_once(post_office, sending, states):
    deliver_batch(sending.pk)
    deliver_batch(sending.pk)
    assert post_office.recipients == EVERYBODY
    assert states(sending) == ["sent", "sent", "sent"]


def test_it_closes_the_edition_its_job_and_says_so(post_office, sending):
    assert deliver_batch(sending.pk) is False
    sending.refresh_from_db()
    assert sending.state == "sent" and sending.finished_at
    job = Job.objects.get(pk=sending.job_id)
    assert (job.state, job.done, job.total) == (Job.State.DONE, 3, 3)
    assert AuditEntry.objects.get(action="edition.sent").details == {"outcome": {"sent": 3}}


def test_it_gives_each_reader_an_own_address_to_leave_by(post_office, sending, readers):
    deliver_batch(sending.pk)
    message = next(one for one in post_office.messages if one["To"] == "reader2@example.org")
    mine, other = unsubscribe_url(readers[1]), unsubscribe_url(readers[0])
    for kind in ("plain", "html"):
        body = message.get_body([kind]).get_content()
        assert mine in body and other not in body and ".invalid" not in body
    assert message["List-Unsubscribe"] == f"<{mine}>"


def test_it_delivers_in_batches(post_office, sending, states, monkeypatch):
    monkeypatch.setattr(delivering, "BATCH", 2)
    assert deliver_batch(sending.pk) is True
    assert sorted(states(sending)) == ["queued", "sent", "sent"]
    assert deliver_batch(sending.pk) is False
    assert post_office.recipients == EVERYBODY


def test_it_fails_a_recipient_that_is_refused_for_good(post_office, sending, states):
    post_office.refusals["reader2@example.org"] = "550 no such user <reader2@example.org>"
    deliver_batch(sending.pk)
    assert states(sending) == ["sent", "failed", "sent"]
    assert Delivery.objects.get(state="failed").error == "refused with 550"  # and keeps no address


def test_it_tries_a_greylisted_recipient_again_later(post_office, sending, states):
    post_office.refusals["reader2@example.org"] = "451 come again"
    deliver_batch(sending.pk)
    assert states(sending) == ["sent", "queued", "sent"]
    assert Delivery.objects.get(state="queued").next_attempt_at > timezone.now() + timedelta(seconds=30)
    assert Job.objects.get(pk=sending.job_id).done == 2
    post_office.refusals.clear()
    Delivery.objects.update(next_attempt_at=timezone.now())
    deliver_batch(sending.pk)
    assert post_office.recipients == EVERYBODY


def test_it_gives_up_a_recipient_that_is_put_off_for_ever(post_office, sending, states):
    post_office.refusals["reader2@example.org"] = "451 come again"
    for _attempt in range(delivering.GIVE_UP_AFTER):
        Delivery.objects.update(next_attempt_at=timezone.now())
        deliver_batch(sending.pk)
    assert states(sending) == ["sent", "failed", "sent"]


def test_it_puts_all_back_when_the_server_closes(post_office, sending, states):
    post_office.refusals["reader2@example.org"] = "421 too much, come back"
    assert deliver_batch(sending.pk) is False
    assert states(sending) == ["sent", "queued", "queued"]


def test_it_does_not_count_a_resting_server_against_readers(post_office, sending, states):
    post_office.sender_refusal = "451 not now"
    for _attempt in range(delivering.GIVE_UP_AFTER + 2):
        Delivery.objects.update(next_attempt_at=timezone.now())
        deliver_batch(sending.pk)
    assert Delivery.objects.filter(pk=Delivery.objects.order_by("pk").last().pk, attempts=0, state="queued").exists()


def test_it_does_not_fail_readers_for_a_sender_that_is_refused(post_office, sending, states):
    post_office.sender_refusal = "550 who are you"
    deliver_batch(sending.pk)
    assert states(sending) == ["queued", "queued", "queued"]
    assert "the sender was refused with 550" in Delivery.objects.first().error


def test_it_puts_all_back_when_nobody_answers(settings, post_office, sending, states):
    settings.EMAIL_PORT = 1
    assert deliver_batch(sending.pk) is False
    assert states(sending) == ["queued", "queued", "queued"]


def test_it_never_sends_again_what_may_have_left(post_office, sending, states):
    post_office.hangs_up_on = "reader1@example.org"
    deliver_batch(sending.pk)
    assert states(sending) == ["unknown", "queued", "queued"]
    Delivery.objects.update(next_attempt_at=timezone.now())
    deliver_batch(sending.pk)
    assert post_office.recipients == EVERYBODY[1:]
    assert Job.objects.get(pk=sending.job_id).done == 3


def test_it_fails_a_text_that_is_refused(post_office, sending, states):
    post_office.text_refusal = "554 looks like spam"
    deliver_batch(sending.pk)
    assert states(sending) == ["failed", "failed", "failed"]


def test_it_sends_to_the_others_when_one_address_is_none(post_office, sending, states):
    Member.objects.filter(email="reader2@example.org").update(email="reader2")
    deliver_batch(sending.pk)
    assert sorted(states(sending)) == ["failed", "sent", "sent"]


def test_it_skips_who_left_meanwhile(post_office, sending, readers, states):
    Signup.objects.filter(pk=readers[0].pk).update(state=Signup.State.LEFT)
    suppress("Reader2@example.org", Suppression.Reason.COMPLAINT)
    deliver_batch(sending.pk)
    assert states(sending) == ["skipped", "skipped", "sent"]
    assert Job.objects.get(pk=sending.job_id).done == 3


def test_it_lets_no_further_mail_go_once_stopped(post_office, sending, editor, states):
    stop_sending(user=editor, edition=sending)
    assert deliver_batch(sending.pk) is False
    assert post_office.envelopes == []


def test_it_stops_within_a_batch(sending, editor, post_office):
    rows = delivering._claim(sending)
    stop_sending(user=editor, edition=sending)
    delivering._hand_over_all(sending, rows)
    assert post_office.envelopes == []
    assert set(Delivery.objects.values_list("state", "attempts")) == {("queued", 0)}


def test_it_waits_while_nothing_is_due(post_office, sending):
    Delivery.objects.update(next_attempt_at=timezone.now() + timedelta(minutes=1))
    assert deliver_batch(sending.pk) is False
    assert editions_waiting() == []


def test_it_hands_back_the_rest_of_a_batch_that_takes_too_long(post_office, sending, states, monkeypatch):
    monkeypatch.setattr(delivering, "BATCH_LASTS_SECONDS", 0)
    assert deliver_batch(sending.pk) is True
    assert states(sending) == ["queued", "queued", "queued"]


def test_it_recovers_what_a_dead_worker_held(post_office, sending, states):
    first, second, _third = delivering._claim(sending)
    Delivery.objects.filter(pk=first.pk).update(state="handing_over")
    Delivery.objects.update(claimed_at=timezone.now() - timedelta(minutes=6))
    recover_deliveries()
    assert states(sending) == ["unknown", "queued", "queued"]
    deliver_batch(sending.pk)
    assert post_office.recipients == EVERYBODY[1:]
    assert Delivery.objects.get(pk=second.pk).state == "sent"


def test_it_recovers_what_was_held_before_the_clock_was_set_back(post_office, sending, states):
    first, _second, _third = delivering._claim(sending)
    Delivery.objects.filter(pk=first.pk).update(state="handing_over")
    years_ahead = timezone.now() + timedelta(days=400)
    Delivery.objects.update(claimed_at=years_ahead, next_attempt_at=years_ahead)
    recover_deliveries()
    assert states(sending) == ["unknown", "queued", "queued"]
    assert editions_waiting() == [sending.pk]
    deliver_batch(sending.pk)
    assert post_office.recipients == EVERYBODY[1:]


def test_it_leaves_alone_what_a_living_worker_holds(sending, states):
    delivering._claim(sending)
    recover_deliveries()
    assert states(sending) == ["claimed", "claimed", "claimed"]
    assert editions_waiting() == []


def test_it_finds_editions_that_nobody_delivers(sending):
    assert editions_waiting() == [sending.pk]
    Delivery.objects.update(state="sent")  # the last worker died before it closed the edition
    assert editions_waiting() == [sending.pk]


def test_it_asks_the_database_once_a_mail(post_office, sending, newsletter, make_reader, editor):
    with CaptureQueriesContext(connection) as three:
        deliver_batch(sending.pk)
    for number in range(10):
        make_reader(f"more{number}@example.org")
    other = Edition.objects.create(newsletter=newsletter, subject="Other", intro="Words.")
    start_sending(user=editor, edition=other)
    with CaptureQueriesContext(connection) as thirteen:
        deliver_batch(other.pk)
    assert len(thirteen) == len(three) + 10


@pytest.mark.parametrize("backend", ["locmem", "console"])
def test_it_sends_through_any_other_backend(settings, sending, states, mailoutbox, backend):
    settings.EMAIL_BACKEND = f"django.core.mail.backends.{backend}.EmailBackend"
    deliver_batch(sending.pk)
    assert states(sending) == ["sent", "sent", "sent"]
    if backend == "locmem":
        assert mailoutbox[0].extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
