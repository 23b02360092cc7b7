"""Letters through a real mail server: what it answers, hangs up on or does not answer, and workers that die."""

import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from newsroom.embedded.ports import pick_port
from newsroom.lib import letters
from newsroom.lib.mail_part import MAIL
from newsroom.lib.models import Letter, SiteSettings

LONG_AGO = timedelta(minutes=10)


def state_of(letter):
    letter.refresh_from_db()
    return letter.state


def test_it_sends_once_however_often_it_is_asked(make_letter, post_office):
    letter = make_letter()
    letters.send(letter.pk)
    letters.send(letter.pk)
    assert (state_of(letter), letter.attempts, letter.sent_at is not None) == ("sent", 1, True)
    assert post_office.recipients == ["reader@example.org"]


def test_it_says_who_writes_and_carries_both_bodies(make_letter, post_office):
    letters.send(make_letter(headers={"X-Room": "desk"}).pk)
    message = post_office.messages[0]
    assert message["Subject"] == "Good morning"
    assert message["X-Room"] == "desk"
    assert "Newsroom" in message["From"]
    assert {part.get_content_type() for part in message.iter_parts()} == {"text/plain", "text/html"}


@pytest.mark.parametrize("where", ["sender_refusal", "text_refusal"])
def test_it_tries_again_later_when_refused_for_now(make_letter, post_office, where):
    letter = make_letter()
    setattr(post_office, where, "421 4.3.2 Closing")
    letters.send(letter.pk)
    assert state_of(letter) == "queued"
    assert letter.error.endswith("421")
    assert 5 < (letter.next_attempt_at - timezone.now()).total_seconds() <= 10


def test_it_tries_again_when_the_recipient_is_greylisted(make_letter, post_office):
    letter = make_letter()
    post_office.refusals[letter.to_email] = "450 4.2.0 Come back later"
    letters.send(letter.pk)
    assert state_of(letter) == "queued"
    assert letter.error == "SMTPRecipientsRefused 450"


def test_it_fails_for_good_when_the_recipient_is_refused_and_keeps_no_address(make_letter, post_office):
    letter = make_letter()
    post_office.refusals[letter.to_email] = "550 5.1.1 <reader@example.org> unknown"
    letters.send(letter.pk)
    assert state_of(letter) == "failed"
    assert letter.error == "SMTPRecipientsRefused 550"


def test_it_fails_for_good_when_the_text_is_refused(make_letter, post_office):
    letter = make_letter()
    post_office.text_refusal = "554 5.7.1 Spam"
    letters.send(letter.pk)
    assert state_of(letter) == "failed"


def test_it_waits_when_the_sender_is_refused_since_that_is_ours_to_mend(make_letter, post_office):
    letter = make_letter()
    post_office.sender_refusal = "550 5.7.1 Not you"
    letters.send(letter.pk)
    assert state_of(letter) == "queued"


def test_it_is_unknown_when_the_server_hangs_up_on_the_text_and_never_sent_again(make_letter, post_office):
    letter = make_letter()
    post_office.hangs_up_on = letter.to_email
    letters.send(letter.pk)
    assert state_of(letter) == "unknown"
    post_office.hangs_up_on = None
    Letter.objects.update(claimed_at=timezone.now() - LONG_AGO)
    letters.recover_letters()
    letters.send(letter.pk)
    assert letters.due_letters() == []
    assert post_office.recipients == []


def test_it_waits_while_the_mail_server_is_dead_and_gives_up_at_last(make_letter, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", pick_port()
    letter = make_letter()
    for _attempt in range(letters.GIVE_UP_AFTER):
        assert state_of(letter) == "queued"
        MAIL.found_alive()  # its rest is over
        letters.send(letter.pk)
    assert (state_of(letter), letter.attempts) == ("failed", letters.GIVE_UP_AFTER)
    assert letter.error == "ConnectionRefusedError"


def test_one_letter_finds_out_that_the_mail_server_is_dead_and_the_others_are_not_tried(make_letter, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", pick_port()
    first, second = make_letter(), make_letter()
    letters.send(first.pk)
    letters.send(second.pk)
    assert (state_of(first), first.attempts) == ("queued", 1)
    assert (state_of(second), second.attempts) == ("queued", 0)


class Killed(BaseException):
    """What no `except Exception` sees, as a killed process sees none."""


def die_at(monkeypatch, name):
    def die(*args, **kwargs):
        raise Killed

    monkeypatch.setattr(name, die)


def test_it_is_unknown_when_the_worker_is_killed_while_handing_over(make_letter, post_office, monkeypatch):
    letter = make_letter(is_urgent=True, expires_at=timezone.now() + timedelta(minutes=10))
    with monkeypatch.context() as patch:
        die_at(patch, "django.core.mail.backends.smtp.EmailBackend.send_messages")
        with pytest.raises(Killed):
            letters.send(letter.pk)
    assert state_of(letter) == "handing_over"
    Letter.objects.update(claimed_at=timezone.now() - LONG_AGO)
    letters.recover_letters()
    letters.send(letter.pk)
    assert state_of(letter) == "unknown"
    assert (letter.text, letter.html) == ("", "")
    assert post_office.envelopes == []


def test_it_is_sent_after_all_when_the_worker_was_killed_before(make_letter, post_office, monkeypatch):
    letter = make_letter()
    with monkeypatch.context() as patch:
        die_at(patch, "django.core.mail.backends.smtp.EmailBackend.open")
        with pytest.raises(Killed):
            letters.send(letter.pk)
    assert state_of(letter) == "claimed"
    letters.recover_letters()
    assert state_of(letter) == "claimed"  # for a while it may be in good hands
    Letter.objects.update(claimed_at=timezone.now() - LONG_AGO)
    letters.recover_letters()
    letters.send(letter.pk)
    assert (state_of(letter), letter.attempts) == ("sent", 2)


def test_it_gives_up_a_letter_that_ends_every_worker(make_letter):
    letter = make_letter(state="claimed", attempts=letters.GIVE_UP_AFTER, claimed_at=timezone.now() - LONG_AGO)
    letters.recover_letters()
    assert state_of(letter) == "failed"


def test_it_leaves_what_is_sent_alone_when_it_recovers(make_letter):
    letter = make_letter(state="sent", claimed_at=timezone.now() - LONG_AGO)
    letters.recover_letters()
    assert state_of(letter) == "sent"


def test_it_blanks_a_code_once_it_is_sent_and_keeps_other_letters(make_letter, post_office):
    code = make_letter(is_urgent=True, expires_at=timezone.now() + timedelta(minutes=10), text="123456")
    receipt = make_letter(is_urgent=True)
    letters.send(code.pk)
    letters.send(receipt.pk)
    assert (state_of(code), code.text, code.html) == ("sent", "", "")
    assert (state_of(receipt), receipt.text) == ("sent", "The words.\n")
    assert "123456" in post_office.messages[0].get_body(("plain",)).get_content()


def test_it_does_not_send_a_code_that_has_expired(make_letter, post_office):
    letter = make_letter(is_urgent=True, expires_at=timezone.now() - timedelta(seconds=1))
    letters.send(letter.pk)
    assert (state_of(letter), letter.text) == ("failed", "")
    assert post_office.envelopes == []


@pytest.mark.parametrize("address", ["", "two words@@example.org"])
def test_it_fails_an_address_that_no_mail_can_have(make_letter, post_office, address):
    letter = make_letter(address)
    letters.send(letter.pk)
    assert state_of(letter) == "failed"


def test_it_is_written_once_for_each_cause(db, settings):
    context = {"code": "123456", "minutes": 10}
    first, second = (
        letters.write_letter(
            "members/sign_in_code", cause="once", to_email="a@example.org", language="uk", context=context
        )
        for _time in range(2)
    )
    assert first == second
    assert "123456" in first.text
    assert "123456" not in first.subject


def test_it_leaves_with_a_name_that_has_line_breaks(db, post_office):
    SiteSettings.objects.create(name="The\rPost\x0b\x85Daily")
    context = {"code": "123456", "minutes": 10}
    letter = letters.write_letter(
        "members/erase_code", cause="once", to_email="a@example.org", language="en", context=context
    )
    letters.send(letter.pk)
    assert state_of(letter) == "sent"
    message = post_office.messages[0]
    assert message["Subject"].endswith("at The Post Daily")
    assert message["From"].addresses[0].display_name == "The Post Daily"


@pytest.mark.django_db(transaction=True)
def test_it_is_sent_once_by_workers_that_take_it_at_once(make_letter, post_office):
    from django.db import connection

    letter, start = make_letter(), threading.Barrier(4)

    def work():
        start.wait()
        letters.send(letter.pk)
        connection.close()

    workers = [threading.Thread(target=work) for _number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert state_of(letter) == "sent"
    assert len(post_office.envelopes) == 1
