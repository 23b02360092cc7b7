"""The demo's pictures, stories, translations, corrections and pages: through the same verbs as the desk."""

import re
from datetime import timedelta

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from articles.content import BylineEntry, PageContent, StoryContent
from articles.models import Article, Asset, Author, Byline, Correction, Image, Page, Section, Series, Tag
from articles.pictures import add_image
from articles.publishing import PUBLISHED, publish, publish_page
from articles.revising import create_article, create_page, save_revision
from members.accounts.models import Member
from newsroom.lib.audit import record
from newsroom.lib.models import Outbox
from newsroom.site.demo.house import key_of
from newsroom.site.demo.reading import FOLDER, Text, read_table, read_texts

ROLES = {
    "illustrator": Byline.Role.ILLUSTRATION, "translator": Byline.Role.TRANSLATION,
    "interpreter": Byline.Role.TRANSLATION, "data": Byline.Role.DATA,
}  # all others wrote the words  # fmt: skip
_REFERENCE = re.compile(r'data-(image|article)="([a-z][a-z0-9-]*)"')


def seed_stories(publisher: Member) -> dict[str, Article]:
    """All stories by key, drafted, written and published in the order of their dates; those that stand are left."""
    pictures = seed_pictures(publisher)
    texts = sorted(
        (text for text in read_texts("stories") if not text["state"]), key=lambda text: bool(text["translation_of"])
    )
    stories: dict[str, Article] = {}
    fresh: list[Text] = []
    with transaction.atomic():
        for text in texts:
            found = _find(text)
            if found is None:
                found = _draft(text, stories)
                fresh.append(text)
            stories[text["key"]] = found
        for text in sorted(fresh, key=lambda text: -float(text["days_ago"])):
            _publish(text, stories, pictures)
        # Nobody is told of what was out before they came.
        done_already([stories[text["key"]].pk for text in fresh])
        _seed_pages(pictures)
    return {key: Article.objects.get(pk=story.pk) for key, story in stories.items()}


def done_already(article_ids: list[int]) -> None:
    """What publishing these owed is not carried out."""
    keys = [str(pk) for pk in article_ids]
    Outbox.objects.filter(kind=PUBLISHED, key__in=keys).update(state=Outbox.State.DONE)


def seed_pictures(publisher: Member) -> dict[str, Image]:
    pictures = {}
    for entry in read_table("pictures")["picture"]:
        image = Image.objects.filter(title=entry["key"]).first()
        if image is None:
            path = FOLDER / "pictures" / f"{entry['key']}.png"
            with transaction.atomic():
                image = add_image(
                    user=publisher, file=ContentFile(path.read_bytes(), name=path.name), title=entry["key"],
                    alt=entry["alt"], credit=entry["credit"],
                )  # fmt: skip
                Image.objects.filter(pk=image.pk).update(focal_x=entry["focal_x"], focal_y=entry["focal_y"])
        pictures[entry["key"]] = image
    return pictures


def seed_files(publisher: Member) -> None:
    """What lies in the library beside pictures."""
    for path in sorted((FOLDER / "files").glob("*.pdf")):
        title = path.stem.replace("-", " ").capitalize()
        if not Asset.objects.filter(title=title).exists():
            file = ContentFile(path.read_bytes(), name=path.name)
            row = Asset.objects.create(file=file, title=title, created_by=publisher)
            record("asset.added", actor=publisher, target=row)


def _find(text: Text) -> Article | None:
    key = key_of("Story", text["translation_of"] or text["key"])
    return Article.objects.filter(translation_key=key, language=text["language"]).first()


def _draft(text: Text, stories: dict[str, Article]) -> Article:
    original = stories.get(text["translation_of"])
    article = create_article(
        user=None, language=text["language"], content=StoryContent(headline=text["headline"]), translation_of=original
    )
    if original is None:
        article.translation_key = key_of("Story", text["key"])
        article.save(update_fields=["translation_key"])
    return article


def _publish(text: Text, stories: dict[str, Article], pictures: dict[str, Image]) -> None:
    article = stories[text["key"]]
    save_revision(user=None, article=article, content=content_of(text, stories, pictures))
    published = publish(user=None, article=article, at=timezone.now() - timedelta(days=float(text["days_ago"])))
    if text["correction"]:
        Correction.objects.create(article=published, text=text["correction"])


def content_of(text: Text, stories: dict[str, Article], pictures: dict[str, Image]) -> StoryContent:
    language = text["language"]
    picture = pictures.get(text["picture"])
    tags = Tag.objects.filter(language=language, name__in=text.items_of("tags"))
    return StoryContent(
        headline=text["headline"],
        deck=text["deck"],
        body=resolve_references(text.body, stories, pictures),
        kind=text["kind"],
        section_id=Section.objects.get(translation_key=key_of("Section", text["section"]), language=language).pk,
        series_id=_series_id(text),
        tag_ids=list(tags.values_list("pk", flat=True)),
        bylines=_bylines(text),
        lead_image_id=picture.pk if picture else None,
        lead_caption=text["caption"],
        lead_credit=text["credit"],
        related_ids=[stories[key].pk for key in text.items_of("related") if key in stories],
        is_front_lead=text["lead"] == "1",
    )


def _series_id(text: Text) -> int | None:
    key = key_of("Series", text["series"])
    row = Series.objects.filter(translation_key=key, language=text["language"]).first() if text["series"] else None
    return row.pk if row else None


def _bylines(text: Text) -> list[BylineEntry]:
    entries = []
    for item in text.items_of("authors"):
        key, _slash, role = item.partition("/")
        entries.append(BylineEntry(author_id=Author.objects.get(slug=key).pk, role=ROLES.get(role, Byline.Role.WORDS)))
    return entries


def resolve_references(body: str, stories: dict[str, Article], pictures: dict[str, Image]) -> str:
    """The files name pictures and stories by key; bodies are stored with ids."""

    def to_id(match: re.Match[str]) -> str:
        kind, key = match.groups()
        if kind == "image":
            return f'data-image="{pictures[key].pk}"'
        return f'data-article="{stories[key].pk}"'

    return _REFERENCE.sub(to_id, body)


def _seed_pages(pictures: dict[str, Image]) -> None:
    for text in sorted(read_texts("pages"), key=lambda text: bool(text["translation_of"])):
        key = key_of("Page", text["translation_of"] or text["key"])
        if Page.objects.filter(translation_key=key, language=text["language"]).exists():
            continue
        page = create_page(
            user=None,
            language=text["language"],
            content=PageContent(
                headline=text["headline"], deck=text["deck"], slug=text["slug"],
                body=resolve_references(text.body, {}, pictures),
            ),
        )  # fmt: skip
        page.translation_key = key
        page.save(update_fields=["translation_key"])
        publish_page(user=None, page=page)
