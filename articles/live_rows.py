"""Writing the live row of a story and all its relations from a snapshot. Called by `articles.publishing` only, inside
its transaction and with the row locked."""

from __future__ import annotations

from datetime import date

from django.contrib.postgres.search import SearchVector
from django.db import IntegrityError, transaction
from django.db.models import Value

from articles.content import PageContent, StoryContent
from articles.models import Article, Author, BodyReference, Byline, Image, Page, Redirect, RelatedStory, Tag
from articles.sanitising import body_references, plain_text, word_count
from newsroom.lib.slugs import RESERVED_SLUGS, make_slug

SLUG_ATTEMPTS = 50
SEARCH_CONFIGS = {"en": "english"}  # PostgreSQL ships none for Ukrainian: `simple`, with trigrams beside it
PLAIN_FIELDS = (
    "headline", "deck", "body", "kind", "section_id", "series_id", "lead_image_id", "lead_caption", "lead_credit",
    "is_front_lead",
)  # fmt: skip
# All but the search vector, which is computed by the database.
SAVED_FIELDS = [
    field.name for field in Article._meta.concrete_fields if field.name not in (Article._meta.pk.name, "search_vector")
]


def write_story(article: Article, content: StoryContent) -> set[str]:
    """Writes fields and relations; the page keys of another story that gave up the front's lead, if any. Cleaned once
    more, since a revision may have been written by hand."""
    content = content.cleaned()
    for name in PLAIN_FIELDS:
        setattr(article, name, getattr(content, name))
    article.word_count = word_count(content.body)
    article.search_text = _search_text(content)
    _save_with_free_slug(article, content.slug or make_slug(content.headline) or f"story-{article.pk}")
    _write_relations(article, content)
    _write_references(content.body, article=article)
    _write_search_vector(article, content)
    return _give_up_front_lead(article) if content.is_front_lead else set()


def write_page(page: Page, content: PageContent) -> None:
    content = content.cleaned()
    page.headline, page.deck, page.body = content.headline, content.deck, content.body
    page.search_text = _search_text(content)
    page.slug = content.slug
    page.save()
    _write_references(content.body, page=page)


def keys_of(article: Article) -> set[str]:
    """The page keys of everything that shows the live story."""
    language = article.language
    keys = {article.page_key, f"home:{language}", f"feed:{language}", f"sitemap:{language}"}
    keys |= {f"tag:{pk}" for pk in article.tags.values_list("pk", flat=True)}
    keys |= {f"author:{pk}" for pk in article.bylines.values_list("author_id", flat=True)}
    siblings = Article.objects.filter(translation_key=article.translation_key).exclude(pk=article.pk)
    keys |= {f"story:{pk}" for pk in siblings.values_list("pk", flat=True)}  # they name their translations
    if article.section_id:
        keys.add(f"section:{article.section_id}")
    if article.series_id:
        keys.add(f"series:{article.series_id}")
    return keys


def move_address(row: Article | Page, old_path: str) -> None:
    """After an address changed, the old one leads to the row; a redirect standing on the new one goes."""
    new_path = row.get_absolute_url()
    Redirect.objects.filter(old_path=new_path).delete()
    if old_path and old_path != new_path:
        target = {"article": row} if isinstance(row, Article) else {"page": row}
        Redirect.objects.update_or_create(
            old_path=old_path, defaults={"article": None, "page": None, "new_path": "", "gone_note": "", **target}
        )


def is_address_taken(article: Article) -> bool:
    """By another story, or by the redirect that another story left behind."""
    same = Article.objects.filter(
        published_on=article.published_on, language=article.language, slug=article.slug
    ).exclude(pk=article.pk)
    left = Redirect.objects.filter(old_path=article.get_absolute_url()).exclude(article=article)
    return same.exists() or left.exists()


def missing_pictures(body: str) -> list[int]:
    wanted, _stories = body_references(body)
    known = set(Image.objects.filter(pk__in=wanted).values_list("pk", flat=True))
    return [pk for pk in wanted if pk not in known]


def is_page_slug_free(page: Page, slug: str) -> bool:
    taken = Page.objects.filter(language=page.language, slug=slug).exclude(pk=page.pk).exists()
    return not taken and slug not in RESERVED_SLUGS


def leads_to_another_page(page: Page, slug: str) -> bool:
    """Whether readers who know this address of old are led from it to another page, which stood there. What editors
    wrote down themselves yields to a page."""
    address = Page(language=page.language, slug=slug).get_absolute_url()
    return Redirect.objects.filter(old_path=address, page__isnull=False).exclude(page=page).exists()


def _save_with_free_slug(article: Article, wanted: str) -> None:
    """The slug must be free on its day; `-2`, `-3` … follow when it is not. The constraint decides, since another
    story may take it at the same moment."""
    day: date | None = article.published_on
    for attempt in range(1, SLUG_ATTEMPTS + 1):
        article.slug = wanted if attempt == 1 else f"{wanted[:84]}-{attempt}"
        if is_address_taken(article):
            continue
        try:
            with transaction.atomic():
                article.save(update_fields=SAVED_FIELDS)
        except IntegrityError as error:
            if "article_address_unique" not in str(error):
                raise
        else:
            return
    raise ValueError(f"No address is free for {wanted!r} on {day}.")


def _write_relations(article: Article, content: StoryContent) -> None:
    article.tags.set(Tag.objects.filter(pk__in=content.tag_ids))
    authors = set(
        Author.objects.filter(pk__in=[entry["author_id"] for entry in content.bylines]).values_list("pk", flat=True)
    )
    article.bylines.all().delete()
    Byline.objects.bulk_create(
        Byline(article=article, author_id=entry["author_id"], role=entry["role"], position=position)
        for position, entry in enumerate(content.bylines)
        if entry["author_id"] in authors
    )
    others = set(Article.objects.filter(pk__in=content.related_ids).values_list("pk", flat=True)) - {article.pk}
    article.related_rows.all().delete()
    RelatedStory.objects.bulk_create(
        RelatedStory(article=article, other_id=pk, position=position)
        for position, pk in enumerate(content.related_ids)
        if pk in others
    )


def _write_references(body: str, *, article: Article | None = None, page: Page | None = None) -> None:
    BodyReference.objects.filter(article=article, page=page).delete()
    images, stories = body_references(body)
    known = set(Article.objects.filter(pk__in=stories).values_list("pk", flat=True))
    BodyReference.objects.bulk_create(
        [BodyReference(article=article, page=page, image_id=pk) for pk in images]
        + [BodyReference(article=article, page=page, to_article_id=pk) for pk in stories if pk in known]
    )


def _search_text(content: StoryContent | PageContent) -> str:
    return "\n".join(part for part in (content.headline, content.deck, plain_text(content.body)) if part)


def _write_search_vector(article: Article, content: StoryContent) -> None:
    config = SEARCH_CONFIGS.get(article.language, "simple")
    parts = {"A": content.headline, "B": content.deck, "C": plain_text(content.body)}
    vectors = [SearchVector(Value(text), config=config, weight=weight) for weight, text in parts.items()]
    Article.objects.filter(pk=article.pk).update(search_vector=vectors[0] + vectors[1] + vectors[2])


def _give_up_front_lead(article: Article) -> set[str]:
    """One story at most leads a language's front."""
    others = Article.objects.filter(language=article.language, is_front_lead=True).exclude(pk=article.pk)
    keys = {f"story:{pk}" for pk in others.values_list("pk", flat=True)}
    others.update(is_front_lead=False)
    return keys
