"""What the page of a conflict asks of its data."""

from collections.abc import Mapping

from django import template

from articles.conflicts import Choice, Stretch
from articles.sanitising import plain_text

register = template.Library()


@register.simple_tag
def decision(choice: Choice, chosen: Mapping[str, str]) -> str:
    """What was chosen before the page came back; else what is proposed."""
    return chosen.get(choice.name, choice.proposed)


@register.filter
def lines(stretch: Stretch) -> list[str]:
    """The words of blocks that are the same in both, a line for each."""
    return plain_text("".join(stretch.theirs)).splitlines()
