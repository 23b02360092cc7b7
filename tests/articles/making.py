"""Stories for the tests of what readers see, made by the desk's own verbs."""

from datetime import timedelta
from io import BytesIO
from itertools import count

from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image as Pillow

from articles.content import BylineEntry, PageContent, StoryContent
from articles.models import Author, Image, Rendition, Section, Series, Tag
from articles.publishing import publish, publish_page
from articles.revising import create_article, create_page

_numbers = count(1)


def days(number):
    return timedelta(days=number)


def section(slug="city", language="en", **fields):
    return Section.objects.get_or_create(slug=slug, language=language, defaults={"name": slug.title(), **fields})[0]


def tag(slug="ferries", language="en", **fields):
    return Tag.objects.get_or_create(slug=slug, language=language, defaults={"name": slug.title(), **fields})[0]


def series(slug="the-port", language="en", **fields):
    return Series.objects.get_or_create(slug=slug, language=language, defaults={"name": slug.title(), **fields})[0]


def author(slug="olena-marsh", **fields):
    return Author.objects.get_or_create(slug=slug, defaults={"name": slug.replace("-", " ").title(), **fields})[0]


def by(writer, role="words"):
    return BylineEntry(author_id=writer.pk, role=role)


def draft(language="en", translation_of=None, **fields):
    """A story that nobody published; `fields` are those of StoryContent."""
    number = next(_numbers)
    content = {
        "headline": f"Headline {number}",
        "deck": f"Deck {number}",
        "body": f"<p>Body {number}</p>",
        "section_id": section(language=language).pk,
        "bylines": [by(author())],
        **fields,
    }
    return create_article(
        user=None, language=language, content=StoryContent(**content), translation_of=translation_of
    )  # fmt: skip


def story(language="en", ago=timedelta(hours=1), translation_of=None, **fields):
    """A story that was published `ago`."""
    written = draft(language, translation_of, **fields)
    return publish(user=None, article=written, at=timezone.now() - ago)


def stories(number, **fields):
    """Newest first, an hour apart."""
    return [story(ago=timedelta(hours=hours), **fields) for hours in range(1, number + 1)]


def page(slug="about", language="en", **fields):
    content = {"headline": slug.title(), "body": "<p>Who we are.</p>", "slug": slug, **fields}
    written = create_page(user=None, language=language, content=PageContent(**content))
    return publish_page(user=None, page=written)


def picture(**fields):
    """With the rows of its renditions; no page reads their files."""
    image = Image.objects.create(title="A boat", file=ContentFile(_png(), "boat.png"), **{"alt": "A boat", **fields})
    for width in (480, 1280):
        Rendition.objects.create(
            image=image, width=width, height=width * 9 // 16, format="webp", file=f"renditions/{image.pk}-{width}.webp"
        )
    return image


def _png():
    out = BytesIO()
    Pillow.new("RGB", (32, 18)).save(out, "PNG")
    return out.getvalue()
