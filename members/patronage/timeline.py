"""What happened with a member, newest first: money, mail, rights, notes and the audit, each with what caused it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from members.accounts.models import Member
from members.patronage.audit_words import About, say_action, say_details, say_reason, say_status, say_why
from members.patronage.checkout import THANKS
from members.patronage.models import (
    Declaration,
    Dispute,
    MemberNote,
    Payment,
    Period,
    Refund,
    StripeEvent,
    Tier,
)
from newsroom.lib.audit import TASK
from newsroom.lib.models import AuditEntry, Letter
from newsroom.lib.money import Money

SHOWN = 200
DAY = "j E Y"
EACH = 100  # of a kind
NAMED = ("evt_", "drift:")  # also where a person did it


@dataclass(frozen=True)
class Entry:
    """`cause` is the request, Stripe event or repair that led to it; `cause_name` says it and `cause_url` shows it,
    where there is something to look at."""

    at: datetime
    kind: str  # money, mail, rights, note, audit, consent, declaration
    text: str
    detail: str = ""
    url: str = ""
    cause: str = ""
    cause_name: str = ""
    cause_url: str = ""


def timeline_of(member: Member, also: Iterable[Entry] = ()) -> list[Entry]:
    """At most `SHOWN` entries; a fixed number of queries. `also` is what the apps above know."""
    parts = (_money(member), _refunds(member), _disputes(member), _rights(member), _mail(member), _notes(member))
    entries = [entry for part in (*parts, _declarations(member), _audit(member), also) for entry in part]
    entries.sort(key=lambda entry: entry.at, reverse=True)
    return _with_causes(entries[:SHOWN])


def _money(member: Member) -> Iterator[Entry]:
    for row in Payment.objects.filter(member=member).order_by("-id")[:EACH]:
        text = f"{row.get_kind_display().capitalize()}: {row.money} · {say_status(row.status)}"
        url = reverse("admin:members_payment_change", args=[row.pk])
        yield Entry(row.paid_at or row.created_at, "money", text, row.receipt_number, url)


def _refunds(member: Member) -> Iterator[Entry]:
    for row in Refund.objects.filter(payment__member=member).order_by("-id")[:EACH]:
        text = _("Refund: %(money)s") % {"money": Money(row.amount, row.currency)}
        yield Entry(row.created_at, "money", f"{text} · {say_status(row.status)}", say_reason(row.reason))


def _disputes(member: Member) -> Iterator[Entry]:
    for row in Dispute.objects.filter(payment__member=member).order_by("-id")[:EACH]:
        text = _("Dispute: %(money)s") % {"money": Money(row.amount, row.currency)}
        yield Entry(row.created_at, "money", f"{text} · {say_status(row.status)}", say_reason(row.reason))


def _rights(member: Member) -> Iterator[Entry]:
    for row in Period.objects.filter(member=member).select_related("tier", "granted_by").order_by("-id")[:EACH]:
        starts, ends = timezone.localtime(row.starts_at), timezone.localtime(row.ends_at)
        days = f"{date_format(starts, DAY)} – {date_format(ends, DAY)}"
        text = f"{row.tier.shown_name}: {days} ({row.get_cause_display()})"
        why = say_why(row.revoked_why)
        detail = _("taken back: %(why)s") % {"why": why} if row.revoked_at else str(row.granted_by or "")
        yield Entry(row.created_at, "rights", text, detail, reverse("admin:members_period_change", args=[row.pk]))


def _mail(member: Member) -> Iterator[Entry]:
    letters = Letter.objects.filter(member=member).defer("text", "html", "headers").order_by("-id")[:EACH]
    for row in letters:
        yield Entry(row.sent_at or row.created_at, "mail", row.subject, row.get_state_display())


def _declarations(member: Member) -> Iterator[Entry]:
    rows = Declaration.objects.filter(member=member).prefetch_related("effects__subscription", "effects__payment")
    for row in rows.order_by("-id")[:EACH]:
        came_of_it = " ".join(effect.sentence for effect in row.effects.all())
        url = reverse("admin:members_declaration_change", args=[row.pk])
        yield Entry(row.made_at, "declaration", str(row).capitalize(), came_of_it, url)


def _notes(member: Member) -> Iterator[Entry]:
    for row in MemberNote.objects.filter(member=member).select_related("written_by")[:EACH]:
        yield Entry(row.created_at, "note", row.text, str(row.written_by))


def _audit(member: Member) -> Iterator[Entry]:
    """Of the member, and of the subscriptions, checkouts, payments and gifts that are theirs."""
    wanted = Q(target_type="members.member", target_id=str(member.pk))
    about = About(tiers={tier.key: tier.shown_name for tier in Tier.objects.all()})
    for name in ("gifts_given", "gifts_received"):
        given = getattr(member, name).order_by("-id").values_list("pk", flat=True)[:EACH]
        wanted |= Q(target_type="members.gift", target_id__in=[str(pk) for pk in given])
    for name in ("subscriptions", "payments", "checkouts"):
        rows = getattr(member, name)
        kind = rows.model._meta.label_lower
        found = list(rows.order_by("-id").values_list("pk", "amount", "currency")[:EACH])
        about.money.update({(kind, str(pk)): Money(amount, currency) for pk, amount, currency in found})
        wanted |= Q(target_type=kind, target_id__in=[str(pk) for pk, _amount, _currency in found])
    for row in AuditEntry.objects.filter(wanted).order_by("-id")[:EACH]:
        cause = row.request_id if row.actor_id is None or row.request_id.startswith(NAMED) else ""
        yield Entry(row.at, "audit", say_action(row), say_details(row, about), cause=cause)


def _with_causes(entries: list[Entry]) -> list[Entry]:
    """Causes that are events of Stripe's lead to the event, repairs to what was compared."""
    named = {entry.cause for entry in entries if entry.cause.startswith("evt_")}
    known = {row.event_id: row for row in StripeEvent.objects.filter(event_id__in=named)} if named else {}
    return [_with_cause(entry, known) for entry in entries]


def _with_cause(entry: Entry, events: dict[str, StripeEvent]) -> Entry:
    event = events.get(entry.cause)
    if event is not None:
        name = _("Stripe’s event %(type)s") % {"type": event.type}
        return replace(entry, cause_name=name, cause_url=reverse("admin:members_stripeevent_change", args=[event.pk]))
    if entry.cause.startswith("drift:"):
        return replace(entry, cause_name=_("a repair"), cause_url=reverse("admin:members_drift_changelist"))
    return replace(entry, cause_name=_name_cause(entry.cause))


def _name_cause(cause: str) -> str:
    """Whoever was faster than the event: what has nothing to look at has a name alone."""
    if cause.startswith("evt_"):
        return _("an event of Stripe’s that is not kept any more")
    if cause.startswith(THANKS):
        return _("the thanks page, before Stripe’s event")
    if cause.startswith(TASK):
        return _("a task that looked by itself (%(name)s)") % {"name": cause.removeprefix(TASK)}
    return _("something pressed on the site") if cause else ""
