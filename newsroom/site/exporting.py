"""Everything held on a member, as plain data: one table says from where. A test finds a row that leads to a person and
is in neither table. Secrets (tokens, keys, hashes) and what others wrote stay out."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import transaction
from django.utils import timezone

from members.accounts.models import Member
from newsletters.addresses import is_suppressed
from newsroom.lib.audit import record
from newsroom.lib.site_settings import site_settings
from newsroom.site.personal_data import TABLE

OF_THE_MEMBER = ("email", "name", "display_name", "language", "time_zone", "joined_at", "proved_at", "last_login")


@dataclass(frozen=True)
class Held:
    section: str
    model: str  # app_label.Model
    owner: str  # the lookup that leads to the member
    fields: tuple[str, ...]


HELD = (
    Held("addresses", "account.EmailAddress", "user", ("email", "verified", "primary")),
    Held("second_factors", "mfa.Authenticator", "user", ("type", "created_at", "last_used_at")),
    Held("staff_links", "members.StaffLink", "member", ("created_at", "used_at")),
    Held("sign_in_links", "members.SignInLink", "member", ("email", "target", "created_at")),
    Held(
        "signed_in_browsers", "members.SignedInBrowser", "member",
        ("browser", "system", "signed_in_at", "last_seen_at"),
    ),
    Held("address_changes", "members.AddressChange", "member", ("email", "state", "created_at", "closed_at")),
    Held("periods", "members.Period", "member", ("tier__name", "starts_at", "ends_at", "cause", "revoked_at")),
    Held(
        "subscriptions", "members.Subscription", "member",
        ("stripe_id", "status", "amount", "currency", "interval", "created_at", "current_period_end", "ended_at"),
    ),
    Held(
        "changes_of_support", "members.SupportChange", "member",
        ("kind", "state", "amount", "currency", "interval", "reason", "comment", "created_at"),
    ),
    Held(
        "declarations", "members.Declaration", "member",
        ("kind", "carried_as", "state", "given", "name", "reason", "made_at", "confirmed_at"),
    ),
    Held(
        "moves_to_new_prices", "members.SupportMove", "subscription__member",
        ("state", "from_amount", "move__price__amount", "move__price__currency", "told_at", "finished_at"),
    ),
    Held(
        "payments", "members.Payment", "member",
        ("kind", "status", "amount", "refunded", "currency", "receipt_number", "paid_at", "stripe_id"),
    ),
    Held("gifts_once", "members.Donation", "member", ("amount", "currency", "given_at")),
    Held(
        "gifts_given", "members.Gift", "giver",
        ("tier__name", "months", "giver_name", "recipient_email", "message", "hand_over_on", "state", "created_at",
         "redeemed_at"),
    ),
    Held("gifts_received", "members.Gift", "redeemed_by", ("tier__name", "months", "redeemed_at")),
    Held("checkouts", "members.Checkout", "member", ("frequency", "amount", "currency", "state", "created_at")),
    Held("customers_at_stripe", "members.StripeCustomer", "member", ("stripe_id", "created_at")),
    Held("topics_suggested", "members.Topic", "suggested_by", ("slug", "state", "language", "created_at")),
    Held("topic_texts", "members.TopicText", "topic__suggested_by", ("language", "question", "why", "decline_reason")),
    Held("ballots", "members.Ballot", "member", ("round__number", "allowance", "spent", "cast_at", "changed_at")),
    Held(
        "votes", "members.Vote", "ballot__member",
        ("candidate__round__number", "candidate__topic__slug", "count"),
    ),
    Held(
        "newsletters", "newsletters.Signup", "member",
        ("newsletter__name", "state", "source", "asked_at", "confirmed_at", "left_at"),
    ),
    Held("editions_sent", "newsletters.Delivery", "signup__member", ("edition__subject", "state", "sent_at")),
    Held("letters", "lib.Letter", "member", ("kind", "to_email", "subject", "text", "state", "sent_at")),
    Held("notes_on_you", "members.MemberNote", "member", ("text", "created_at")),
    Held("bylines", "articles.Author", "member", ("name", "public_email")),
    Held("what_you_did", "lib.AuditEntry", "actor", ("at", "action")),
)  # fmt: skip


def export_member(*, member: Member) -> dict[str, Any]:
    """Amounts in minor units (cents), times in UTC. Audited."""
    with transaction.atomic():
        record("member.exported", actor=member, target=member)
    now = timezone.now()
    held = {entry.section: _rows(entry, member) for entry in HELD}
    return {
        "made_at": now,
        "made_by": site_settings().name,
        "units": "amounts in minor units (cents), times in UTC",
        "account": {name: getattr(member, name) for name in OF_THE_MEMBER},
        "may_be_written_to": not (member.email and is_suppressed(member.email)),
        **held,
        "purposes": _purposes(),
    }


def _rows(entry: Held, member: Member) -> list[dict[str, Any]]:
    rows = apps.get_model(entry.model)._default_manager.filter(**{entry.owner: member})
    return list(rows.order_by("pk").values(*entry.fields))


def _purposes() -> list[dict[str, Any]]:
    """Why what is kept, and for how many days where it does not stay as long as the account."""
    return [
        {"of": entry.model, "fields": entry.fields, "purpose": entry.purpose,
         "days": entry.retention.days if entry.retention else None}
        for entry in TABLE
    ]  # fmt: skip
