"""Writing: what is saved is a Revision and changes nothing live."""

from __future__ import annotations

from collections.abc import Iterable
from types import EllipsisType

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.acting import Actor, check_may, check_may_edit
from articles.content import PageContent, StoryContent
from articles.models import Article, Page, Revision, Tag
from newsroom.lib.audit import record
from newsroom.lib.languages import main_language
from newsroom.lib.slugs import make_slug


class EditConflict(Exception):  # noqa: N818
    """Somebody saved in between. The text can be shown to a person."""

    def __init__(self, latest: Revision | None) -> None:
        who = latest.created_by if latest is not None and latest.created_by is not None else _("Somebody")
        super().__init__(
            _(
                "%(who)s saved this while you were writing, so yours was not saved. "
                "Copy your changes, open it again and put them into the newer version."
            )
            % {"who": who}
        )
        self.latest = latest


def create_article(
    *,
    user: Actor,
    language: str | None = None,
    content: StoryContent | None = None,
    translation_of: Article | None = None,
    note: str = "",
) -> Article:
    """A new draft with its first revision. `translation_of` makes it that story in another language."""
    check_may(user, "add_article")
    article = Article(language=language or main_language(), created_by=user)
    if translation_of is not None:
        article.translation_key = translation_of.translation_key
        article.translated_from = translation_of
        article.translated_revision_id = translation_of.live_revision_id or translation_of.latest_revision_id
    with transaction.atomic():
        article.save()
        _write(article, content or StoryContent(), user=user, note=note)
        record("article.created", actor=user, target=article)
    return article


def save_revision(
    *,
    user: Actor,
    article: Article,
    content: StoryContent,
    note: str = "",
    based_on: int | EllipsisType | None = ...,
) -> Revision:
    """A snapshot of every field; the latest one again when nothing differs.

    `based_on` is the id of the revision that the writer had before them: raises EditConflict when it is no longer the
    latest (left out, the check is left out too). Raises PermissionDenied.
    """
    check_may_edit(user, article)
    with transaction.atomic():
        locked = Article.objects.select_for_update().get(pk=article.pk)
        check_may_edit(user, locked)  # its state may have moved on
        _check_conflict(locked, based_on)
        revision = _write(locked, content, user=user, note=note)
    _follow(article, locked)
    return revision


def delete_draft(*, user: Actor, article: Article) -> None:
    """Deletes a story that was never published, with its revisions. Raises PermissionDenied for any other: what
    readers saw is taken down, not deleted."""
    check_may_edit(user, article)
    with transaction.atomic():
        locked = Article.objects.select_for_update().get(pk=article.pk)
        if locked.first_published_at is not None:
            raise PermissionDenied(_("This story was published once; take it down instead."))
        record("article.deleted", actor=user, target=locked)
        Article.objects.filter(pk=locked.pk).update(latest_revision=None, live_revision=None, translated_revision=None)
        Revision.objects.filter(article=locked).update(based_on=None)
        Revision.objects.filter(article=locked).delete()
        locked.delete()


def create_page(
    *, user: Actor, language: str | None = None, content: PageContent | None = None, translation_of: Page | None = None
) -> Page:
    check_may(user, "add_page")
    page = Page(language=language or main_language(), created_by=user)
    if translation_of is not None:
        page.translation_key = translation_of.translation_key
    with transaction.atomic():
        page.save()
        _write(page, content or PageContent(), user=user, note="")
        record("page.created", actor=user, target=page)
    return page


def save_page_revision(
    *, user: Actor, page: Page, content: PageContent, note: str = "", based_on: int | EllipsisType | None = ...
) -> Revision:
    """As `save_revision`, for a page."""
    check_may(user, "change_page")
    with transaction.atomic():
        locked = Page.objects.select_for_update().get(pk=page.pk)
        _check_conflict(locked, based_on)
        revision = _write(locked, content, user=user, note=note)
    _follow(page, locked)
    return revision


def find_or_make_tags(*, names: Iterable[str], language: str) -> list[int]:
    """Ids of the tags of these names in this language, made where there is none; case does not matter."""
    return [_find_or_make_tag(name, language).pk for name in dict.fromkeys(_spaced(name) for name in names) if name]


def _find_or_make_tag(name: str, language: str) -> Tag:
    slug = make_slug(name) or "tag"
    found = Tag.objects.filter(language=language, name__iexact=name).first()
    if found is not None:
        return found
    for attempt in range(1, 50):
        wanted = slug if attempt == 1 else f"{slug}-{attempt}"
        try:
            with transaction.atomic():
                return Tag.objects.create(language=language, name=name, slug=wanted)
        except IntegrityError:
            continue  # another tag's address, or somebody made the same one just now
    raise ValueError(f"No address is free for a tag called {name!r}.")


def _spaced(name: str) -> str:
    return " ".join(name.split())[:120]


def _check_conflict(row: Article | Page, based_on: int | EllipsisType | None) -> None:
    if based_on is not ... and based_on != row.latest_revision_id:
        raise EditConflict(row.latest_revision)


def _write(row: Article | Page, content: StoryContent | PageContent, *, user: Actor, note: str) -> Revision:
    values = content.cleaned().to_json()
    latest = row.latest_revision
    if latest is not None and latest.content == values and not note:
        return latest
    revision = Revision.objects.create(
        **{row._meta.model_name or "": row},
        headline=values["headline"],
        content=values,
        based_on=latest,
        note=note,
        created_by=user,
    )
    row.latest_revision = revision
    row.edited_at = timezone.now()
    row.save(update_fields=["latest_revision", "edited_at"])
    return revision


def _follow(row: Article | Page, locked: Article | Page) -> None:
    """The caller's instance shows what was written."""
    row.latest_revision, row.edited_at = locked.latest_revision, locked.edited_at
