"""What happened with a member, newest first: money, mail, rights, notes and the audit, each with what caused it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from members.accounts.models import Member
from members.patronage.models import Dispute, MemberNote, Payment, Period, Refund, StripeEvent
from newsroom.lib.models import AuditEntry, Letter
from newsroom.lib.money import Money

SHOWN = 200
EACH = 100  # of a kind


@dataclass(frozen=True)
class Entry:
    """`cause` is the request, Stripe event or repair that led to it; `cause_url` where it can be looked at."""

    at: datetime
    kind: str  # money, mail, rights, note, audit, consent
    text: str
    detail: str = ""
    url: str = ""
    cause: str = ""
    cause_url: str = ""


def timeline_of(member: Member, also: Iterable[Entry] = ()) -> list[Entry]:
    """At most `SHOWN` entries; a fixed number of queries. `also` is what the apps above know."""
    parts = (_money(member), _refunds(member), _disputes(member), _rights(member), _mail(member), _notes(member))
    entries = [entry for part in (*parts, _audit(member), also) for entry in part]
    entries.sort(key=lambda entry: entry.at, reverse=True)
    return _with_events(entries[:SHOWN])


def _money(member: Member) -> Iterator[Entry]:
    for row in Payment.objects.filter(member=member).order_by("-id")[:EACH]:
        text = f"{row.get_kind_display().capitalize()}: {row.money} · {row.status}"
        url = reverse("admin:members_payment_change", args=[row.pk])
        yield Entry(row.paid_at or row.created_at, "money", text, row.receipt_number, url)


def _refunds(member: Member) -> Iterator[Entry]:
    for row in Refund.objects.filter(payment__member=member).order_by("-id")[:EACH]:
        text = _("Refund: %(money)s") % {"money": Money(row.amount, row.currency)}
        yield Entry(row.created_at, "money", f"{text} · {row.status}", row.reason)


def _disputes(member: Member) -> Iterator[Entry]:
    for row in Dispute.objects.filter(payment__member=member).order_by("-id")[:EACH]:
        text = _("Dispute: %(money)s") % {"money": Money(row.amount, row.currency)}
        yield Entry(row.created_at, "money", f"{text} · {row.status}", row.reason)


def _rights(member: Member) -> Iterator[Entry]:
    for row in Period.objects.filter(member=member).select_related("tier", "granted_by").order_by("-id")[:EACH]:
        text = f"{row.tier}: {row.starts_at:%Y-%m-%d} – {row.ends_at:%Y-%m-%d} ({row.get_cause_display()})"
        detail = _("taken back: %(why)s") % {"why": row.revoked_why} if row.revoked_at else str(row.granted_by or "")
        yield Entry(row.created_at, "rights", text, detail, reverse("admin:members_period_change", args=[row.pk]))


def _mail(member: Member) -> Iterator[Entry]:
    letters = Letter.objects.filter(member=member).defer("text", "html", "headers").order_by("-id")[:EACH]
    for row in letters:
        yield Entry(row.sent_at or row.created_at, "mail", row.subject, row.get_state_display())


def _notes(member: Member) -> Iterator[Entry]:
    for row in MemberNote.objects.filter(member=member).select_related("written_by")[:EACH]:
        yield Entry(row.created_at, "note", row.text, str(row.written_by))


def _audit(member: Member) -> Iterator[Entry]:
    """Of the member, and of the subscriptions, checkouts, payments and gifts that are theirs."""
    about = Q(target_type="members.member", target_id=str(member.pk))
    for name in ("subscriptions", "payments", "checkouts", "gifts_given", "gifts_received"):
        rows = getattr(member, name)
        ids = [str(pk) for pk in rows.order_by("-id").values_list("pk", flat=True)[:EACH]]
        about |= Q(target_type=rows.model._meta.label_lower, target_id__in=ids)
    for row in AuditEntry.objects.filter(about).order_by("-id")[:EACH]:
        said = ", ".join(f"{name}: {value}" for name, value in row.details.items())
        yield Entry(
            row.at, "audit", row.action, " · ".join(filter(None, (row.actor_label, said))), cause=row.request_id
        )


def _with_events(entries: list[Entry]) -> list[Entry]:
    """Causes that are events of Stripe's lead to the event."""
    named = {entry.cause for entry in entries if entry.cause.startswith("evt_")}
    known = dict(StripeEvent.objects.filter(event_id__in=named).values_list("event_id", "pk")) if named else {}
    events = {key: reverse("admin:members_stripeevent_change", args=[pk]) for key, pk in known.items()}
    return [replace(entry, cause_url=events.get(entry.cause, "")) for entry in entries]
