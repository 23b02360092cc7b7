"""Sections, tags, series and authors: live rows, each with an address at which its stories are listed. What is saved is
what readers see, and an address that changes leads to the new one for ever."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from articles.acting import Actor, check_may
from articles.models import Author, Redirect, Section, Series, Tag
from articles.moving import PublishingError
from newsroom.lib.audit import record
from newsroom.lib.page_cache import purge

Listed = Section | Tag | Series | Author


def save_listed(*, user: Actor, row: Listed) -> None:
    """Writes the row, new or changed, and leaves a redirect at each address that it had and has no more. Raises
    PermissionDenied, and PublishingError for an address that leads elsewhere."""
    kind, is_new = row._meta.model_name or "", row._state.adding
    check_may(user, f"{'add' if is_new else 'change'}_{kind}")
    with transaction.atomic():
        before = None if is_new else type(row)._default_manager.select_for_update().get(pk=row.pk)
        if leads_elsewhere(row):
            raise PublishingError(taken_sentence())
        row.save()
        if before is not None:
            _move_addresses(before, row, kind)
        record(f"{kind}.{'changed' if before else 'added'}", actor=user, target=row)
        purge(_keys_of(row))


def delete_listed(*, user: Actor, row: Listed) -> None:
    """With the redirects that lead to it. What stories use is refused by the database (ProtectedError) or by whoever
    asks (`articles.keeping`). Raises PermissionDenied."""
    kind = row._meta.model_name or ""
    check_may(user, f"delete_{kind}")
    with transaction.atomic():
        record(f"{kind}.deleted", actor=user, target=row)
        purge(_keys_of(row))
        row.delete()


def leads_elsewhere(row: Listed) -> bool:
    """Whether readers who come to the row's address, new perhaps, have been sent on to another from there."""
    there = Redirect.objects.filter(old_path__in=addresses_of(row))
    return (there.exclude(**{row._meta.model_name or "": row}) if row.pk else there).exists()


def taken_sentence() -> str:
    return _("Readers who know this address of old are led elsewhere from it: choose another.")


def addresses_of(row: Listed) -> list[str]:
    """An author has one in every language, all others one in their own."""
    if not isinstance(row, Author):
        return [row.get_absolute_url()]
    addresses = []
    for language in settings.LANGUAGE_CODES:
        with translation.override(language):
            addresses.append(row.get_absolute_url())
    return addresses


def _move_addresses(before: Listed, row: Listed, kind: str) -> None:
    now = addresses_of(row)
    Redirect.objects.filter(old_path__in=now).delete()  # it moved back
    for old in set(addresses_of(before)) - set(now):
        Redirect.objects.update_or_create(old_path=old, defaults={kind: row, "new_path": "", "gone_note": ""})


def _keys_of(row: Listed) -> set[str]:
    languages = settings.LANGUAGE_CODES if isinstance(row, Author) else [row.language]
    return {row.page_key, "menus"} | {f"{name}:{code}" for name in ("home", "sitemap") for code in languages}
