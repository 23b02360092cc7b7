"""The verbs that change what is live. The order inside is always: permission → lock → check → write → audit → outbox →
purge."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.acting import Actor, check_may, check_may_publish
from articles.content import PageContent, StoryContent, latest_page_content, latest_story_content
from articles.live_rows import (
    is_page_slug_free,
    keys_of,
    leads_to_another_page,
    missing_pictures,
    move_address,
    write_page,
    write_story,
)
from articles.models import Article, Author, Correction, Image, Page, Redirect, Section
from articles.models.publication import State
from articles.moving import PublishingError, check_is_seen, lock_as_seen, lock_story, move, record_act, state_of
from articles.taxonomy import taken_sentence
from articles.telling import tell_writers
from newsroom.lib.outbox import owe
from newsroom.lib.page_cache import purge

PUBLISHED = "article.published"  # the outbox kind; its key is the story's id, so it is owed once


def publish(*, user: Actor, article: Article, at: datetime | None = None, is_late: bool = False) -> Article:
    """Makes the latest revision live, which is the one that `article` was read with; again when it is live already.

    At the first publication the day of the address is frozen in the newsroom's time zone and `article.published` is
    owed, once. `at` back-dates that first publication (imports, the demo); `is_late` says so to the writers. Raises
    PermissionDenied, PublishingError.
    """
    check_may_publish(user, article)
    with transaction.atomic():
        article = lock_as_seen(article)
        is_first = article.first_published_at is None
        content = latest_story_content(article)
        _raise_if(what_is_missing(article, content, at=at))
        old_keys, old_path = keys_of(article), article.get_absolute_url()
        _stamp(article, at or timezone.now())
        led_before = write_story(article, content)
        move_address(article, old_path)
        act = record_act("article.published", user, article, revision=article.live_revision_id)
        owe(PUBLISHED, article.pk, article_id=article.pk)
        if is_first:
            tell_writers("published_late" if is_late else "published", article, act=act)
        purge(old_keys | keys_of(article) | led_before)
    return article


def unpublish(*, user: Actor, article: Article, note: str = "") -> Article:
    """Takes the story away; its address answers 410 with the note."""
    check_may(user, "publish_article")
    with transaction.atomic():
        article = lock_story(article)
        if article.state != State.PUBLISHED:
            raise PublishingError(
                _("Only a published story can be taken down; this one is %(state)s.") % state_of(article)
            )
        Redirect.objects.update_or_create(
            old_path=article.get_absolute_url(),
            defaults={"article": article, "page": None, "new_path": "", "gone_note": note.strip()},
        )
        article.unpublished_at = timezone.now()
        article.unpublish_at, article.unpublish_note = None, ""
        move(article, State.UNPUBLISHED, "unpublished_at", "unpublish_at", "unpublish_note")
        record_act("article.unpublished", user, article, note=note)
        purge(keys_of(article))
    return article


def add_correction(*, user: Actor, article: Article, text: str) -> Correction:
    """Stands on the published story at once."""
    check_may(user, "add_correction")
    if not text.strip():
        raise PublishingError(_("Write what was wrong and what is right."))
    with transaction.atomic():
        article = lock_story(article)
        if article.state != State.PUBLISHED:
            raise PublishingError(_("Only a published story can be corrected; change the draft instead."))
        correction = Correction.objects.create(article=article, text=text.strip(), created_by=user)
        article.updated_at = correction.corrected_at
        article.save(update_fields=["updated_at"])
        record_act("article.corrected", user, article, correction=correction.pk)
        purge({article.page_key, f"corrections:{article.language}", f"feed:{article.language}"})
    return correction


def publish_page(*, user: Actor, page: Page, at: datetime | None = None) -> Page:
    """Makes a page's latest revision live."""
    check_may(user, "publish_page")
    with transaction.atomic():
        seen, page = page, Page.objects.select_for_update().get(pk=page.pk)
        check_is_seen(seen, page)
        content = latest_page_content(page)
        _raise_if(what_page_is_missing(page, content))
        old_path = page.get_absolute_url()
        _stamp(page, at or timezone.now())
        _write_page(page, content)
        move_address(page, old_path)
        record_act("page.published", user, page, revision=page.live_revision_id)
        purge([page.page_key, "menus", f"sitemap:{page.language}"])
    return page


def unpublish_page(*, user: Actor, page: Page, note: str = "") -> Page:
    check_may(user, "publish_page")
    with transaction.atomic():
        page = Page.objects.select_for_update().get(pk=page.pk)
        if page.state != State.PUBLISHED:
            raise PublishingError(_("Only a published page can be taken down; this one is %(state)s.") % state_of(page))
        Redirect.objects.update_or_create(
            old_path=page.get_absolute_url(),
            defaults={"article": None, "page": page, "new_path": "", "gone_note": note.strip()},
        )
        page.unpublished_at = timezone.now()
        move(page, State.UNPUBLISHED, "unpublished_at")
        record_act("page.unpublished", user, page, note=note)
        purge([page.page_key, "menus", f"sitemap:{page.language}"])
    return page


def what_is_missing(article: Article, content: StoryContent, *, at: datetime | None = None) -> list[str]:
    """A sentence for each thing that keeps the story from being published; empty when it may be."""
    now = timezone.now()
    section = Section.objects.filter(pk=content.section_id).first() if content.section_id else None
    authors = [entry["author_id"] for entry in content.bylines]
    checks = (
        (not content.headline, _("Write a headline.")),
        (section is None, _("Choose a section.")),
        (
            section is not None and section.language != article.language,
            _("Choose a section in the story's own language."),
        ),
        (not content.body, _("Write the body.")),
        (not Author.objects.filter(pk__in=authors).exists(), _("Name at least one author.")),
        (at is not None and at > now, _("The time lies ahead: schedule the story instead.")),
        (
            article.embargo_until is not None and article.embargo_until > now,
            _("The story is under embargo: schedule it for when that ends, or lift it."),
        ),
    )
    return [sentence for is_wrong, sentence in checks if is_wrong] + _picture_sentences(content)


def what_page_is_missing(page: Page, content: PageContent) -> list[str]:
    checks = (
        (not content.headline, _("Write a headline.")),
        (not content.body, _("Write the body.")),
        (not content.slug, _("Choose an address: one short word.")),
        (
            bool(content.slug) and not is_page_slug_free(page, content.slug),
            _("Another page or a part of the site has this address; choose another."),
        ),
        (bool(content.slug) and leads_to_another_page(page, content.slug), taken_sentence()),
        (bool(missing_pictures(content.body)), _("A picture in the text is no longer in the library; remove it.")),
    )
    return [sentence for is_wrong, sentence in checks if is_wrong]


def _write_page(page: Page, content: PageContent) -> None:
    try:
        with transaction.atomic():
            write_page(page, content)
    except IntegrityError as error:
        if "page_address_unique" not in str(error):
            raise
        raise PublishingError(_("Another page took this address just now; choose another.")) from error


def _picture_sentences(content: StoryContent) -> list[str]:
    sentences = []
    if content.lead_image_id:
        lead = Image.objects.filter(pk=content.lead_image_id).first()
        if lead is None:
            sentences.append(_("The lead picture is no longer in the library; choose another."))
        elif not lead.alt:
            sentences.append(_("Describe the lead picture for those who cannot see it."))
    if missing_pictures(content.body):
        sentences.append(_("A picture in the text is no longer in the library; remove it."))
    return sentences


def _raise_if(sentences: list[str]) -> None:
    if sentences:
        raise PublishingError(*sentences)


def _stamp(row: Article | Page, at: datetime) -> None:
    """State and times. The first publication's time stays, whatever follows."""
    now = timezone.now()
    if row.first_published_at is None:
        row.first_published_at = row.published_at = at
        if isinstance(row, Article):
            row.published_on = timezone.localdate(at, timezone.get_default_timezone())
    elif row.latest_revision_id != row.live_revision_id:
        row.updated_at = now
    row.state = State.PUBLISHED
    row.live_revision_id = row.latest_revision_id
    row.publish_at = row.unpublished_at = None
