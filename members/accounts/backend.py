"""Rights come from roles alone."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import Permission
from django.db.models import QuerySet


class RolesBackend(ModelBackend):
    """A member has the rights of their groups. Nobody is given a right of their own here, so nobody's are looked for:
    that spares every page of the desk a query."""

    def _get_user_permissions(self, user_obj: Any) -> QuerySet[Permission]:
        return Permission.objects.none()
