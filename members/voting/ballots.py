"""Casting a ballot: one patron, one round, the whole ballot at once."""

from collections.abc import Mapping

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from members.accounts.models import Member
from members.patronage.rights import is_patron, votes_allowance
from members.voting.errors import NotAllowed, OverBudget, RoundClosed, TopicError
from members.voting.models import Ballot, Candidate, Round, Vote
from members.voting.showing import refresh_soon
from newsroom.lib.audit import record

Counts = dict[int, int]  # candidate id → votes

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
    the other; the database refuses an overdraft whatever this code does. What was given to a topic that is promised by
    now stays with it and stays spent: those who made the promise are told when it is kept.

    Raises NotAllowed (no running Period), RoundClosed, OverBudget, TopicError (a topic that takes no votes).
    """
    if not is_patron(member):
        raise NotAllowed(_("Voting is for patrons. You can become one in two minutes."))
    with transaction.atomic():
        _hold_open(round_)
        ballot = _lock_ballot(member, round_)
        before = dict(ballot.votes.values_list("candidate_id", "count"))
        wanted = _settle(round_, before, {pk: count for pk, count in votes.items() if count > 0})
        spent = sum(wanted.values())
        if spent > ballot.allowance:
            raise OverBudget(_over_budget(ballot.allowance, spent))
        _replace_votes(ballot, before, wanted)
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
    ballots = Ballot.objects.select_for_update().filter(round=round_, member=member)
    found = ballots.first()
    if found is not None:
        return found
    first = Ballot(round=round_, member=member, allowance=votes_allowance(member))
    Ballot.objects.bulk_create([first], ignore_conflicts=True)
    return ballots.get()


def _settle(round_: Round, before: Counts, wanted: Counts) -> Counts:
    """`wanted`, with what stands on topics that take no votes any more as it is."""
    takes_votes = {row.pk: row.is_votable() for row in Candidate.objects.filter(round=round_).select_related("topic")}
    if not wanted.keys() <= takes_votes.keys():
        raise TopicError(_("One of these topics is no longer in this round. Please look at the list again."))
    if any(not takes_votes[pk] and count != before.get(pk) for pk, count in wanted.items()):
        raise TopicError(_("One of these topics takes no more votes: it is decided. Please look at the list again."))
    kept = {pk: count for pk, count in before.items() if not takes_votes[pk]}
    return {pk: count for pk, count in wanted.items() if takes_votes[pk]} | kept


def _replace_votes(ballot: Ballot, before: Counts, wanted: Counts) -> None:
    changed = {pk for pk in before.keys() | wanted.keys() if before.get(pk) != wanted.get(pk)}
    if changed & before.keys():
        ballot.votes.filter(candidate_id__in=changed).delete()
    Vote.objects.bulk_create(
        Vote(ballot=ballot, candidate_id=pk, count=wanted[pk]) for pk in sorted(changed & wanted.keys())
    )


def _over_budget(allowance: int, spent: int) -> str:
    sentence = ngettext(
        "You have one vote in this round, and this ballot uses %(spent)s.",
        "You have %(allowance)s votes in this round, and this ballot uses %(spent)s.",
        allowance,
    )
    return sentence % {"allowance": allowance, "spent": spent}
