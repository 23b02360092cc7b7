"""What was typed and not saved yet: one autosave for each form that somebody writes in.

An autosave changes nothing that anybody else sees: not the live row, and not the revision that others take for the
latest. It says what it is based on, so that saving it later finds what was saved in between.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.utils import timezone

from articles.acting import Actor
from articles.content import PageContent, StoryContent, content_of
from articles.models import Article, Page, Revision
from articles.revising import Form, check_may_write

Row = TypeVar("Row", Article, Page)
_COLUMNS = [field.attname for field in Revision._meta.concrete_fields]


def autosave(
    *,
    user: Actor,
    row: Article | Page,
    content: StoryContent | PageContent,
    based_on: int | None,
    form: Form,
) -> Revision | None:
    """Keeps what the form holds in the form's one autosave. None when there is nothing to keep: nothing differs from
    what it is based on, or the form was saved meanwhile.

    Somebody who saved in between is no reason to refuse: words are kept first and decided on later. A request that
    comes late (of two under way, the older) changes nothing. Raises PermissionDenied.
    """
    check_may_write(user, row)
    with transaction.atomic():
        # Saving locks the row too: what was saved and what is autosaved by one form are seen in their order.
        locked = type(row)._default_manager.select_for_update(no_key=True).get(pk=row.pk)
        check_may_write(user, locked)
        if _was_saved_since(locked, user, form):
            return None
        mine = Revision.objects.of(locked).autosaved().filter(created_by=user, session_key=form.session_key).first()
        return _keep(locked, mine, content, user=user, base=_base(locked, based_on), form=form)


def keep_aside(
    *, user: Actor, row: Article | Page, content: StoryContent | PageContent, based_on: int | None, form: Form
) -> Revision | None:
    """What could not be saved because somebody else had, until its writer decides. None when it says nothing new."""
    later = Form(form.session_key, form.sequence + 1)
    kept = autosave(user=user, row=row, content=content, based_on=based_on, form=later)
    if kept is not None:
        return kept
    # The form was saved once already and gone back to.
    return autosave(user=user, row=row, content=content, based_on=based_on, form=Form(new_session_key(), 1))


def new_session_key() -> str:
    return secrets.token_urlsafe(12)


def find_begun(*, user: Actor, kind: type[Row], session_key: str) -> Row | None:
    """The story or page that this form has begun."""
    if not session_key:
        return None
    field = kind._meta.model_name or ""
    first = Revision.objects.saved().filter(created_by=user, session_key=session_key, based_on=None)
    found = first.exclude(**{field: None}).select_related(field).first()
    return getattr(found, field) if found else None


def begin(*, user: Actor, kind: type[Row], session_key: str, create: Callable[[], Row]) -> Row:
    """Creates a story or page for this form, unless it has begun one already: an answer that was lost on the way and
    a button pressed twice make no second one."""
    found = find_begun(user=user, kind=kind, session_key=session_key)
    if found is not None:
        return found
    try:
        with transaction.atomic():
            return create()
    except IntegrityError:
        found = find_begun(user=user, kind=kind, session_key=session_key)
        if found is None:
            raise
        return found


def with_own_autosave(user: Actor, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Annotates `own_autosave`, the columns of the row that `find_own_autosave` looks for; None when there is none."""
    own = _own_autosaves(user).filter(**{rows.model._meta.model_name or "": OuterRef("pk")})
    columns = JSONObject(**{name: name for name in _COLUMNS})
    return rows.annotate(own_autosave=Subquery(own.values(columns=columns)[:1]))


def find_own_autosave(*, user: Actor, row: Article | Page) -> Revision | None:
    """What this person typed last in any form and neither saved nor left; it is offered when they open it again. A row
    that was read `with_own_autosave` has it already."""
    if hasattr(row, "own_autosave"):
        found = _read_columns(row.own_autosave)
    else:
        found = _own_autosaves(user).filter(**{row._meta.model_name or "": row}).first()
    if found is None or (row.latest_revision and content_of(found) == content_of(row.latest_revision)):
        return None
    return found


def _own_autosaves(user: Actor) -> QuerySet[Revision]:
    return Revision.objects.autosaved().filter(created_by=user, is_left=False).order_by("-created_at")


def _read_columns(columns: dict[str, Any] | None) -> Revision | None:
    if columns is None:
        return None
    written = datetime.fromisoformat(columns["created_at"])
    return Revision.from_db("default", _COLUMNS, [{**columns, "created_at": written}[name] for name in _COLUMNS])


def take_autosave(*, user: Actor, row: Article | Page, autosave: Revision, session_key: str) -> Revision:
    """Goes on writing it in another form. A tab that still has it open writes a new one from then on."""
    check_may_write(user, row)
    Revision.objects.autosaved().filter(pk=autosave.pk, created_by=user).update(session_key=session_key, is_left=False)
    autosave.session_key = session_key
    return autosave


def leave_autosave(*, user: Actor, autosave: Revision) -> None:
    """Is offered no more; it stands among the revisions until it is thinned out."""
    Revision.objects.autosaved().filter(pk=autosave.pk, created_by=user).update(is_left=True)


def _keep(
    row: Article | Page,
    mine: Revision | None,
    content: StoryContent | PageContent,
    *,
    user: Actor,
    base: Revision | None,
    form: Form,
) -> Revision | None:
    values = content.cleaned().to_json()
    if mine is None:
        if base is not None and content_of(base).to_json() == values:
            return None
        mine = Revision(kind=Revision.Kind.AUTOSAVED, created_by=user, session_key=form.session_key)
        setattr(mine, row._meta.model_name or "", row)
    elif form.sequence <= mine.sequence:
        return mine
    mine.headline, mine.content, mine.based_on = values["headline"], values, base
    mine.sequence, mine.is_left, mine.created_at = form.sequence, False, timezone.now()
    mine.save()
    return mine


def _base(row: Article | Page, based_on: int | None) -> Revision | None:
    return Revision.objects.of(row).saved().filter(pk=based_on).first() if based_on else None


def _was_saved_since(row: Article | Page, user: Actor, form: Form) -> bool:
    since = Revision.objects.of(row).saved().filter(created_by=user, session_key=form.session_key)
    return since.filter(sequence__gte=form.sequence).exclude(based_on=None).exists()
