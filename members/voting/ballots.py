"""Casting a ballot: one patron, one round, the whole ballot at once."""

from collections.abc import Mapping

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from members.accounts.models import Member
from members.patronage.rights import is_patron, votes_allowance
from members.voting.errors import NotAllowed, OverBudget, RoundClosed
from members.voting.models import Ballot, Candidate, Round, Vote
from members.voting.showing import refresh_soon
from newsroom.lib.audit import record

# A shared lock on the round: closing it waits for the ballots in hand, none slips in after, and voters do not wait for
# one another. The database's clock decides, not the web server's.
_HOLD_OPEN = """
SELECT 1 FROM members_round
WHERE id = %s AND state = 'open' AND opens_at <= now() AND closes_at > now()
FOR SHARE
"""


def cast_ballot(*, member: Member, round_: Round, votes: Mapping[int, int]) -> Ballot:
    """Replaces the member's ballot in the round by `votes` (candidate id → count; zeros are left out).

    The allowance is frozen when the ballot is first cast. The ballot's row is locked, so that two tabs come one after
    the other; the database refuses an overdraft whatever this code does.

    Raises NotAllowed (no running Period), RoundClosed, OverBudget.
    """
    if not is_patron(member):
        raise NotAllowed(_("Voting is for patrons. You can become one in two minutes."))
    wanted = {candidate_id: count for candidate_id, count in votes.items() if count > 0}
    spent = sum(wanted.values())
    with transaction.atomic():
        _hold_open(round_)
        ballot = _lock_ballot(member, round_)
        if spent > ballot.allowance:
            raise OverBudget(_over_budget(ballot.allowance, spent))
        _replace_votes(ballot, wanted)
        ballot.spent = spent
        ballot.save(update_fields=["spent", "changed_at"])
        record("ballot.cast", actor=member, target=ballot, round=round_.number)
    refresh_soon(round_)
    return ballot


def ballot_of(member: Member, round_: Round) -> Ballot | None:
    return Ballot.objects.filter(member=member, round=round_).prefetch_related("votes").first()


def _hold_open(round_: Round) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_HOLD_OPEN, [round_.pk])
        if cursor.fetchone() is None:
            raise RoundClosed(_("This round takes no votes. The open one stands on the topics page."))


def _lock_ballot(member: Member, round_: Round) -> Ballot:
    """The member's one ballot, made under the unique key when it is the first time, and locked."""
    Ballot.objects.bulk_create(
        [Ballot(round=round_, member=member, allowance=votes_allowance(member))], ignore_conflicts=True
    )
    return Ballot.objects.select_for_update().get(round=round_, member=member)


def _replace_votes(ballot: Ballot, wanted: Mapping[int, int]) -> None:
    known = set(Candidate.objects.filter(round=ballot.round_id, pk__in=wanted).values_list("pk", flat=True))
    if known != set(wanted):
        raise RoundClosed(_("One of these topics is no longer in this round. Please look at the list again."))
    ballot.votes.all().delete()
    Vote.objects.bulk_create(Vote(ballot=ballot, candidate_id=pk, count=count) for pk, count in wanted.items())


def _over_budget(allowance: int, spent: int) -> str:
    sentence = ngettext(
        "You have one vote in this round, and this ballot uses %(spent)s.",
        "You have %(allowance)s votes in this round, and this ballot uses %(spent)s.",
        allowance,
    )
    return sentence % {"allowance": allowance, "spent": spent}
