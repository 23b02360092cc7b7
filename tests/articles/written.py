"""Stories for tests, made by the same verbs as real ones."""

from io import BytesIO

from PIL import Image as Pillow

from articles.content import BylineEntry, StoryContent
from articles.models import Author, Section
from articles.pictures import add_image
from articles.publishing import publish
from articles.revising import create_article

BODY = "<p>At 22:31 a deckhand winds tape round the cradle of the third life raft.</p>"


def make_section(name="The port", language="en"):
    slug = name.lower().replace(" ", "-")
    return Section.objects.get_or_create(language=language, slug=slug, defaults={"name": name})[0]


def make_author(name="Tobin Aldercott"):
    return Author.objects.get_or_create(slug=name.lower().replace(" ", "-"), defaults={"name": name})[0]


def make_content(language="en", **fields):
    """Content that may be published."""
    values = {
        "headline": "The night ferry failed seven inspections",
        "deck": "It sailed after every one.",
        "body": BODY,
        "section_id": make_section(language=language).pk,
        "bylines": [BylineEntry(author_id=make_author().pk, role="words")],
    }
    return StoryContent(**{**values, **fields})


def write_story(user=None, language="en", **fields):
    return create_article(user=user, language=language, content=make_content(language, **fields))


def publish_story(user=None, **fields):
    return publish(user=None, article=write_story(user, **fields))


def picture_file(size=(64, 40), colour="navy", name="ferry.png", kind="PNG", **options):
    file = BytesIO()
    Pillow.new("RGB", size, colour).save(file, kind, **options)
    file.seek(0)
    file.name = name
    return file


def make_image(alt="A ferry at night", **options):
    return add_image(user=None, file=picture_file(**options), title="Ferry", alt=alt)
