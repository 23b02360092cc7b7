"""What the room's admins share: who acts, and a verb's refusal said in a message."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import ngettext

from members.voting.errors import VotingError

STATE_COLOURS = {
    "suggested": "warning", "open": "info", "commissioned": "info", "published": "success", "declined": "danger",
    "promised": "info", "withdrawn": "danger", "planned": "warning", "closed": "success",
}  # fmt: skip


def person(request: HttpRequest) -> Any:
    """Who acts: the admin lets nobody in who is not signed in, which the request's type does not know."""
    return request.user


def run_each(request: HttpRequest, queryset: QuerySet[Any], verb: Callable[[Any], object]) -> None:
    """Calls the verb for each row; says how many went well and, for the others, why not."""
    done = 0
    for row in queryset:
        try:
            verb(row)
        except VotingError as error:
            messages.error(request, f"{row}: {error}")
        else:
            done += 1
    if done:
        messages.success(request, ngettext("Done for one.", "Done for %(count)s.", done) % {"count": done})


class FollowsParent:
    """Whoever may look after the parent may look after its rows."""

    parent_model: type[Model]

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may(request, "view") or self._may(request, "change")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may(request, "change")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may(request, "change")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._may(request, "change")

    def _may(self, request: HttpRequest, action: str) -> bool:
        return request.user.has_perm(f"members.{action}_{self.parent_model._meta.model_name}")
