"""Fetching what belongs to one person: a stranger gets 404, as if there were nothing."""

from typing import Any, TypeVar

from django.db import models
from django.http import Http404
from django.shortcuts import get_object_or_404

Row = TypeVar("Row", bound=models.Model)


def get_owned_or_404(queryset: models.QuerySet[Row], member: Any, *, owner: str = "member", **lookup: Any) -> Row:
    """The one row of `queryset` that `lookup` names and that belongs to `member` by the field `owner`. Raises Http404
    for a row of somebody else exactly as for one that does not exist, and for whoever is not signed in."""
    if not getattr(member, "is_authenticated", False):
        raise Http404
    return get_object_or_404(queryset.filter(**{owner: member}), **lookup)
