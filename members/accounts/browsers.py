"""Where a member is signed in: one row beside each session, for its owner to look at and to end.

allauth's own `usersessions` was passed over: it asks for a network address that it never forgets, keeps all that a
browser says about itself, and writes a row at each request.
"""

import re
import time
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from members.accounts.models import Member, SignedInBrowser
from newsroom.lib.audit import record

SEEN_EVERY = timedelta(hours=1)  # what "last seen" is true to
_MOST_NOTED = 20_000
# The first that fits: most browsers also name those that they want to be taken for.
_BROWSERS = (
    ("Edge", r"\bEdg(e|A|iOS)?/"), ("Opera", r"\b(OPR|OPT|Opera)/"), ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Vivaldi", r"\bVivaldi/"), ("Yandex", r"\bYaBrowser/"), ("Firefox", r"\b(Firefox|FxiOS|Focus)/"),
    ("Chrome", r"\b(Chrome|CriOS|Chromium|HeadlessChrome)/"), ("Safari", r"\bSafari/"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", r"\biPhone\b"), ("iPad", r"\biPad\b"), ("Android", r"\bAndroid\b"), ("Windows", r"\bWindows\b"),
    ("macOS", r"\bMac(intosh| OS X)\b"), ("ChromeOS", r"\bCrOS\b"), ("Linux", r"\bLinux\b"),
)  # fmt: skip
_noted: dict[str, float] = {}  # session keys that this process has written down, and when (monotonic seconds)


def note_browser(request: HttpRequest, member: Member, *, signed_in_at: datetime | None = None) -> None:
    """Writes the session down as seen now, at most once an hour in each process. `signed_in_at` is for a session that
    has got a new key."""
    key, now = request.session.session_key, time.monotonic()
    if key is None or now - _noted.get(key, float("-inf")) < SEEN_EVERY.total_seconds():
        return
    if len(_noted) >= _MOST_NOTED:
        _noted.clear()
    if not SignedInBrowser.objects.filter(session_key=key, member=member).update(last_seen_at=timezone.now()):
        _write_down(request, member, signed_in_at or timezone.now())
    _noted[key] = now


def _write_down(request: HttpRequest, member: Member, since: datetime) -> None:
    """Two requests at once make one row: PostgreSQL's unique index decides."""
    said = request.headers.get("User-Agent", "")
    row = SignedInBrowser(
        member=member, session_key=request.session.session_key, signed_in_at=since,
        browser=_find(_BROWSERS, said), system=_find(_SYSTEMS, said),
    )  # fmt: skip
    SignedInBrowser.objects.bulk_create([row], ignore_conflicts=True)


def _find(kinds: tuple[tuple[str, str], ...], said: str) -> str:
    return next((name for name, sign in kinds if re.search(sign, said)), "")


def signed_in_browsers(member: Member, session: SessionBase) -> list[dict[str, Any]]:
    """For the account page, this browser first and then as they were last seen: `pk`, `browser`, `system`,
    `signed_in_at`, `last_seen_at`, `is_here`."""
    rows = member.signed_in_browsers.standing().order_by("-last_seen_at")
    shown = [
        {
            "pk": row.pk, "browser": row.browser, "system": row.system, "signed_in_at": row.signed_in_at,
            "last_seen_at": row.last_seen_at, "is_here": row.session_key == session.session_key,
        }
        for row in rows
    ]  # fmt: skip
    return sorted(shown, key=lambda row: not row["is_here"])


def sign_out_browser(*, user: Member, browser: SignedInBrowser) -> None:
    """Ends that session at once. The caller has made sure that it is `user`'s own."""
    with transaction.atomic():
        Session.objects.filter(session_key=browser.session_key).delete()
        SignedInBrowser.objects.filter(pk=browser.pk).delete()
        record("member.signed_out_browser", actor=user, target=user)


def forget_browsers(member: Member) -> None:
    """For whoever ends all sessions of `member`: they are listed no more."""
    SignedInBrowser.objects.filter(member=member).delete()


def signed_in_since(request: HttpRequest) -> datetime | None:
    """When this browser signed in, as far as it was written down."""
    rows = SignedInBrowser.objects.filter(session_key=request.session.session_key)
    return rows.values_list("signed_in_at", flat=True).first()


def _signed_in(sender: Any, request: HttpRequest, user: Member, **_more: Any) -> None:
    if request.session.session_key is None:  # emptied for somebody else: it gets its key when it is saved
        request.session.save()
    note_browser(request, user)


def _signed_out(sender: Any, request: HttpRequest, user: Member | None, **_more: Any) -> None:
    SignedInBrowser.objects.filter(session_key=request.session.session_key).delete()


user_logged_in.connect(_signed_in, dispatch_uid="members.accounts.browsers.in")
user_logged_out.connect(_signed_out, dispatch_uid="members.accounts.browsers.out")
