"""Planning, opening and closing a round. One is open at a time: the database referees."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from members.accounts.models import Member
from members.voting.errors import NotAllowed, RoundError
from members.voting.models import Round
from newsroom.lib.audit import record
from newsroom.lib.page_cache import purge

MANAGE = "members.change_round"


def plan_round(*, user: Member, opens_at: datetime, closes_at: datetime) -> Round:
    """A round to come, with the next number. Raises RoundError when it would close before it opens."""
    _check(user)
    _check_times(opens_at, closes_at)
    try:
        with transaction.atomic():
            last = Round.objects.aggregate(last=Max("number"))["last"] or 0
            round_ = Round.objects.create(number=last + 1, opens_at=opens_at, closes_at=closes_at)
            record("round.planned", actor=user, target=round_)
    except IntegrityError:
        raise RoundError(_("Somebody else planned a round just now. Please look at the list and try again.")) from None
    return round_


def move_round(*, user: Member, round_: Round, opens_at: datetime, closes_at: datetime) -> Round:
    """Other times for a round that is not over; once it is open only its end can move. Raises RoundError."""
    _check(user)
    with transaction.atomic():
        held = _lock(round_)
        if held.state == Round.State.CLOSED:
            raise RoundError(_("A closed round stays as it is."))
        if held.state == Round.State.OPEN:
            opens_at = held.opens_at
            _check_end(closes_at)
        _check_times(opens_at, closes_at)
        held.opens_at, held.closes_at = opens_at, closes_at
        held.save(update_fields=["opens_at", "closes_at"])
        record("round.moved", actor=user, target=held)
        purge([held.page_key, "rounds"])
    return held


def open_round(*, user: Member, round_: Round) -> Round:
    """Opens it now. Raises RoundError while another is open, when there is nothing to vote on or no time to."""
    _check(user)
    try:
        with transaction.atomic():
            held = _lock(round_)
            if held.state != Round.State.PLANNED:
                raise RoundError(_("Only a planned round can be opened."))
            if not held.candidates.votable().exists():
                raise RoundError(_("Put at least one topic to the vote first."))
            _check_end(held.closes_at)
            held.state = Round.State.OPEN
            held.opens_at = min(held.opens_at, timezone.now())
            held.save(update_fields=["state", "opens_at"])
            record("round.opened", actor=user, target=held)
            purge([held.page_key, "rounds"])
    except IntegrityError:
        raise RoundError(_("Another round is open. Close it first.")) from None
    return held


def close_round(*, user: Member | None, round_: Round) -> Round:
    """Ends the vote for good; waits for the ballots in hand. `user` is None for the clock. A second call changes
    nothing. Raises RoundError for a round that was never open."""
    if user is not None:
        _check(user)
    with transaction.atomic():
        held = _lock(round_)
        if held.state == Round.State.PLANNED:
            raise RoundError(_("Only an open round can be closed."))
        if held.state == Round.State.CLOSED:
            return held
        held.state = Round.State.CLOSED
        held.closes_at = max(held.opens_at + timedelta(seconds=1), min(held.closes_at, timezone.now()))
        held.save(update_fields=["state", "closes_at"])
        record("round.closed", actor=user, actor_label="clock", target=held)
        purge([held.page_key, "rounds"])
    return held


def close_due_rounds() -> None:
    """Closes what is past its time; safe to run twice."""
    for round_ in Round.objects.filter(state=Round.State.OPEN, closes_at__lte=timezone.now()):
        close_round(user=None, round_=round_)


def _lock(round_: Round) -> Round:
    return Round.objects.select_for_update().get(pk=round_.pk)


def _check_times(opens_at: datetime, closes_at: datetime) -> None:
    if closes_at <= opens_at:
        raise RoundError(_("A round must close after it opens."))


def _check_end(closes_at: datetime) -> None:
    if closes_at <= timezone.now():
        raise RoundError(_("Its end is past. Set a later one first."))


def _check(user: Member) -> None:
    if not user.has_perm(MANAGE):
        raise NotAllowed(_("Only editors look after rounds."))
