"""Everything held on a member, as plain data: one table says from where. A test finds a row that leads to a person,
itself or through rows that do, and a field that the table leaves out. Secrets (tokens, keys, hashes) and what others
wrote stay out."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from articles.models import Article
from members.accounts.models import Member
from newsletters.addresses import is_suppressed
from newsroom.lib.audit import record
from newsroom.lib.models import AuditEntry
from newsroom.lib.site_settings import site_settings
from newsroom.site.personal_data import TABLE

OF_THE_MEMBER = ("email", "name", "display_name", "language", "time_zone", "joined_at", "proved_at", "last_login")


@dataclass(frozen=True)
class Held:
    section: str
    model: str  # app_label.Model
    owner: str  # the lookup that leads to the member
    fields: tuple[str, ...]
    also: str = ""  # another lookup that does


HELD = (
    Held("addresses", "account.EmailAddress", "user", ("email", "verified", "primary")),
    Held("second_factors", "mfa.Authenticator", "user", ("type", "created_at", "last_used_at")),
    Held("staff_links", "members.StaffLink", "member", ("created_at", "used_at")),
    Held("sign_in_links", "members.SignInLink", "member", ("email", "created_at")),
    Held(
        "signed_in_browsers", "members.SignedInBrowser", "member",
        ("browser", "system", "signed_in_at", "last_seen_at"),
    ),
    Held("address_changes", "members.AddressChange", "member", ("email", "state", "created_at", "closed_at")),
    Held(
        "periods", "members.Period", "member",
        ("tier__name", "starts_at", "ends_at", "grace_from", "cause", "payment__stripe_id", "revoked_at", "revoked_why",
         "created_at"),
    ),
    Held(
        "subscriptions", "members.Subscription", "member",
        ("stripe_id", "tier__name", "status", "amount", "currency", "interval", "interval_count", "percent_off",
         "amount_off", "discount_ends_at", "discount_fits", "created_at", "current_period_start", "current_period_end",
         "cancel_at_period_end", "is_collecting", "canceled_at", "ended_at", "fingerprint"),
    ),
    Held(
        "changes_of_support", "members.SupportChange", "member",
        ("kind", "state", "subscription__stripe_id", "amount", "currency", "interval", "is_prorated", "prorated_at",
         "due_now", "credit", "next_at", "next_due", "lasting_amount", "reason", "comment",
         "created_at", "asked_at", "finished_at"),
    ),
    Held(
        "declarations", "members.Declaration", "member",
        ("kind", "carried_as", "state", "given", "name", "reason", "language", "made_at", "expires_at", "confirmed_at",
         "finished_at"),
    ),
    Held(
        "what_came_of_declarations", "members.DeclaredEffect", "declaration__member",
        ("kind", "state", "subscription__stripe_id", "payment__stripe_id", "amount", "currency", "ends_at"),
    ),
    Held(
        "moves_to_new_prices", "members.SupportMove", "subscription__member",
        ("subscription__stripe_id", "state", "why", "from_amount", "move__price__amount", "move__price__currency",
         "told_at", "first_at", "finished_at"),
    ),
    # Of two supports under two addresses neither side learns the other's: each hears of its own alone.
    Held(
        "doubles_of_a_later_support", "members.Double", "second__member",
        ("second__stripe_id", "why", "state", "found_at", "decided_at"),
    ),
    Held(
        "doubles_of_an_earlier_support", "members.Double", "first__member",
        ("first__stripe_id", "why", "state", "found_at", "decided_at"),
    ),
    Held(
        "payments", "members.Payment", "member",
        ("kind", "status", "amount", "refunded", "balance_change", "currency", "receipt_number",
         "subscription__stripe_id", "created_at", "paid_at", "stripe_id", "payment_intent_id", "statement_text"),
    ),
    Held(
        "refunds", "members.Refund", "payment__member",
        ("payment__stripe_id", "stripe_id", "amount", "currency", "status", "reason", "created_at"),
    ),
    Held(
        "refunds_asked_for", "members.RefundRequest", "payment__member",
        ("payment__stripe_id", "refund_id", "amount", "currency", "reason", "state", "created_at", "finished_at"),
    ),
    Held(
        "credit_taken_back", "members.CreditTaking", "subscription__member",
        ("subscription__stripe_id", "transaction_id", "amount", "currency", "state", "created_at", "finished_at"),
    ),
    Held(
        "disputes", "members.Dispute", "payment__member",
        ("payment__stripe_id", "stripe_id", "amount", "currency", "status", "is_withdrawn", "reason", "evidence_due_at",
         "created_at"),
    ),
    Held("gifts_once", "members.Donation", "member", ("payment__stripe_id", "amount", "currency", "given_at")),
    Held(
        "gifts_given", "members.Gift", "giver",
        ("tier__name", "months", "checkout__amount", "checkout__currency", "giver_name", "recipient_email", "message",
         "hand_over_on", "state", "created_at", "handed_over_at", "reminded_at", "redeemed_at"),
        also="checkout__member",  # begun and not paid: nobody is its giver yet
    ),
    Held(
        "gifts_received", "members.Gift", "redeemed_by",
        ("tier__name", "months", "period__starts_at", "period__ends_at", "redeemed_at"),
    ),
    Held(
        "checkouts", "members.Checkout", "member",
        ("frequency", "amount", "currency", "tier__name", "state", "language", "campaign__name", "article_id",
         "statement_text", "takes_codes", "stripe_id", "created_at", "expires_at", "finished_at"),
    ),
    Held(
        "payments_declined", "members.Decline", "checkout__member",
        ("checkout__stripe_id", "stripe_id", "amount", "currency", "code", "declined_at"),
    ),
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
    keys, held = _read(member)
    _name_stories(held["checkouts"])
    return {
        "made_at": now,
        "made_by": site_settings().name,
        "units": "amounts in minor units (cents), times in UTC",
        "account": {name: getattr(member, name) for name in OF_THE_MEMBER},
        "may_be_written_to": not (member.email and is_suppressed(member.email)),
        **held,
        "what_was_done_about_you": _audit_about(keys),
        "purposes": _purposes(),
    }


def _of(entry: Held, member: Member) -> QuerySet[Any]:
    owned = Q(**{entry.owner: member})
    if entry.also:
        owned |= Q(**{entry.also: member})
    return apps.get_model(entry.model)._default_manager.filter(owned).order_by("pk")


def _read(member: Member) -> tuple[dict[str, set[str]], dict[str, list[dict[str, Any]]]]:
    """Each table's rows, asked for once: the keys of what is the member's by model, and by section what is shown."""
    keys, held = {Member._meta.label_lower: {str(member.pk)}}, {}
    for entry in HELD:
        rows = list(_of(entry, member).values("pk", *entry.fields))
        keys.setdefault(entry.model.lower(), set()).update(str(row.pop("pk")) for row in rows)
        held[entry.section] = rows
    return keys, held


def _name_stories(checkouts: list[dict[str, Any]]) -> None:
    """Beside the number of the story that asked, what it is called where readers may see it."""
    numbers = {row["article_id"] for row in checkouts if row["article_id"]}
    headlines = dict(Article.objects.published().filter(pk__in=numbers).values_list("pk", "headline"))
    for row in checkouts:
        row["story"] = headlines.get(row["article_id"])


def _audit_about(keys: dict[str, set[str]]) -> list[dict[str, Any]]:
    """What was done with the account and each row of it; who of the staff did it is theirs, not the member's."""
    about = Q()
    for model, own in keys.items():
        about |= Q(target_type=model, target_id__in=own)
    fields = ("at", "action", "target_type")
    return [dict(row) for row in AuditEntry.objects.filter(about).order_by("pk").values(*fields)]


def _purposes() -> list[dict[str, Any]]:
    """Why what is kept, and for how many days where it does not stay as long as the account."""
    return [
        {"of": entry.model, "fields": entry.fields, "purpose": entry.purpose,
         "days": entry.retention.days if entry.retention else None}
        for entry in TABLE
    ]  # fmt: skip
