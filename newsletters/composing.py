"""An edition as HTML and as text, the same for all recipients but for one mark: the unsubscribe address."""

from typing import Any
from urllib.parse import urljoin

from django.conf import settings
from django.db.models.fields.files import FieldFile
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from articles.models import Article, Image
from newsletters.models import Edition, EditionItem, Newsletter
from newsroom.lib.letters import inline_styles
from newsroom.lib.site_settings import shown_settings

# Stands in the frozen texts where each recipient's own address goes.
UNSUBSCRIBE_MARK = "https://unsubscribe.invalid/this-reader"
COLUMN_PIXELS = 600
LARGEST_PICTURE_BYTES = 400_000


def visible_items(edition: Edition) -> list[EditionItem]:
    """The edition's stories that a reader may see now: one that was unpublished or is embargoed is left out."""
    visible = set(
        Article.objects.published().filter(pk__in=edition.items.values("article_id")).values_list("pk", flat=True)
    )
    items = edition.items.select_related("article__lead_image", "article__section").order_by("position", "id")
    return [item for item in items if item.article_id in visible]


def compose(edition: Edition, *, unsubscribe_url: str = UNSUBSCRIBE_MARK) -> tuple[str, str]:
    """`(html, text)` with absolute addresses, styles inlined."""
    with translation.override(edition.newsletter.language):
        context = edition_context(edition) | {"unsubscribe_url": unsubscribe_url}
        html = inline_styles(render_to_string("newsletters/email/edition.html", context))
        text = render_to_string("newsletters/email/edition.txt", context)
    return _plain_lines(html), _plain_lines(text).strip() + "\n"


def _plain_lines(text: str) -> str:
    """What came out of a form has CR LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def compose_story(story: Article) -> str:
    """A letter with this story alone, for its editors to see; `story` may be a draft, and is not asked whether it is
    published."""
    newsletters = Newsletter.objects.filter(language=story.language).order_by("position", "id")
    newsletter = newsletters.first() or Newsletter(name=_("Newsletter"), language=story.language)
    edition = Edition(newsletter=newsletter, subject=story.headline)
    with translation.override(story.language):
        context = edition_context(edition, [EditionItem(edition=edition, article=story)])
        context["unsubscribe_url"] = UNSUBSCRIBE_MARK
        return inline_styles(render_to_string("newsletters/email/edition.html", context))


def edition_context(edition: Edition, items: list[EditionItem] | None = None) -> dict[str, Any]:
    items = visible_items(edition) if items is None else items
    return {
        "edition": edition,
        "newsletter": edition.newsletter,
        "items": items,
        "lead_picture": _lead_picture(items),
        "site": shown_settings(edition.newsletter.language),
        "site_url": settings.SITE_URL,
        "subject": edition.subject,
        "language": edition.newsletter.language,
        "LANGUAGE_CODE": edition.newsletter.language,
        "web_url": settings.SITE_URL + edition.get_absolute_url() if edition.dated_on else "",
    }


def _lead_picture(items: list[EditionItem]) -> dict[str, Any] | None:
    """The first story's picture, scaled to the column."""
    image = items[0].article.lead_image if items else None
    if image is None or not image.width:
        return None
    height = round(COLUMN_PIXELS * image.height / image.width)
    return {"url": urljoin(settings.SITE_URL + "/", _picture_file(image).url), "height": height, "alt": image.alt}


def _picture_file(image: Image) -> FieldFile:
    """The original where it is small enough for a mail, since every mail program draws JPEG and PNG; else WebP of
    about twice the column."""
    try:
        if image.file.size <= LARGEST_PICTURE_BYTES and not str(image.file.name).endswith(".webp"):
            return image.file
    except OSError:  # the file is away; the address may still be served
        pass
    renditions = image.renditions.filter(format="webp", width__gte=COLUMN_PIXELS).order_by("width")
    rendition = renditions.first()
    return rendition.file if rendition else image.file
