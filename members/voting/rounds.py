"""Planning, opening and closing a round. One is open at a time: the database referees."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from members.accounts.models import Member
from members.voting.errors import NotAllowed, VotingError
from members.voting.models import Round
from newsroom.lib.audit import record
from newsroom.lib.page_cache import purge

MANAGE = "members.change_round"


def plan_round(*, user: Member, opens_at: datetime, closes_at: datetime) -> Round:
    """A round to come, with the next number. Raises VotingError when it would close before it opens."""
    _check(user)
    if closes_at <= opens_at:
        raise VotingError(_("A round must close after it opens."))
    with transaction.atomic():
        last = Round.objects.aggregate(last=Max("number"))["last"] or 0
        round_ = Round.objects.create(number=last + 1, opens_at=opens_at, closes_at=closes_at)
        record("round.planned", actor=user, target=round_)
    return round_


def open_round(*, user: Member, round_: Round) -> Round:
    """Opens it now. Raises VotingError while another is open or when there is nothing to vote on."""
    _check(user)
    try:
        with transaction.atomic():
            held = Round.objects.select_for_update().get(pk=round_.pk)
            if held.state != Round.State.PLANNED:
                raise VotingError(_("Only a planned round can be opened."))
            if not held.candidates.exists():
                raise VotingError(_("Put at least one topic to the vote first."))
            held.state = Round.State.OPEN
            held.opens_at = min(held.opens_at, timezone.now())
            held.save(update_fields=["state", "opens_at"])
            record("round.opened", actor=user, target=held)
            purge([held.page_key, "rounds"])
    except IntegrityError:
        raise VotingError(_("Another round is open. Close it first.")) from None
    return held


def close_round(*, user: Member | None, round_: Round) -> Round:
    """Ends the vote; waits for the ballots in hand. `user` is None for the clock."""
    if user is not None:
        _check(user)
    with transaction.atomic():
        held = Round.objects.select_for_update().get(pk=round_.pk)
        if held.state != Round.State.OPEN:
            return held
        held.state = Round.State.CLOSED
        held.closes_at = max(held.opens_at + timedelta(seconds=1), min(held.closes_at, timezone.now()))
        held.save(update_fields=["state", "closes_at"])
        record("round.closed", actor=user, actor_label="clock", target=held)
        purge([held.page_key, "rounds"])
    return held


def close_due_rounds() -> int:
    """Closes what is past its time; safe to run twice."""
    due = Round.objects.filter(state=Round.State.OPEN, closes_at__lte=timezone.now())
    return sum(1 for round_ in due if close_round(user=None, round_=round_))


def _check(user: Member) -> None:
    if not user.has_perm(MANAGE):
        raise NotAllowed(_("Only editors look after rounds."))
