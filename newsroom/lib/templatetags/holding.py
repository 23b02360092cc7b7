"""What the desk says of a hold."""

from django import template

from newsroom.lib.models import Hold

register = template.Library()


@register.simple_tag
def current_hold() -> Hold | None:
    """Asked of the database each time, as the senders do."""
    return Hold.objects.first()
