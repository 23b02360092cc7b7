"""What the desk's actions share: who acts, and a verb's refusal said in a message."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import ngettext


def person(request: HttpRequest) -> Any:
    """Who acts: the desk lets nobody in who is not signed in, which the request's type does not know."""
    return request.user


def run_each(
    request: HttpRequest, queryset: QuerySet[Any], verb: Callable[[Any], object], *refusals: type[Exception]
) -> None:
    """Calls the verb for each row; says how many went well and, for those refused, why not."""
    done = 0
    for row in queryset:
        try:
            verb(row)
        except refusals as error:
            messages.error(request, f"{row}: {error}")
        else:
            done += 1
    if done:
        messages.success(request, ngettext("Done for one.", "Done for %(count)s.", done) % {"count": done})
