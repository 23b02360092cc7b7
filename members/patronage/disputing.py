"""A dispute that wants an answer: told to those who look after members, for what is not answered in time is lost."""

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from members.accounts.models import Member
from members.accounts.roles import MEMBERSHIP_MANAGER, PUBLISHER
from members.patronage.models import Dispute
from members.patronage.models.mirror import WANTS_AN_ANSWER
from newsroom.lib.letters import write_letter
from newsroom.lib.money import Money


def tell_desk(dispute: Dispute) -> None:
    """One letter each per dispute, and one more when a mere question becomes a dispute; none when its day is past.
    Evidence is given at Stripe's dashboard, where the money is. Called in the transaction that writes it down."""
    due_at = dispute.evidence_due_at
    if dispute.status not in WANTS_AN_ANSWER or (due_at and due_at < timezone.now()):
        return
    desk = Member.objects.filter(groups__name__in=(MEMBERSHIP_MANAGER, PUBLISHER), is_active=True, email__isnull=False)
    for person in desk.distinct():
        write_letter(
            "members/dispute_desk",
            cause=f"dispute:{dispute.pk}:{dispute.status}:{person.pk}",
            to_email=person.email or "",
            language=person.language,
            member_id=person.pk,
            context={
                "member": person, "money": Money(dispute.amount, dispute.currency), "due_at": due_at,
                "desk_url": settings.SITE_URL + reverse("admin:members_dispute_changelist"),
            },
        )  # fmt: skip
