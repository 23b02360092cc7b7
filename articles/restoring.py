"""Going back to an older revision, and giving one a name."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from articles.acting import Actor
from articles.content import PageContent, StoryContent, content_of
from articles.models import Article, Page, Revision
from articles.revising import check_may_write, save_page_revision, save_revision
from newsroom.lib.audit import record


def restore_revision(*, user: Actor, row: Article | Page, revision: Revision, based_on: int | None) -> Revision:
    """A new revision that says what an old one said; the old one stays where it stands, and what readers see too.
    `based_on` is the latest that the person knew of. Raises EditConflict, PermissionDenied."""
    content, note = content_of(revision), _note_on(revision)
    with transaction.atomic():
        if isinstance(row, Article):
            assert isinstance(content, StoryContent)
            restored = save_revision(user=user, article=row, content=content, note=note, based_on=based_on)
        else:
            assert isinstance(content, PageContent)
            restored = save_page_revision(user=user, page=row, content=content, note=note, based_on=based_on)
        record(f"{row._meta.model_name}.restored", actor=user, target=row, revision=revision.pk)
    return restored


def name_revision(*, user: Actor, row: Article | Page, revision: Revision, name: str) -> Revision:
    """A named revision is kept for ever; no name takes it away. An autosave that is named is saved with it and is
    written in no more. Raises PermissionDenied."""
    check_may_write(user, row)
    with transaction.atomic():
        locked = Revision.objects.select_for_update().get(pk=revision.pk)
        locked.name = " ".join(name.split())[:120]
        if locked.name and locked.kind == Revision.Kind.AUTOSAVED:
            locked.kind, locked.session_key = Revision.Kind.SAVED, ""
        locked.save(update_fields=["name", "kind", "session_key"])
        record(f"{row._meta.model_name}.revision_named", actor=user, target=row, revision=locked.pk)
    return locked


def _note_on(revision: Revision) -> str:
    when = date_format(timezone.localtime(revision.created_at), "j E Y, H:i")
    return _("Restored from %(when)s") % {"when": when}
