"""The appeal, wherever a page asks."""

from django import template
from django.conf import settings
from django.utils.translation import get_language

from articles.models import Article
from members.patronage.audit_words import say_status
from members.patronage.campaigns import Appeal, make_appeal
from members.patronage.receipt_words import what_for

register = template.Library()
register.filter("status_words", say_status)
register.filter("what_for", what_for)


@register.inclusion_tag("members/_appeal.html")
def appeal(article: Article | None = None) -> dict[str, Appeal | None]:
    """The running campaign in the story's language, or in the page's where there is no story."""
    if article is None:
        return {"campaign": make_appeal(get_language() or settings.LANGUAGE_CODE)}
    return {"campaign": make_appeal(article.language, article_id=article.pk)}
