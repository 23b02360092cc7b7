from typing import Any

from django import template
from django.utils.safestring import SafeString

from articles.models import Image
from articles.pictures import picture_html

register = template.Library()


@register.simple_tag
def picture(image: Image | None, sizes: str = "100vw", eager: bool = False, **attributes: Any) -> SafeString | str:
    """`{% picture image sizes="…" class="…" alt="…" eager=True %}`; nothing for no picture. `eager` is for the one at
    the top of a page: it is fetched first and not lazily."""
    if image is None:
        return ""
    return picture_html(
        image,
        sizes=sizes,
        css_class=attributes.get("class", ""),
        alt=attributes.get("alt"),
        is_eager=eager or bool(attributes.get("priority")),
    )
