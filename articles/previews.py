"""Reading a draft before it is live: at the desk, or by an address for somebody outside."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.http import Http404
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from articles.acting import Actor, check_may_edit
from articles.content import StoryContent, latest_story_content
from articles.models import Article, PreviewLink
from newsroom.lib.audit import record
from newsroom.lib.tokens import hash_token, new_token


def create_preview_link(*, user: Actor, article: Article, days: int = 7) -> str:
    """The token of a new address, shown once: only its hash is kept. Raises PermissionDenied."""
    check_may_edit(user, article)
    token = new_token()
    with transaction.atomic():
        PreviewLink.objects.create(
            article=article,
            token_hash=hash_token(token),
            created_by=user,
            expires_at=timezone.now() + timedelta(days=days),
        )
        record("article.preview_link_made", actor=user, target=article, days=days)
    return token


def revoke_preview_links(*, user: Actor, article: Article) -> int:
    """Every open address of the story's drafts closes; how many."""
    check_may_edit(user, article)
    with transaction.atomic():
        count = PreviewLink.objects.filter(article=article, revoked_at=None).update(revoked_at=timezone.now())
        record("article.preview_links_revoked", actor=user, target=article, count=count)
    return count


class PreviewOver(Exception):  # noqa: N818
    """The link showed a draft once. The text says why not now and can be shown to a person."""

    def __init__(self, sentence: str, language: str) -> None:
        super().__init__(sentence)
        self.language = language  # the story's


def content_for_preview(token: str) -> tuple[Article, StoryContent]:
    """The story and what was written of it last, for whoever holds a valid token. Raises PreviewOver when it expired or
    was revoked, Http404 for everybody else."""
    links = PreviewLink.objects.select_related("article__latest_revision")
    link = links.filter(token_hash=hash_token(token)).first()
    if link is None:
        raise Http404
    language = link.article.language
    with translation.override(language):
        if link.revoked_at is not None:
            raise PreviewOver(_("The newsroom has closed this link."), language)
        if not link.is_valid():
            raise PreviewOver(_("This link has expired."), language)
    return link.article, latest_story_content(link.article)
