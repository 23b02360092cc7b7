"""What the room's admins share: who acts, and a verb's refusal said in a message."""

from collections.abc import Callable
from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest

from members.voting.errors import VotingError
from newsroom.lib import desk_actions

STATE_COLOURS = {
    "suggested": "warning", "open": "info", "commissioned": "info", "published": "success", "declined": "danger",
    "promised": "info", "withdrawn": "danger", "planned": "warning", "closed": "success",
}  # fmt: skip


def run_each(request: HttpRequest, queryset: QuerySet[Any], verb: Callable[[Any], object]) -> None:
    desk_actions.run_each(request, queryset, verb, VotingError)


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
