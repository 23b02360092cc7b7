"""A story's state: locking its row, moving it on, writing down who did; shared by the verbs that decide on it."""

from __future__ import annotations

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


def move(row: Article | Page, state: State, *fields: str) -> None:
    row.state = state
    row.save(update_fields=["state", *fields])


def state_of(row: Article | Page) -> dict[str, str]:
    """For a sentence."""
    return {"state": row.get_state_display()}


def record_act(action: str, user: Actor, row: Article | Page, *, label: str = "", **details: object) -> AuditEntry:
    return record(action, actor=user, actor_label=label or actor_label(user), target=row, **details)
