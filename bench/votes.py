"""Casting votes over HTTP, 64 at once, by patrons who are signed in; and what the database holds afterwards."""

from urllib.parse import urlencode

from django.db.models import F, Sum
from django.urls import reverse

from bench.ground import Unfit
from bench.rounds import ROUNDS, Load, alternate, post, send_load
from bench.seed import ALLOWANCE, Poll, Voter, seed_poll, seed_voters
from bench.table import Figure, compared
from members.voting.models import Ballot, Round, Vote

AT_ONCE = 64
VOTERS = 128  # a side, each round; each casts once
RIVALS = 16  # voters with four tabs each
FORM = "application/x-www-form-urlencoded"


def measure_casting(*, site: int, reference: int) -> Figure:
    """Raises Unfit when a vote is lost, or more are counted than a patron has."""
    poll, voters = seed_poll(), seed_voters(VOTERS * (ROUNDS + 1) + RIVALS)
    candidates = list(poll.open_round.candidates.order_by("pk").values_list("pk", flat=True))

    def turn(number: int) -> list[Voter]:
        return voters[VOTERS * number : VOTERS * (number + 1)]

    def ours(number: int) -> float:
        requests = [_ballot(site, voter, candidates, split(index)) for index, voter in enumerate(turn(number))]
        return Load(site, requests, AT_ONCE, expected="302").send()

    def theirs(number: int) -> float:
        return Load(reference, _bare(reference, poll, turn(number)), AT_ONCE, expected="302").send()

    pairs = alternate(ours, theirs)
    _check_none_lost(poll.open_round, voters[:-RIVALS], candidates)
    _check_budget(site, poll.open_round, voters[-RIVALS:], candidates)
    return compared(f"casting a vote, {AT_ONCE} at once", pairs, unit="ballots/s", reach=0.5)


def split(index: int) -> tuple[int, int]:
    """The whole allowance: two on one topic, one on another; which ones goes by the voter's place."""
    return index % 6, (index + 1 + index // 6 % 5) % 6


def _ballot(
    port: int, voter: Voter, candidates: list[int], chosen: tuple[int, ...], votes: tuple[int, ...] = (2, 1)
) -> bytes:
    counts = dict.fromkeys(candidates, 0) | {candidates[at]: n for at, n in zip(chosen, votes, strict=True)}
    form = {"csrfmiddlewaretoken": voter.token} | {f"candidate-{pk}": n for pk, n in counts.items()}
    return post(reverse("members:vote"), port, urlencode(form).encode(), FORM, Cookie=voter.cookie)


def _bare(port: int, poll: Poll, voters: list[Voter]) -> list[bytes]:
    candidate = poll.closed_round.candidates.values_list("pk", flat=True)[0]
    forms = [{"round": poll.closed_round.pk, "member": voter.member_id, "candidate": candidate} for voter in voters]
    return [post("/writes/", port, urlencode(form).encode(), FORM) for form in forms]


def _check_none_lost(round_: Round, voters: list[Voter], candidates: list[int]) -> None:
    """Every ballot stands as it was sent."""
    expected = set()
    for place, voter in enumerate(voters):
        twice, once = split(place % VOTERS)
        expected |= {(voter.member_id, candidates[twice], 2), (voter.member_id, candidates[once], 1)}
    found = set(Vote.objects.filter(ballot__round=round_).values_list("ballot__member_id", "candidate_id", "count"))
    if found != expected:
        raise Unfit(f"Of {len(expected)} votes {len(expected - found)} are lost and {len(found - expected)} are new.")


def _check_budget(port: int, round_: Round, rivals: list[Voter], candidates: list[int]) -> None:
    """Each rival sends different ballots at once, some over budget: none of those counts, one of the others stands."""
    good = [_ballot(port, voter, candidates, (tab, tab + 1)) for tab in range(3) for voter in rivals]
    greedy = [_ballot(port, voter, candidates, (0, 5), (2, 2)) for voter in rivals]
    statuses, _elapsed = send_load(Load(port, good + greedy, AT_ONCE, expected=""))
    if statuses != {"302": len(good), "422": len(greedy)}:
        raise Unfit(f"{len(good)} ballots within budget and {len(greedy)} beyond it were answered {statuses}.")
    ballots = Ballot.objects.filter(round=round_)
    summed = ballots.annotate(counted=Sum("votes__count"))
    over = summed.exclude(counted=F("spent")) | summed.filter(counted__gt=ALLOWANCE)
    of_rivals = ballots.filter(member__in=[voter.member_id for voter in rivals], spent=ALLOWANCE)
    if over.exists() or of_rivals.count() != len(rivals):
        raise Unfit("Ballots cast at once by the same patron do not add up.")
