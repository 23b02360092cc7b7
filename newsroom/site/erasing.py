"""Forgetting a member. Asked for with a fresh code, then owed by an Outbox row until it is done: first everything ends
at Stripe, then our rows lose the person. What tax law makes us keep (payments, receipts) stays, leading to a row
without a name; so do ballots, without which a count would change. A Suppression is a keyed hash and stays."""

import secrets
from collections.abc import MutableMapping
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from members.accounts.correcting import ADDRESS_ASKED
from members.accounts.models import AddressChange, Member, SignedInBrowser, SignInLink, StaffLink
from members.accounts.thanking import THANKS_KEY
from members.patronage.forgetting import forget_gifts_of
from members.patronage.leaving import forget_at_stripe
from members.patronage.models import Declaration, MemberNote, Subscription, SupportChange
from members.voting.models import Topic
from newsletters.addresses import suppress
from newsletters.models import Signup, Suppression
from newsroom.lib.audit import record
from newsroom.lib.letters import write_letter
from newsroom.lib.limits import Limit, count_against
from newsroom.lib.models import AuditEntry, Letter
from newsroom.lib.outbox import owe
from newsroom.lib.page_cache import purge

ERASE = "member.erase"  # the kind of the Outbox row
CODE_LASTS = timedelta(minutes=10)
CODES = Limit("erase-codes", 5, 3600)
TRIES = Limit("erase-tries", 5, 600)
KEY = "erase_code"  # in the session


class ErasureRefused(Exception):  # noqa: N818
    """The text can be shown to a person."""


def send_erase_code(*, member: Member, session: MutableMapping[str, Any]) -> None:
    """A fresh code to the member's address; an earlier one is worth nothing any more. Raises ErasureRefused for staff,
    and TooMany."""
    _refuse_staff(member)
    count_against(CODES, f"member:{member.pk}")
    code = f"{secrets.randbelow(10**6):06}"
    session[KEY] = {"hash": _hash(member, code), "at": timezone.now().timestamp()}
    write_letter(
        "members/erase_code",
        cause=f"erase-code:{member.pk}:{secrets.token_hex(8)}",
        to_email=member.email or "",
        language=member.language,
        member_id=member.pk,
        is_urgent=True,
        expires_at=timezone.now() + CODE_LASTS,
        context={"code": code, "minutes": int(CODE_LASTS.total_seconds() // 60)},
    )


def _refuse_staff(member: Member) -> None:
    if member.is_staff or member.is_superuser:
        raise ErasureRefused(_("You work here. Ask a publisher to end your access first; then you can be erased."))


def _hash(member: Member, code: str) -> str:
    return salted_hmac("newsroom.site.erasing", f"{member.pk}:{code}", algorithm="sha256").hexdigest()


def ask_erasure(*, member: Member, code: str, session: MutableMapping[str, Any], is_suppressing: bool = False) -> None:
    """Closes the account at once and owes its erasure. With `is_suppressing` neither newsletters nor news of
    a gift go to the address ever again. Raises ErasureRefused for a wrong or old code, and TooMany."""
    _refuse_staff(member)
    count_against(TRIES, f"member:{member.pk}")
    known = session.get(KEY) or {}
    is_fresh = abs(timezone.now().timestamp() - known.get("at", 0)) <= CODE_LASTS.total_seconds()
    if not is_fresh or not constant_time_compare(known.get("hash", ""), _hash(member, code)):
        raise ErasureRefused(_("This code is wrong or too old. Ask for a new one."))
    del session[KEY]
    with transaction.atomic():
        Member.objects.filter(pk=member.pk).update(
            is_active=False, session_generation=F("session_generation") + 1, display_name=""
        )
        if is_suppressing and member.email:
            suppress(member.email, Suppression.Reason.ERASED)
        record("member.erasure_asked", actor=member, target=member)
        owe(ERASE, member.pk, member_id=member.pk)
        purge([THANKS_KEY])


def erase_member(*, member_id: int) -> None:
    """The follow-up of `ask_erasure`; safe to run twice. Raises while Stripe does not answer, and is tried again: no
    name goes before the last euro has stopped."""
    member = Member.objects.get(pk=member_id)
    if member.erased_at is not None:
        return
    forget_at_stripe(member=member)
    with transaction.atomic():
        row = Member.objects.select_for_update(no_key=True).get(pk=member_id)
        _erase_around(row)
        _blank(row)
        record("member.erased", actor_label="system", target=row)
    purge([THANKS_KEY])


def _erase_around(member: Member) -> None:
    Signup.objects.filter(member=member).exclude(state=Signup.State.LEFT).update(
        state=Signup.State.LEFT, left_at=timezone.now()
    )
    Signup.objects.filter(member=member).update(source="", network_hash="")
    forget_gifts_of(member)
    letters = Letter.objects.filter(Q(member=member) | Q(to_email=member.email or None))
    letters.filter(state=Letter.State.QUEUED).delete()
    letters.update(to_email="", subject="", text="", html="", headers={}, member=None)
    Topic.objects.filter(suggested_by=member).update(suggested_by=None)
    SupportChange.objects.filter(member=member).update(comment="")
    Subscription.objects.filter(member=member).update(fingerprint="")
    Declaration.objects.filter(member=member, state=Declaration.State.ASKED).delete()
    Declaration.objects.filter(member=member).update(given="", name="")
    browsers = SignedInBrowser.objects.filter(member=member)
    Session.objects.filter(session_key__in=browsers.values("session_key")).delete()
    for model in (EmailAddress, Authenticator):
        model.objects.filter(user=member).delete()
    for model in (StaffLink, SignInLink, SignedInBrowser, AddressChange, MemberNote):
        model.objects.filter(member=member).delete()
    label = f"member {member.pk}"
    AuditEntry.objects.filter(actor=member).update(actor_label=label)
    own = AuditEntry.objects.filter(target_type="members.member", target_id=str(member.pk))
    own.update(target_label=label)
    own.filter(action=ADDRESS_ASKED).update(details={})  # somebody's words on why
    logged = LogEntry.objects.filter(content_type__app_label="members", content_type__model="member")
    logged.filter(object_id=str(member.pk)).update(object_repr=label)


def _blank(member: Member) -> None:
    member.groups.clear()
    member.email, member.erased_at, member.is_active = None, timezone.now(), False
    member.name = member.display_name = member.time_zone = ""
    member.last_login, member.password = None, make_password(None)
    member.save()
