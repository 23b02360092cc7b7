"""The sign-up form that other pages carry."""

from typing import Any

from django import template

from newsletters import showing
from newsletters.models import Newsletter

register = template.Library()


@register.inclusion_tag("newsletters/_signup.html", takes_context=True)
def newsletter_signup(context: dict[str, Any], wanted: Newsletter | None = None) -> dict[str, Any]:
    """The wanted newsletter with a form, while it is offered; else the first of the page's language, or nothing."""
    offered = showing.offered(context["LANGUAGE_CODE"])
    return {"newsletter": wanted if wanted in offered else next(iter(offered), None)}
