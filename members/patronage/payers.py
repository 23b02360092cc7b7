"""Whose money it is: from Stripe's customer, metadata and e-mail to a Member."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from members.accounts.addresses import find_member, standing_member
from members.accounts.models import Member
from members.patronage.client import site_id
from members.patronage.errors import NotYetHere
from members.patronage.models import Checkout, StripeCustomer
from newsroom.lib.audit import record
from newsroom.lib.languages import main_language
from newsroom.lib.lines import one_line
from newsroom.lib.row_keys import read_key


@dataclass(frozen=True)
class Payer:
    """What Stripe says of who pays. `email` is what was typed on the checkout's page; it proves nothing."""

    metadata: dict[str, str] = field(default_factory=dict)
    customer_id: str = ""
    email: str = ""
    name: str = ""

    @property
    def checkout(self) -> Checkout | None:
        key = checkout_key(self.metadata)
        return Checkout.objects.filter(key=key).select_related("member").first() if key else None


def checkout_key(metadata: dict[str, Any]) -> UUID | None:
    """The checkout that our metadata names."""
    try:
        return UUID(metadata.get("checkout", "")) if is_ours(metadata) else None
    except ValueError:
        return None


def is_ours(metadata: dict[str, Any] | None) -> bool:
    return bool(metadata) and metadata.get("newsroom") == site_id()  # type: ignore[union-attr]


def find_or_add_member(payer: Payer) -> Member:
    """The member named in the metadata, else the customer's, else the one with the address; else a new, unproved one;
    and where that one was merged, whom it was merged into. What stands on a member's row is never overwritten. Raises
    NotYetHere when Stripe names nobody."""
    checkout = payer.checkout
    known = (
        _named_member(payer)
        or (checkout.member if checkout else None)
        or _member_of_customer(payer.customer_id)
        or (find_member(payer.email) if payer.email else None)
    )
    return standing_member(known or _add_member(payer, checkout.language if checkout else main_language()))


def _named_member(payer: Payer) -> Member | None:
    named = read_key(payer.metadata.get("member"))
    if named is None or not is_ours(payer.metadata):
        return None
    return Member.objects.filter(pk=named).select_related("merged_into").first()


def _member_of_customer(customer_id: str) -> Member | None:
    row = StripeCustomer.objects.filter(stripe_id=customer_id).select_related("member").first() if customer_id else None
    return row.member if row else None


def _add_member(payer: Payer, language: str) -> Member:
    if not payer.email:
        raise NotYetHere("Stripe names neither a member nor an address for this payment.")
    try:
        with transaction.atomic():
            member = Member.objects.create_user(payer.email, name=one_line(payer.name)[:150], language=language)
            record("member.added", actor_label="stripe", target=member)
    except IntegrityError:  # another event of the same payment was faster
        return Member.objects.get(email__iexact=payer.email)
    return member


def take_customer(payer: Payer, *, livemode: bool) -> StripeCustomer:
    """Our row for Stripe's customer, made with the member it belongs to. It follows a member who was merged."""
    known = StripeCustomer.objects.filter(stripe_id=payer.customer_id).select_related("member__merged_into").first()
    if known is not None:
        _follow_merge(known)
        return known
    row, _is_new = StripeCustomer.objects.get_or_create(
        stripe_id=payer.customer_id, defaults={"member": find_or_add_member(payer), "livemode": livemode}
    )
    return row


def _follow_merge(customer: StripeCustomer) -> None:
    member = standing_member(customer.member)
    if member != customer.member:
        customer.member = member
        customer.save(update_fields=["member"])
