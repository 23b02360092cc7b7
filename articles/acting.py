"""Who acts on a story: a member of staff, or the system itself (the clock, a command, an import), which is None."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from articles.models import Article, PublishingLoan
from articles.models.publication import State

Actor = Any  # a Member or None; members stands above this app and is not imported here

IS_EDITOR = Q(is_superuser=True) | Q(
    groups__permissions__codename="publish_article", groups__permissions__content_type__app_label="articles"
)
WRITABLE_BY_AUTHOR = (State.DRAFT, State.IN_REVIEW)


def acting_user(request: HttpRequest) -> Actor:
    """Who is signed in at the desk."""
    return request.user


def may(user: Actor, permission: str) -> bool:
    return user is None or user.has_perm(f"articles.{permission}")


def may_edit(user: Actor, article: Article) -> bool:
    """An editor any story; a writer their own until it is scheduled or published, or as long as they may publish."""
    if may(user, "publish_article"):
        return True
    if not _is_own(user, article):
        return False
    return article.state in WRITABLE_BY_AUTHOR or _holds_loan(user)


def may_publish(user: Actor, article: Article | None = None) -> bool:
    """An editor any story; a writer their own on the days for which a publisher lent them the right. Without a story:
    one that is not written yet."""
    if may(user, "publish_article"):
        return True
    return (article is None or _is_own(user, article)) and _holds_loan(user)


def _is_own(user: Actor, article: Article) -> bool:
    return may(user, "change_article") and article.created_by_id == user.pk


def _holds_loan(user: Actor) -> bool:
    return PublishingLoan.objects.running().filter(writer_id=user.pk).exists()


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


def check_may_see(user: Actor, article: Article) -> None:
    if not may_see(user, article):
        raise PermissionDenied(_("This story is another writer's. Ask an editor."))


def check_may_publish(user: Actor, article: Article) -> None:
    if not may_publish(user, article):
        raise PermissionDenied(_("Your role does not allow this. Ask an editor or a publisher."))


def editors() -> QuerySet[Any]:
    """Whoever may publish any story: the desk."""
    return _staff(IS_EDITOR)


def writers_of(article: Article, author_ids: Iterable[int]) -> QuerySet[Any]:
    """Who began the story, and who has an account among the authors."""
    return _staff(Q(pk=article.created_by_id) | Q(author__in=author_ids))


def concerned_with(article: Article, author_ids: Iterable[int]) -> QuerySet[Any]:
    """Both: all to whom a word on the story can be addressed."""
    return _staff(IS_EDITOR | Q(pk=article.created_by_id) | Q(author__in=author_ids))


def _staff(which: Q) -> QuerySet[Any]:
    staff = get_user_model()._default_manager.filter(is_staff=True, is_active=True)
    return staff.filter(which).distinct().order_by("pk")


def actor_label(user: Actor) -> str:
    """What the audit calls one who is not a person."""
    return "system" if user is None else str(user)
