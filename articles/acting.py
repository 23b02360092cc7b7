"""Who acts on a story: a member of staff, or the system itself (the clock, a command, an import), which is None."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import gettext as _

from articles.models import Article
from articles.models.publication import State

Actor = Any  # a Member or None; members stands above this app and is not imported here

WRITABLE_BY_AUTHOR = (State.DRAFT, State.IN_REVIEW)


def acting_user(request: HttpRequest) -> Actor:
    """Who is signed in at the desk."""
    return request.user


def may(user: Actor, permission: str) -> bool:
    return user is None or user.has_perm(f"articles.{permission}")


def may_edit(user: Actor, article: Article) -> bool:
    """An editor any story; a writer their own until it is scheduled or published."""
    if may(user, "publish_article"):
        return True
    return may(user, "change_article") and article.created_by_id == user.pk and article.state in WRITABLE_BY_AUTHOR


def may_see(user: Actor, article: Article) -> bool:
    """At the desk: an editor any story, a writer their own."""
    if may(user, "publish_article"):
        return True
    return may(user, "view_article") and article.created_by_id == user.pk


def check_may(user: Actor, permission: str) -> None:
    """Raises PermissionDenied with a sentence."""
    if not may(user, permission):
        raise PermissionDenied(_("Your role does not allow this. Ask an editor or a publisher."))


def check_may_edit(user: Actor, article: Article) -> None:
    if not may_edit(user, article):
        raise PermissionDenied(_("You may change your own stories until they are scheduled or published."))


def actor_label(user: Actor) -> str:
    """What the audit calls one who is not a person."""
    return "system" if user is None else str(user)
