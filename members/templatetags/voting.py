"""What other pages show of the vote."""

from typing import Any

from django import template
from django.conf import settings
from django.utils.translation import get_language

from articles.models import Article
from members.voting import showing
from members.voting.models import Commission
from newsroom.lib.page_cache import note_keys

register = template.Library()


@register.inclusion_tag("members/_commissioned.html")
def commissioned_by(article: Article) -> dict[str, Any]:
    """The line of honour: "commissioned by 412 patrons", on a story that readers asked for, in any translation."""
    commission = (
        Commission.objects.filter(article__translation_key=article.translation_key)
        .exclude(state=Commission.State.WITHDRAWN)
        .select_related("topic")
        .prefetch_related("topic__texts")
        .first()
    )
    if commission is not None:
        note_keys(commission.topic.page_key)
    return {"commission": commission}


@register.simple_tag
def leading_topics(limit: int = 3) -> dict[str, Any]:
    """`{% leading_topics as asked %}`: what leads the open round, in the page's language."""
    return showing.leading_topics(get_language() or settings.LANGUAGE_CODE, limit)
