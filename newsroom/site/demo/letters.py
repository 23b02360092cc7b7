"""The demo's newsletters and their readers."""

from datetime import timedelta

from django.utils import timezone

from members.accounts.models import Member
from newsletters.models import Newsletter, Signup
from newsroom.site.demo.house import key_of
from newsroom.site.demo.reading import read_table

SIGNED_UP_AGO = timedelta(days=120)


def seed_newsletters(readers: dict[str, Member], crowd: list[Member]) -> None:
    for position, entry in enumerate(read_table("newsletters")["newsletter"]):
        Newsletter.objects.get_or_create(
            language=entry["language"],
            slug=entry["slug"],
            defaults={
                "translation_key": key_of("Newsletter", entry["slug"]), "name": entry["name"],
                "description": entry["description"], "schedule": entry["schedule"],
                "sender_name": entry["sender_name"], "position": position,
            },
        )  # fmt: skip
    by_slug = {row.slug: row for row in Newsletter.objects.all()}
    for entry in read_table("readers")["reader"]:
        for slug in entry.get("newsletters", []):
            _sign_up(by_slug[slug], readers[entry["email"]])
    for member in crowd[:40]:
        _sign_up(by_slug["weekday-briefing"], member)


def _sign_up(newsletter: Newsletter, member: Member) -> None:
    """As of long ago: who got the past editions had asked for them before."""
    asked_at = timezone.now() - SIGNED_UP_AGO
    signup, is_new = Signup.objects.get_or_create(
        newsletter=newsletter,
        member=member,
        defaults={"state": Signup.State.CONFIRMED, "confirmed_at": asked_at, "source": "/newsletters/"},
    )
    if is_new:
        Signup.objects.filter(pk=signup.pk).update(asked_at=asked_at)
