"""The demo's editions: letters that have gone out, and one draft to send."""

from datetime import datetime, time, timedelta

from django.utils import timezone

from articles.models import Article
from members.accounts.models import Member
from newsletters.composing import compose
from newsletters.models import Delivery, Edition, EditionItem, Newsletter, Signup
from newsroom.lib.jobs import advance_job, begin_job, finish_job
from newsroom.site.demo.reading import read_table

MORNING = time(6, 30)


def seed_editions(stories: dict[str, Article], editor: Member) -> None:
    """Leaves alone what a visitor sent or wrote: only a newsroom without any edition gets them."""
    if not Edition.objects.exists():
        _seed_past_editions(stories, editor)
        _seed_draft(stories, editor)


def _seed_past_editions(stories: dict[str, Article], editor: Member) -> None:
    """What readers find in the archives and editors in the list of deliveries. Nothing is mailed."""
    for entry in reversed(read_table("editions")["edition"]):
        day = timezone.localdate() - timedelta(days=entry["days_ago"])
        told = [stories[key] for key in entry["stories"]]
        edition = Edition(
            newsletter=Newsletter.objects.get(slug=entry["newsletter"]), subject=told[0].headline,
            preheader=entry["preheader"], intro=entry["intro"], dated_on=day, created_by=editor,
        )  # fmt: skip
        _send_in_the_past(edition, told, timezone.make_aware(datetime.combine(day, MORNING)))


def _send_in_the_past(edition: Edition, stories: list[Article], sent_at: datetime) -> None:
    edition.started_at = edition.finished_at = sent_at
    edition.save()
    _put_in(edition, stories)
    signups = Signup.objects.confirmed().filter(newsletter=edition.newsletter)
    Delivery.objects.bulk_create(
        Delivery(
            edition=edition, signup=signup, state=Delivery.State.SENT, attempts=1, claimed_at=sent_at, sent_at=sent_at
        )
        for signup in signups
    )
    edition.html, edition.text = compose(edition)
    edition.job = begin_job("edition", target_id=edition.pk, total=len(signups), user=edition.created_by)
    advance_job(edition.job.pk, len(signups))
    finish_job(edition.job.pk)
    edition.state = Edition.State.SENT
    edition.save()
    Edition.objects.filter(pk=edition.pk).update(created_at=sent_at)


def _seed_draft(stories: dict[str, Article], editor: Member) -> None:
    """A draft of today's briefing, for whoever wants to press the button."""
    newsletter = Newsletter.objects.get(slug="weekday-briefing")
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
    _put_in(edition, newest)


def _put_in(edition: Edition, stories: list[Article]) -> None:
    EditionItem.objects.bulk_create(
        EditionItem(edition=edition, article=story, position=position) for position, story in enumerate(stories)
    )
