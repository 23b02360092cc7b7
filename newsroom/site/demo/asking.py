"""The demo's tiers, patrons, campaigns, topics, rounds with their ballots, and commissions."""

import random
from datetime import timedelta
from typing import Any

from django.utils import timezone

from articles.models import Article
from members.accounts.models import Member
from members.patronage.models import Campaign, Period, Price, Tier
from members.voting.models import Ballot, Candidate, Commission, Round, Topic, TopicText, Vote
from newsroom.site.demo.house import LANGUAGES, key_of
from newsroom.site.demo.reading import read_table

SEED = 20240  # the same crowd votes the same way at each seeding


def seed_tiers() -> None:
    for position, entry in enumerate(read_table("tiers")["tier"]):
        tier, _is_new = Tier.objects.get_or_create(
            key=entry["key"],
            defaults={
                "name": entry["en"]["name"], "pitch": entry["en"]["pitch"], "brings": entry["en"]["brings"],
                "position": position, "votes_per_round": entry["votes"], "translations": {"uk": entry["uk"]},
            },
        )  # fmt: skip
        for interval, column in (("month", "monthly"), ("year", "yearly")):
            for currency, amount in entry[column].items():
                Price.objects.get_or_create(
                    tier=tier, currency=currency.lower(), interval=interval, is_active=True, defaults={"amount": amount}
                )


def seed_campaigns() -> None:
    for entry in read_table("campaigns")["campaign"]:
        Campaign.objects.get_or_create(
            translation_key=key_of("Campaign", entry["key"]),
            language=entry["language"],
            defaults={
                "name": entry["key"], "lead": entry["lead"], "text": "\n\n".join(entry["paragraphs"]),
                "button_label": entry["button"], "other_label": entry["link"], "is_running": True,
            },
        )  # fmt: skip


def seed_patrons(readers: dict[str, Member], crowd: list[Member]) -> None:
    """Demo patrons gave another way (a bank transfer, say): nothing stands at Stripe that was not sold there."""
    tiers = {tier.key: tier for tier in Tier.objects.all()}
    for entry in read_table("readers")["reader"]:
        if "tier" in entry:
            _grant(readers[entry["email"]], tiers[entry["tier"]], days=365 if entry.get("interval") == "year" else 60)
    have = set(Period.objects.filter(member__in=crowd).values_list("member_id", flat=True))
    lantern, pilot = tiers["lantern"], tiers["pilot"]
    now = timezone.now()
    Period.objects.bulk_create(
        Period(
            member=member, tier=pilot if at % 5 == 0 else lantern, cause=Period.Cause.ELSEWHERE,
            starts_at=now - timedelta(days=120), ends_at=now + timedelta(days=240),
        )
        for at, member in enumerate(crowd)
        if member.pk not in have
    )  # fmt: skip


def _grant(member: Member, tier: Tier, *, days: int) -> None:
    now = timezone.now()
    if not Period.objects.filter(member=member).exists():
        Period.objects.create(
            member=member, tier=tier, cause=Period.Cause.ELSEWHERE,
            starts_at=now - timedelta(days=30), ends_at=now + timedelta(days=days),
        )  # fmt: skip


def seed_rounds() -> None:
    now = timezone.now()
    for entry in read_table("rounds")["round"]:
        Round.objects.get_or_create(
            number=entry["number"],
            defaults={
                "state": entry["state"],
                "opens_at": now - timedelta(days=entry["opened_days_ago"]),
                "closes_at": now - timedelta(days=entry["closes_days_ago"]),
            },
        )


def seed_topics() -> None:
    rounds = {row.number: row for row in Round.objects.all()}
    for entry in read_table("topics")["topic"]:
        topic, is_new = Topic.objects.get_or_create(
            slug=entry["key"],
            defaults={"state": entry["state"]},
        )
        if is_new:
            TopicText.objects.bulk_create(
                TopicText(topic=topic, language=code, decline_reason=entry.get(f"reason_{code}", ""), **entry[code])
                for code in LANGUAGES
                if code in entry
            )
        if entry.get("round"):
            Candidate.objects.get_or_create(round=rounds[entry["round"]], topic=topic)


def seed_ballots(crowd: list[Member]) -> None:
    """Ballots whose sums are the votes that the topics' table gives, no ballot over its allowance."""
    entries = {entry["key"]: entry for entry in read_table("topics")["topic"] if entry.get("round")}
    for round_ in Round.objects.all():
        if Ballot.objects.filter(round=round_).exists():
            continue
        wanted = {
            candidate: entries[candidate.topic.slug].get("votes", 0)
            for candidate in Candidate.objects.filter(round=round_).select_related("topic")
            if candidate.topic.slug in entries
        }
        _fill_round(round_, wanted, crowd)


def _fill_round(round_: Round, wanted: dict[Candidate, int], crowd: list[Member]) -> None:
    dice = random.Random(SEED + round_.number)  # noqa: S311  a demo, not a secret
    allowances = dict(
        Period.objects.filter(member__in=crowd).values_list("member_id", "tier__votes_per_round").order_by("id")
    )
    left = {member.pk: allowances.get(member.pk) or 3 for member in crowd}
    counts: dict[int, dict[Candidate, int]] = {}
    for candidate, votes in wanted.items():
        voters = [pk for pk in left if left[pk] > 0]
        for member_id in dice.sample(voters, min(votes, len(voters))):
            counts.setdefault(member_id, {})[candidate] = 1
            left[member_id] -= 1
    ballots = Ballot.objects.bulk_create(
        Ballot(round=round_, member_id=pk, allowance=allowances.get(pk) or 3, spent=sum(votes.values()))
        for pk, votes in counts.items()
    )
    Vote.objects.bulk_create(
        Vote(ballot=ballot, candidate=candidate, count=count)
        for ballot in ballots
        for candidate, count in counts[ballot.member_id].items()
    )


def seed_commissions(stories: dict[str, Article], editor: Member) -> None:
    """For each commissioned or answered topic, the promise, and where there is one, the story that kept it."""
    for entry in read_table("topics")["topic"]:
        if entry["state"] not in (Topic.State.COMMISSIONED, Topic.State.PUBLISHED):
            continue
        topic = Topic.objects.get(slug=entry["key"])
        if Commission.objects.filter(topic=topic).exists():
            continue
        Commission.objects.create(topic=topic, commissioned_by=editor, **_promise(entry, topic, stories))


def _promise(entry: dict[str, Any], topic: Topic, stories: dict[str, Article]) -> dict[str, Any]:
    article = stories.get(entry.get("story", ""))
    candidate = Candidate.objects.filter(topic=topic).select_related("round").first()
    promise: dict[str, Any] = {
        "round": candidate.round if candidate else None,
        "patrons": Ballot.objects.filter(votes__candidate__topic=topic).distinct().count(),
        "article": article,
    }
    if article is not None and topic.state == Topic.State.PUBLISHED:
        promise |= {"state": Commission.State.PUBLISHED, "published_at": article.published_at}
    return promise
