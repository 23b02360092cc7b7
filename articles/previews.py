"""Reading a draft before it is live: at the desk, or by an address for somebody outside."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.http import Http404
from django.utils import timezone

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


def content_for_preview(token: str) -> tuple[Article, StoryContent]:
    """The story and what was written of it last, for whoever holds a valid token; Http404 for everybody else."""
    link = (
        PreviewLink.objects.select_related("article__latest_revision")
        .filter(token_hash=hash_token(token), revoked_at=None, expires_at__gt=timezone.now())
        .first()
    )
    if link is None:
        raise Http404
    return link.article, latest_story_content(link.article)
