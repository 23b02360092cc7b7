"""The demo's newsletters, their readers and one draft edition to send."""

from django.utils import timezone

from articles.models import Article
from members.accounts.models import Member
from newsletters.models import Edition, EditionItem, Newsletter, Signup
from newsroom.site.demo.house import key_of
from newsroom.site.demo.reading import read_table


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
    Signup.objects.get_or_create(
        newsletter=newsletter,
        member=member,
        defaults={"state": Signup.State.CONFIRMED, "confirmed_at": timezone.now(), "source": "/newsletters/"},
    )


def seed_edition(stories: dict[str, Article], editor: Member) -> None:
    """A draft of today's briefing, for whoever wants to press the button."""
    newsletter = Newsletter.objects.get(slug="weekday-briefing")
    if Edition.objects.filter(newsletter=newsletter).exists():
        return
    newest = sorted(
        (story for story in stories.values() if story.language == newsletter.language and story.published_at),
        key=lambda story: story.published_at,  # type: ignore[arg-type, return-value]  # filtered above
        reverse=True,
    )[:5]
    edition = Edition.objects.create(
        newsletter=newsletter,
        subject=newest[0].headline,
        preheader="And four more things from Veldhaven before the first tram.",
        intro="Good morning. The tide is high at 9:40, the Lamprey bridge is up until half past eight.",
        created_by=editor,
    )
    EditionItem.objects.bulk_create(
        EditionItem(edition=edition, article=story, position=position) for position, story in enumerate(newest)
    )
