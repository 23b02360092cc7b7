"""Starting an edition: what it freezes, who gets it, and when it refuses."""

from datetime import timedelta

import pytest
from django.utils import timezone

from articles.models import Article
from newsletters.models import Delivery, Edition, EditionItem, Signup
from newsletters.sending import (
    EditionError,
    schedule_sending,
    send_test,
    start_due_editions,
    start_sending,
    stop_sending,
)
from newsroom.lib.models import AuditEntry, Job, Letter
from tests.articles import making


def test_it_queues_the_confirmed_only(editor, draft, make_reader):
    wanted = make_reader("a@example.org")
    make_reader("b@example.org", state=Signup.State.PENDING)
    make_reader("c@example.org", state=Signup.State.LEFT)
    make_reader("d@example.org", is_active=False)
    start_sending(user=editor, edition=draft)
    assert list(Delivery.objects.values_list("signup", flat=True)) == [wanted.pk]


def test_it_freezes_what_is_sent(sending, story):
    assert (sending.state, sending.dated_on, sending.number) == ("sending", timezone.localdate(), 1)
    frozen = Edition.objects.get(pk=sending.pk)
    assert "The ferry is late" in frozen.html and story.get_absolute_url() in frozen.text
    assert frozen.get_absolute_url() in frozen.html


def test_it_numbers_the_editions_of_a_day(editor, sending, newsletter):
    second = Edition.objects.create(newsletter=newsletter, subject="Another", intro="Words.")
    assert start_sending(user=editor, edition=second).number == 2


def test_it_says_how_many_and_who_started_it(sending, editor):
    assert Job.objects.get(pk=sending.job_id).total == 3
    entry = AuditEntry.objects.get(action="edition.started")
    assert (entry.actor, entry.details) == (editor, {"recipients": 3})


def test_it_leaves_out_what_readers_cannot_open(editor, draft, readers):
    hidden = making.draft(headline="Nobody may see this")
    embargoed = making.story(headline="Not before noon")
    Article.objects.filter(pk=embargoed.pk).update(embargo_until=timezone.now() + timedelta(hours=1))
    for story in (hidden, embargoed):
        EditionItem.objects.create(edition=draft, article=story)
    sent = start_sending(user=editor, edition=draft)
    for text in (sent.html, sent.text):
        text = text.lower()
        assert "the ferry is late" in text and "nobody may" not in text and "not before" not in text


def test_it_refuses_an_edition_with_nothing_to_read(editor, newsletter, readers):
    empty = Edition.objects.create(newsletter=newsletter, subject="Empty")
    EditionItem.objects.create(edition=empty, article=making.draft())
    with pytest.raises(EditionError, match="nothing in it"):
        start_sending(user=editor, edition=empty)


def test_it_refuses_when_nobody_is_signed_up(editor, draft):
    with pytest.raises(EditionError, match="Nobody"):
        start_sending(user=editor, edition=draft)
    draft.refresh_from_db()
    assert draft.state == "draft"


@pytest.mark.parametrize("who", ["writer", "member", "manager"])
def test_it_is_for_those_who_may_send(who, request, draft, readers):
    person = request.getfixturevalue(who)
    for verb in (start_sending, stop_sending, send_test):
        with pytest.raises(EditionError, match="Only editors"):
            verb(user=person, edition=draft)


def test_it_starts_once(editor, sending):
    with pytest.raises(EditionError, match="already"):
        start_sending(user=editor, edition=sending)
    assert Delivery.objects.count() == 3


def test_it_keeps_a_line_break_out_of_the_subject(editor, draft, readers):
    Edition.objects.filter(pk=draft.pk).update(subject="Late\r\nBcc: all@example.org")
    assert start_sending(user=editor, edition=draft).subject == "Late Bcc: all@example.org"


def test_it_stops_and_closes_the_bar(editor, sending):
    stop_sending(user=editor, edition=sending)
    sending.refresh_from_db()
    assert (sending.state, sending.job.error) == ("stopped", "Stopped at the desk.")


def test_it_is_started_by_the_clock_when_due(editor, draft, readers):
    schedule_sending(user=editor, edition=draft, at=timezone.now() + timedelta(hours=1))
    start_due_editions()
    assert Delivery.objects.count() == 0
    Edition.objects.update(send_at=timezone.now())
    start_due_editions()
    start_due_editions()
    assert Delivery.objects.count() == 3
    assert AuditEntry.objects.get(action="edition.started").actor_label == "clock"


def test_it_comes_off_the_schedule_when_it_cannot_go(draft):
    Edition.objects.update(send_at=timezone.now())
    start_due_editions()
    draft.refresh_from_db()
    assert (draft.state, draft.send_at) == ("draft", None)
    assert draft.job.error.startswith("Nobody is signed up")


def test_it_is_not_scheduled_for_yesterday(editor, draft):
    with pytest.raises(EditionError, match="over"):
        schedule_sending(user=editor, edition=draft, at=timezone.now() - timedelta(days=1))


def test_it_sends_a_test_to_the_editor_alone(editor, draft, readers):
    send_test(user=editor, edition=draft)
    letter = Letter.objects.get()
    assert (letter.to_email, letter.subject) == ("editor@example.org", "Test: Late ferries")
    assert "The ferry is late" in letter.html and ".invalid" not in letter.html + letter.text


def test_it_asks_the_same_number_of_questions_for_many_readers(editor, draft, readers, make_reader, newsletter):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(
        connection,
    ) as few:
        start_sending(user=editor, edition=draft)
    for number in range(20):
        make_reader(f"more{number}@example.org")
    other = Edition.objects.create(newsletter=newsletter, subject="More", intro="Words.")
    EditionItem.objects.create(edition=other, article=draft.items.get().article)
    with CaptureQueriesContext(connection) as many:
        start_sending(user=editor, edition=other)
    assert len(many) <= len(few)
