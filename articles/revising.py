"""Writing: what is saved is a Revision and changes nothing live."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from types import EllipsisType

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.acting import Actor, check_may, check_may_edit
from articles.content import PageContent, StoryContent, content_of
from articles.models import Article, Page, Revision, Tag
from articles.taxonomy import leads_elsewhere
from newsroom.lib.audit import record
from newsroom.lib.languages import main_language
from newsroom.lib.slugs import make_slug


@dataclass(frozen=True)
class Form:
    """The form in one tab that something was written in, and how many times it had spoken by then."""

    session_key: str = ""
    sequence: int = 0


class EditConflict(Exception):  # noqa: N818
    """Somebody saved in between. The text can be shown to a person."""

    def __init__(self, latest: Revision | None) -> None:
        who = latest.created_by if latest is not None and latest.created_by is not None else _("Somebody")
        super().__init__(
            _(
                "%(who)s saved this while you were writing, so yours was not saved. "
                "Put both side by side and choose what stands."
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
    session_key: str = "",
) -> Article:
    """A new draft with its first revision. `translation_of` makes it that story in another language; `session_key`
    names the form that begins it, which begins no second one."""
    check_may(user, "add_article")
    article = Article(language=language or main_language(), created_by=user)
    if translation_of is not None:
        article.translation_key = translation_of.translation_key
        article.translated_from = translation_of
        article.translated_revision_id = translation_of.live_revision_id or translation_of.latest_revision_id
    with transaction.atomic():
        article.save()
        _write(article, content or StoryContent(), user=user, note=note, form=Form(session_key))
        record("article.created", actor=user, target=article)
    return article


def save_revision(
    *,
    user: Actor,
    article: Article,
    content: StoryContent,
    note: str = "",
    based_on: int | EllipsisType | None = ...,
    form: Form | None = None,
) -> Revision:
    """A snapshot of every field; the latest one again when nothing differs.

    `based_on` is the id of the revision that the writer had before them; left out, it is the one that `article` was
    read with. Raises EditConflict when that is no longer the latest and what was saved since differs. `form` names the
    form it was written in, whose autosave goes. Raises PermissionDenied.
    """
    return _save(article, content, user=user, note=note, based_on=based_on, form=form or Form())


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
        Revision.objects.filter(article=locked).update(based_on=None, session_key="")
        Revision.objects.filter(article=locked).delete()
        locked.delete()


def create_page(
    *,
    user: Actor,
    language: str | None = None,
    content: PageContent | None = None,
    translation_of: Page | None = None,
    session_key: str = "",
) -> Page:
    check_may(user, "add_page")
    page = Page(language=language or main_language(), created_by=user)
    if translation_of is not None:
        page.translation_key = translation_of.translation_key
    with transaction.atomic():
        page.save()
        _write(page, content or PageContent(), user=user, note="", form=Form(session_key))
        record("page.created", actor=user, target=page)
    return page


def save_page_revision(
    *,
    user: Actor,
    page: Page,
    content: PageContent,
    note: str = "",
    based_on: int | EllipsisType | None = ...,
    form: Form | None = None,
) -> Revision:
    """As `save_revision`, for a page."""
    return _save(page, content, user=user, note=note, based_on=based_on, form=form or Form())


def check_may_write(user: Actor, row: Article | Page) -> None:
    """Raises PermissionDenied with a sentence."""
    if isinstance(row, Article):
        check_may_edit(user, row)
    else:
        check_may(user, "change_page")


def find_or_make_tags(*, names: Iterable[str], language: str) -> list[int]:
    """Ids of the tags of these names in this language, made where there is none; case does not matter."""
    return [_find_or_make_tag(name, language).pk for name in dict.fromkeys(_spaced(name) for name in names) if name]


def find_tags(*, names: Iterable[str], language: str) -> tuple[list[int], list[str]]:
    """Ids of the tags of these names, and the names that are no tag yet; makes none."""
    wanted = [name for name in dict.fromkeys(_spaced(name) for name in names) if name]
    found = {name: _find_tag(name, language) for name in wanted}
    return [tag.pk for tag in found.values() if tag], [name for name, tag in found.items() if tag is None]


def _find_tag(name: str, language: str) -> Tag | None:
    return Tag.objects.filter(language=language, name__iexact=name).first()


def _find_or_make_tag(name: str, language: str) -> Tag:
    slug = make_slug(name) or "tag"
    found = _find_tag(name, language)
    if found is not None:
        return found
    for attempt in range(1, 50):
        wanted = slug if attempt == 1 else f"{slug}-{attempt}"
        tag = Tag(language=language, name=name, slug=wanted)
        if leads_elsewhere(tag):
            continue  # readers know it as the address of old of another
        try:
            with transaction.atomic():
                tag.save()
                return tag
        except IntegrityError:
            continue  # another tag's address, or somebody made the same one just now
    raise ValueError(f"No address is free for a tag called {name!r}.")


def _spaced(name: str) -> str:
    return " ".join(name.split())[:120]


def _save(
    row: Article | Page,
    content: StoryContent | PageContent,
    *,
    user: Actor,
    note: str,
    based_on: int | EllipsisType | None,
    form: Form,
) -> Revision:
    check_may_write(user, row)
    with transaction.atomic():
        locked: Article | Page = type(row)._default_manager.select_for_update().get(pk=row.pk)
        check_may_write(user, locked)  # its state may have moved on
        base = row.latest_revision_id if isinstance(based_on, EllipsisType) else based_on
        content = _with_tags_made(content, locked.language)
        if base != locked.latest_revision_id and not _says_the_same(locked.latest_revision, content):
            raise EditConflict(locked.latest_revision)
        revision = _write(locked, content, user=user, note=note, form=form)
        _drop_autosave(locked, user, form)
    _follow(row, locked)
    return revision


def _with_tags_made(content: StoryContent | PageContent, language: str) -> StoryContent | PageContent:
    """An autosave names tags that are not made yet; what is saved has made them."""
    if isinstance(content, PageContent) or not content.new_tags:
        return content
    made = find_or_make_tags(names=content.new_tags, language=language)
    return replace(content, tag_ids=[*content.tag_ids, *made], new_tags=[])


def _says_the_same(revision: Revision | None, content: StoryContent | PageContent) -> bool:
    return revision is not None and content_of(revision).to_json() == content.cleaned().to_json()


def _write(row: Article | Page, content: StoryContent | PageContent, *, user: Actor, note: str, form: Form) -> Revision:
    latest = row.latest_revision
    if latest is not None and not note and _says_the_same(latest, content):
        return latest
    values = content.cleaned().to_json()
    revision = Revision.objects.create(
        **{row._meta.model_name or "": row},
        headline=values["headline"],
        content=values,
        based_on=latest,
        note=note,
        created_by=user,
        session_key=form.session_key,
        sequence=form.sequence,
    )
    row.latest_revision, row.latest_headline = revision, revision.headline
    row.edited_at = timezone.now()
    row.save(update_fields=["latest_revision", "latest_headline", "edited_at"])
    return revision


def _drop_autosave(row: Article | Page, user: Actor, form: Form) -> None:
    """What it holds was saved just now."""
    if form.session_key:
        Revision.objects.of(row).autosaved().filter(created_by=user, session_key=form.session_key).delete()


def _follow(row: Article | Page, locked: Article | Page) -> None:
    """The caller's instance shows what was written."""
    row.latest_revision, row.latest_headline = locked.latest_revision, locked.latest_headline
    row.edited_at = locked.edited_at
