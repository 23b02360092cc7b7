"""A story in another language: its source beside it, and whether the source has moved on since; and which page is the
same as another."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from articles.acting import Actor, check_may, check_may_edit, may_see
from articles.content import StoryContent, latest_story_content
from articles.models import Article, Page
from articles.moving import record_act
from articles.reading import named_by_id
from articles.rendering import Named, picture_ids, render_body, story_ids
from newsroom.lib.page_cache import purge
from newsroom.lib.translations import check_is_free, key_beside, one_per_language


@dataclass(frozen=True)
class Source:
    """What a translator has beside them."""

    article: Article
    content: StoryContent
    body_html: str
    is_ahead: bool  # it was published anew since


def source_of(user: Actor, article: Article, source: Article | None = None) -> Source | None:
    """The story that this one translates: what is live of it, else what was written last for those who may see that.
    `source` is that story where somebody has just read it, with its revisions."""
    if article.translated_from_id is None:
        return None
    if source is None:
        rows = Article.objects.select_related("live_revision", "latest_revision")
        source = rows.get(pk=article.translated_from_id)
    if source.is_published() and source.live_revision is not None:
        content = StoryContent.from_json(source.live_revision.content)
    elif may_see(user, source):
        content = latest_story_content(source)
    else:
        return None
    return Source(source, content, _render(content, source), is_behind(article, source))


def _render(content: StoryContent, source: Article) -> str:
    pictures, stories = named_by_id(picture_ids(content.body), story_ids(content.body), beside=source)
    return render_body(content.body, Named(pictures, stories))


def is_behind(article: Article, source: Article) -> bool:
    """The source was published, and not as the text that this story renders."""
    return source.live_revision_id is not None and source.live_revision_id != article.translated_revision_id


def mark_as_current(*, user: Actor, article: Article) -> Article:
    """The translator has followed: what is live of the source now is what this text renders."""
    check_may_edit(user, article)
    with transaction.atomic():
        locked = Article.objects.select_for_update(of=("self",)).select_related("translated_from").get(pk=article.pk)
        source = locked.translated_from
        if source is not None and is_behind(locked, source):
            locked.translated_revision_id = source.live_revision_id
            locked.save(update_fields=["translated_revision"])
            record_act("article.translation_current", user, locked, revision=source.live_revision_id)
    return locked


def with_state_of_translation(rows: QuerySet[Article]) -> QuerySet[Article]:
    """Annotates `is_behind_source`, the queryset's twin of `is_behind`."""
    followed = Q(live_revision=None) | Q(live_revision_id=OuterRef("translated_revision_id"))
    ahead = Article.objects.filter(pk=OuterRef("translated_from_id")).exclude(followed)
    return rows.annotate(is_behind_source=Exists(ahead))


def join_page(*, user: Actor, page: Page, other: Page | None) -> Page:
    """The page says the same as `other` in its own language; without `other` it says what none says. Readers are led
    from one to the other at once. Raises PermissionDenied, TranslationError."""
    check_may(user, "change_page")
    with one_per_language(), transaction.atomic():
        locked = Page.objects.select_for_update().get(pk=page.pk)
        if other is not None and other.translation_key == locked.translation_key:
            return locked
        locked.translation_key = key_beside(other)
        check_is_free(locked, locked.translation_key, locked.language)
        locked.save(update_fields=["translation_key"])
        record_act("page.translation_changed", user, locked)
        purge(["menus"])  # every page notes them, those of the other languages too
    page.translation_key = locked.translation_key
    return locked
