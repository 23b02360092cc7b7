"""A story's state: locking its row, moving it on, writing down who did; shared by the verbs that decide on it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from articles.acting import Actor, actor_label
from articles.models import Article, Page
from articles.models.publication import State
from newsroom.lib.audit import record
from newsroom.lib.models import AuditEntry


class PublishingError(Exception):
    """What stands in the way, a sentence each; the texts can be shown to a person."""

    def __init__(self, *sentences: str) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = list(sentences)


def lock_story(article: Article) -> Article:
    """The row as it is now, held until the transaction ends."""
    return Article.objects.select_for_update(of=("self",)).select_related("latest_revision").get(pk=article.pk)


def lock_as_seen(article: Article) -> Article:
    """Locked, when its latest revision is still the one that `article` was read with: what nobody looked at must not
    go out. Raises PublishingError."""
    locked = lock_story(article)
    check_is_seen(article, locked)
    return locked


def check_is_seen(seen: Article | Page, locked: Article | Page) -> None:
    if seen.latest_revision_id != locked.latest_revision_id:
        raise PublishingError(_("Somebody saved a newer version just now. Open it again and look at it first."))


def move(row: Article | Page, state: State, *fields: str) -> None:
    row.state = state
    row.save(update_fields=["state", *fields])


def state_of(row: Article | Page) -> dict[str, str]:
    """For a sentence."""
    return {"state": row.get_state_display()}


def record_act(action: str, user: Actor, row: Article | Page, *, label: str = "", **details: object) -> AuditEntry:
    return record(action, actor=user, actor_label=label or actor_label(user), target=row, **details)
