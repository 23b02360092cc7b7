"""Between the writer's last word and the editor's yes: submitting, asking for changes, notes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import JSONObject
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.acting import Actor, check_may, check_may_edit, check_may_see, concerned_with, editors
from articles.models import Article, Note
from articles.models.publication import State
from articles.moving import PublishingError, lock_as_seen, lock_story, move, record_act, state_of
from articles.reading import keep_relation
from articles.telling import authors_of, tell, tell_writers, writers_of

LONGEST_NOTE = 4_000  # letters
SUBMITTABLE = (State.DRAFT, State.UNPUBLISHED)


def submit_for_review(*, user: Actor, article: Article) -> Article:
    """The writer is done: draft → in review; the editors are told. Raises PublishingError for any other state."""
    check_may(user, "submit_article")
    check_may_edit(user, article)
    with transaction.atomic():
        article = lock_as_seen(article)
        if article.state not in SUBMITTABLE:
            raise PublishingError(_("Only a draft can be submitted; this story is %(state)s.") % state_of(article))
        move(article, State.IN_REVIEW)
        tell(editors(), "submitted", article, act=record_act("article.submitted", user, article))
    return article


def request_changes(*, user: Actor, article: Article, text: str) -> Article:
    """In review → draft, with an open note that says what to change; its writers are told. Raises PublishingError."""
    check_may(user, "publish_article")
    words = _words(text, _("Say what should be changed."))
    with transaction.atomic():
        article = lock_story(article)
        if article.state != State.IN_REVIEW:
            raise PublishingError(
                _("Only a story in review can be returned; this one is %(state)s.") % state_of(article)
            )
        move(article, State.DRAFT)
        note = Note.objects.create(article=article, text=words, asks_for_changes=True, written_by=user)
        note.addressed_to.set(writers_of(article))
        act = record_act("article.changes_requested", user, article, note=note.pk)
        tell_writers("changes_requested", article, act=act, words=words)
    return article


def add_note(*, user: Actor, article: Article, text: str, to: Iterable[int] = ()) -> Note:
    """A word on the story for those of the staff whose ids are `to`, who are told. Raises PermissionDenied for whoever
    may not see the story, PublishingError without words or for a person who could not read it."""
    check_may_see(user, article)
    words = _words(text, _("Write the note."))
    wanted = set(to)
    with transaction.atomic():
        people = [person for person in people_for(article) if person.pk in wanted]
        if len(people) != len(wanted):
            raise PublishingError(_("Somebody you addressed cannot see this story. Choose among the names offered."))
        note = Note.objects.create(article=article, text=words, written_by=user)
        note.addressed_to.set(people)
        act = record_act("article.note_added", user, article, note=note.pk)
        tell(people, "note", article, act=act, words=words)
    return note


def resolve_note(*, user: Actor, note: Note) -> Note:
    """Done with. Whoever wrote it, any editor, and whoever may change the story may say so. Twice is once."""
    article = note.article
    check_may_see(user, article)
    with transaction.atomic():
        held = Note.objects.select_for_update().get(pk=note.pk)
        if held.resolved_at is None:
            held.resolved_at, held.resolved_by = timezone.now(), user
            held.save(update_fields=["resolved_at", "resolved_by"])
            record_act("article.note_resolved", user, article, note=held.pk)
    return held


def people_for(article: Article) -> list[Actor]:
    """To whom a note can be addressed: the editors, and the story's own writers."""
    known = concerned_with(article, authors_of(article))
    return sorted(known, key=lambda person: (person.name or person.email or "").casefold())


def notes_of(article: Article) -> list[Note]:
    """Open ones first, each with the names of its people; one query."""
    kind = get_user_model()
    people = kind._default_manager.filter(story_notes=OuterRef("pk")).order_by("pk")
    rows = article.notes.select_related("written_by", "resolved_by").annotate(
        people=ArraySubquery(people.values(columns=JSONObject(id="id", name="name")))
    )
    notes: list[Any] = list(rows.order_by(F("resolved_at").desc(nulls_first=True), "-id"))
    for note in notes:
        keep_relation(note, "addressed_to", [kind(**columns) for columns in note.people])
    return notes


def in_review() -> QuerySet[Article]:
    """What waits for an editor, longest first."""
    return Article.objects.filter(state=State.IN_REVIEW).order_by("edited_at", "pk")


def with_open_notes(rows: QuerySet[Article]) -> QuerySet[Article]:
    """Annotates `has_open_request`: a note that asks for changes is open."""
    open_notes = Note.objects.filter(article=OuterRef("pk"), resolved_at=None, asks_for_changes=True)
    return rows.annotate(has_open_request=Exists(open_notes))


def are_changes_requested(article: Article, notes: Iterable[Note]) -> bool:
    """What the desk calls a draft with an open note that asks for changes."""
    return article.state == State.DRAFT and any(note.is_open and note.asks_for_changes for note in notes)


def _words(text: str, sentence: str) -> str:
    words = text.replace("\0", "").strip()
    if not words:
        raise PublishingError(sentence)
    if len(words) > LONGEST_NOTE:
        raise PublishingError(_("That is a long note. Keep it to 4,000 letters, or put it into the story's text."))
    return words
