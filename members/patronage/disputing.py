"""A dispute that wants an answer: told to those who look after members, for what is not answered in time is lost."""

from django.utils import timezone

from members.patronage.desk_letters import write_to_desk
from members.patronage.models import Dispute
from members.patronage.models.mirror import WANTS_AN_ANSWER
from newsroom.lib.money import Money


def tell_desk(dispute: Dispute) -> None:
    """One letter each per dispute, and one more when a mere question becomes a dispute; none when its day is past.
    Evidence is given at Stripe's dashboard, where the money is. Called in the transaction that writes it down."""
    due_at = dispute.evidence_due_at
    if dispute.status not in WANTS_AN_ANSWER or (due_at and due_at < timezone.now()):
        return
    write_to_desk(
        "dispute_desk",
        cause=f"dispute:{dispute.pk}:{dispute.status}",
        page="dispute",
        money=Money(dispute.amount, dispute.currency),
        due_at=due_at,
    )
