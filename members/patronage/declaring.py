"""Declaring without signing in that support ends or that the contract is withdrawn from: the form, the letter with a
link, the one click. What is carried out then is `declarations`' concern, what comes of it `withdrawing`'s.

§ 312k BGB: a button that is always there leads to a page that asks for no more than who, what and when, and what was
declared is confirmed at once in text with its content, date and time and the moment of the end. Art. 11a of Directive
2011/83/EU asks the same of a withdrawal. An address typed into a form proves nothing, so its owner presses a button in
between; the time of receipt is that of the form.
"""

import re
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from members.accounts.addresses import find_member
from members.accounts.models import Member
from members.patronage.errors import NoSupport, ShownTooLongAgo
from members.patronage.models import Declaration, DeclaredEffect, Payment
from members.patronage.models.mirror import OWN_NUMBER
from members.patronage.withdrawing import Foreseen, foresee
from newsroom.lib.audit import record
from newsroom.lib.letters import write_letter
from newsroom.lib.models import Letter
from newsroom.lib.row_keys import read_key
from newsroom.lib.tokens import hash_token, new_token

LASTS = timedelta(days=7)  # the link
MOST_A_DAY = 5  # letters of one kind to one member, whatever is typed and by whom
LETTER = "members/declaration_confirm"
MOST_OWNERS = 3  # of one receipt number: Stripe's are unique in an account
State = Declaration.State


def declare(*, kind: str, given: str, language: str, name: str = "", reason: str = "") -> None:
    """Notes the declaration and writes to the address that the support belongs to; where there is none, nothing. Says
    nothing of which it was, and takes as long. `given` is an address or a receipt's number. Whose mailbox is full of
    such letters today gets no more of them, but what was declared and when is kept: somebody else may have filled it.
    """
    owners = _owners(given.strip())
    if not owners:
        _write_to_nobody(kind, language)
    for member in owners:
        with transaction.atomic():
            Member.objects.select_for_update(no_key=True).only("pk").get(pk=member.pk)
            is_written_to = not _is_flooded(member, kind)
            token = new_token()
            row = Declaration.objects.create(
                member=member, kind=kind, given=given.strip()[:254], name=name[:150], reason=reason, language=language,
                token_hash=hash_token(token), expires_at=timezone.now() + LASTS,
            )  # fmt: skip
            record(
                "declaration.made", actor_label="reader", target=member, kind=kind, declaration=row.pk,
                written=is_written_to,
            )  # fmt: skip
            if is_written_to:
                _write_to(row, token)
            else:
                _write_to_nobody(kind, language)


@transaction.atomic
def _write_to_nobody(kind: str, language: str) -> None:
    """The same work, undone: how long an answer takes would tell whether somebody gives."""
    row = Declaration(kind=kind, language=language, member=Member(), expires_at=timezone.now() + LASTS)
    _write_to(row, new_token())
    transaction.set_rollback(True)


def _owners(given: str) -> list[Member]:
    """Those with an address that can be written to: an erased member has none."""
    if "@" in given:
        found = find_member(given)
        members = [found] if found else []
    else:
        members = list({row.member for row in _numbered(given) if row.member})
    owners = [member.merged_into or member for member in members]
    return [member for member in owners if member.email and member.erased_at is None]


def _numbered(given: str) -> list[Payment]:
    """As it stands on the receipt, whatever spaces and small letters were typed."""
    number = re.sub(r"\s", "", given).upper()
    own = read_key(number.removeprefix(OWN_NUMBER).partition("-")[0]) if number.startswith(OWN_NUMBER) else None
    named = Q(pk=own) if own else Q(receipt_number=number) & ~Q(receipt_number="")
    paid = Payment.objects.filter(named, paid_at__isnull=False).select_related("member__merged_into")
    return [row for row in paid[:MOST_OWNERS] if row.number == number]


def _is_flooded(member: Member, kind: str) -> bool:
    """By letters and not by what was declared, or whoever goes on typing would keep them away for ever. Those of the
    day hold links that still work."""
    since = timezone.now() - timedelta(days=1)
    rows = Declaration.objects.filter(member=member, kind=kind, made_at__gt=since).values_list("pk", flat=True)
    letters = Letter.objects.filter(member=member, kind=LETTER, cause__in=[_cause(pk) for pk in rows])
    return letters.count() >= MOST_A_DAY


def _cause(name: int | str) -> str:
    return f"declaration-confirm:{name}"


def write_anew(*, member: Member, change_id: int, until: datetime) -> None:
    """The member's address changed at `until`: links to declarations that went to the one before end. Of each kind a
    new one goes to the address that holds now, for the earliest: what counts is when it reached us. Once for a change.
    Called in a transaction with the member's row locked."""
    asked = Declaration.objects.filter(member=member, state=State.ASKED, made_at__lt=until)
    told: set[str] = set()
    for row in asked.filter(expires_at__gt=timezone.now()).select_related("member").order_by("made_at", "pk"):
        cause = f"{_cause(row.pk)}:{change_id}"
        if not Letter.objects.filter(cause=cause).exists():
            Letter.objects.filter(cause=_cause(row.pk), state=Letter.State.QUEUED).delete()
            token = new_token()
            row.token_hash = hash_token(token)
            row.expires_at = timezone.now() + (timedelta() if row.kind in told else LASTS)
            row.save(update_fields=["token_hash", "expires_at"])
            if row.kind not in told:
                _write_to(row, token, cause=cause)
        told.add(row.kind)


def _write_to(row: Declaration, token: str, *, cause: str = "") -> None:
    with translation.override(row.language):
        path = reverse("members:declaration", args=[token])
    write_letter(
        LETTER,
        cause=cause or _cause(row.pk or token),
        to_email=row.member.email or "",
        language=row.language,
        member_id=row.member_id,
        is_urgent=True,
        expires_at=row.expires_at,
        context={"declaration": row, "member": row.member, "confirm_url": settings.SITE_URL + path},
    )


def declaration_of(token: str) -> Declaration | None:
    """What a link leads to, while it lasts; after the click it shows the receipt."""
    found = Declaration.objects.filter(token_hash=hash_token(token), expires_at__gt=timezone.now())
    return found.select_related("member").first()


def was_link(token: str) -> bool:
    """Whether a link was mailed that has run out since; nobody's guess was."""
    return Declaration.objects.filter(token_hash=hash_token(token)).exists()


def confirm_declaration(*, declaration: Declaration, is_ending: bool = False) -> Declaration:
    """The owner of the address has pressed the button: what comes of it is written down and the receipt is written,
    once, however often it is pressed. Carrying it out follows. `is_ending`: a withdrawal that came too late is to end
    the support instead. Raises NoSupport when nothing comes of it, and ShownTooLongAgo for an old link."""
    with transaction.atomic():
        Member.objects.select_for_update(no_key=True).only("pk").get(
            pk=declaration.member_id
        )  # two declarations in turn
        row = Declaration.objects.select_for_update(of=("self",)).select_related("member").get(pk=declaration.pk)
        if row.state != State.ASKED:
            return row
        if row.expires_at <= timezone.now():
            raise ShownTooLongAgo(_("This link is too old. Please fill in the form once more."))
        kind = Declaration.Kind.END if is_ending else Declaration.Kind(row.kind)
        foreseen = foresee(row, kind)
        if not foreseen.effects:
            raise NoSupport(" ".join(foreseen.notes))
        _confirm(row, kind, foreseen)
    return row


def _confirm(row: Declaration, kind: Declaration.Kind, foreseen: Foreseen) -> None:
    for effect in foreseen.effects:
        effect.declaration = row
    effects = DeclaredEffect.objects.bulk_create(foreseen.effects)
    row.state, row.carried_as, row.confirmed_at = State.CONFIRMED, kind, timezone.now()
    row.save(update_fields=["state", "carried_as", "confirmed_at"])
    record("declaration.confirmed", actor=row.member, target=row.member, kind=kind, declaration=row.pk)
    _write_receipt(row, effects, foreseen.notes)


def _write_receipt(row: Declaration, effects: list[DeclaredEffect], notes: list[str]) -> None:
    """At once and not when Stripe has answered: the declaration counts from its receipt here."""
    write_letter(
        "members/declaration_receipt",
        cause=f"declaration-receipt:{row.pk}",
        to_email=row.member.email or "",
        language=row.language,
        member_id=row.member_id,
        is_urgent=True,
        context={"declaration": row, "member": row.member, "effects": effects, "notes": notes},
    )
