import pytest
from django.core.exceptions import PermissionDenied

from articles.models import Note
from articles.moving import PublishingError
from articles.reviewing import add_note, notes_of, people_for, request_changes, resolve_note, submit_for_review
from newsroom.lib.models import AuditEntry, Letter
from tests.articles.written import write_story

pytestmark = pytest.mark.django_db


def letters():
    return list(Letter.objects.order_by("pk").values_list("to_email", "subject"))


@pytest.fixture
def submitted(writer, editor):
    return submit_for_review(user=writer, article=write_story(writer, headline="Fog"))


def test_it_submits_a_draft_once(writer):
    article = submit_for_review(user=writer, article=write_story(writer))
    assert article.state == "in_review"
    with pytest.raises(PublishingError, match="Only a draft"):
        submit_for_review(user=writer, article=article)


def test_it_tells_each_editor_once_and_not_who_did_it(submitted, editor, publisher, writer):
    assert letters() == [(editor.email, "For review: Fog")]
    request_changes(user=publisher, article=submitted, text="Shorter.")
    submit_for_review(user=writer, article=submitted)
    assert letters()[-2:] == [(editor.email, "For review: Fog"), (publisher.email, "For review: Fog")]


def test_it_returns_the_story_with_a_note(submitted, editor, writer):
    article = request_changes(user=editor, article=submitted, text="  Who says so? ")
    note = article.notes.get()
    assert (article.state, note.text, list(note.addressed_to.all())) == ("draft", "Who says so?", [writer])
    letter = Letter.objects.get(to_email=writer.email)
    assert "Who says so?" in letter.text and "Who says so?" in letter.html


def test_it_asks_for_words(submitted, editor):
    for text in ("", " \n", "\0"):
        with pytest.raises(PublishingError, match="Say what should be changed"):
            request_changes(user=editor, article=submitted, text=text)
    submitted.refresh_from_db()
    assert submitted.state == "in_review" and not Note.objects.exists()


def test_it_refuses_a_novel(submitted, editor):
    with pytest.raises(PublishingError, match="4,000 letters"):
        add_note(user=editor, article=submitted, text="x" * 4001)


def test_it_tells_those_a_note_is_for(submitted, editor, writer):
    Letter.objects.all().delete()
    add_note(user=editor, article=submitted, text="<b>Check</b> the tide table.", to=[writer.pk])
    assert letters() == [(writer.email, "A note on: Fog")]
    assert "&lt;b&gt;Check" in Letter.objects.get().html


def test_it_addresses_nobody_who_cannot_see_the_story(submitted, editor, member, make_member):
    for stranger in (member.pk, 10**9):
        with pytest.raises(PublishingError, match="cannot see this story"):
            add_note(user=editor, article=submitted, text="Psst.", to=[stranger])
    assert not Note.objects.exists()


def test_it_offers_the_editors_and_the_storys_writers(submitted, editor, publisher, writer, manager, member):
    assert set(people_for(submitted)) == {editor, publisher, writer}


def test_it_resolves_a_note_once(submitted, editor, writer):
    note = add_note(user=editor, article=submitted, text="Check.")
    assert resolve_note(user=writer, note=note).resolved_by == writer
    assert resolve_note(user=editor, note=note).resolved_by == writer
    assert AuditEntry.objects.filter(action="article.note_resolved").count() == 1


def test_it_keeps_another_writer_out(submitted, make_member):
    from members.accounts.roles import grant_role

    other = make_member("other.writer@example.org", is_staff=True)
    grant_role(user=None, member=other, role="writer")
    note = add_note(user=None, article=submitted, text="Check.")
    with pytest.raises(PermissionDenied):
        resolve_note(user=other, note=note)


def test_it_shows_open_notes_first(submitted, editor, django_assert_num_queries):
    notes = [add_note(user=editor, article=submitted, text=f"{number}") for number in range(4)]
    resolve_note(user=editor, note=notes[3])
    with django_assert_num_queries(1):
        shown = list(notes_of(submitted))
    assert [note.text for note in shown] == ["2", "1", "0", "3"]
