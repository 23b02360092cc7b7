"""The sign-up form that other pages carry."""

from typing import Any

from django import template

from newsletters import showing

register = template.Library()


@register.inclusion_tag("newsletters/_signup.html", takes_context=True)
def newsletter_signup(context: dict[str, Any]) -> dict[str, Any]:
    """The first newsletter of the page's language with a form; nothing when none is offered."""
    return {"newsletter": next(iter(showing.offered(context["LANGUAGE_CODE"])), None)}
