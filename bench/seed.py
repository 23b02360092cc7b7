"""What the rows need in the database: a story as a newsroom would have it, patrons with sessions, readers."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.cached_db import SessionStore
from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image as Pillow

from articles.content import BylineEntry, StoryContent
from articles.models import Article, Author, Image, Rendition, Section, Series, Tag
from articles.publishing import publish
from articles.revising import create_article
from members.accounts.models import Member
from members.patronage.models import Campaign, Period, Tier
from members.voting.models import Candidate, Round, Topic, TopicText
from newsletters.models import Edition, EditionItem, Newsletter, Signup

ALLOWANCE = 3
SENTENCE = (
    "The ferry leaves at ten past eight, and since the autumn of the flood nobody on the quay has been able to say who "
    "signs for the state of its engines, though three offices were asked and each named another. "
)


def seed_story() -> Article:
    """About 1,500 words with a lead picture, two bylines, four tags, a series and three related stories."""
    section = Section.objects.create(slug="city", name="City", language="en")
    series = Series.objects.create(slug="the-port", name="The port", language="en")
    tags = [Tag.objects.create(slug=f"tag-{number}", name=f"Tag {number}", language="en") for number in range(4)]
    authors = [Author.objects.create(slug=f"author-{number}", name=f"Author {number}") for number in range(2)]
    _run_campaign()
    common = {"section_id": section.pk, "bylines": [BylineEntry(author_id=row.pk, role="words") for row in authors]}
    related = [
        _publish(
            hours=hours, headline=f"Earlier story {hours}", deck="What came before.", body="<p>Short.</p>", **common
        )
        for hours in range(2, 8)
    ]
    body = "".join(f"<h2>Part {part}</h2>" + f"<p>{SENTENCE * 2}</p>" * 3 for part in range(8))
    return _publish(
        hours=1, headline="Who inspects the night ferry?", deck="Three offices were asked.", body=body, **common,
        tag_ids=[tag.pk for tag in tags], series_id=series.pk, related_ids=[story.pk for story in related[:3]],
        lead_image_id=_picture().pk, lead_caption="The quay at night.", lead_credit="Photo: A. Author",
    )  # fmt: skip


def _publish(*, hours: int, **content: object) -> Article:
    written = create_article(user=None, language="en", content=StoryContent(**content), translation_of=None)  # type: ignore[arg-type]
    return publish(user=None, article=written, at=timezone.now() - timedelta(hours=hours))


def _picture() -> Image:
    """With the rows of its renditions; no page reads their files."""
    out = BytesIO()
    Pillow.new("RGB", (320, 180)).save(out, "PNG")
    file = ContentFile(out.getvalue(), "quay.png")
    image = Image.objects.create(title="The quay", alt="A quay at night", rendered_at=timezone.now(), file=file)
    for kind in ("avif", "webp"):
        for width in (480, 800, 1280):
            Rendition.objects.create(
                image=image, width=width, height=width * 9 // 16, format=kind, file=f"renditions/{width}.{kind}"
            )
    return image


def _run_campaign() -> None:
    Campaign.objects.create(
        language="en", name="Bench", lead="You read it because others paid.", text=f"{SENTENCE}\n\n{SENTENCE}",
        button_label="Become a patron", other_label="Other ways", is_running=True,
    )  # fmt: skip


@dataclass(frozen=True)
class Voter:
    """A patron who is signed in."""

    member_id: int
    session: str
    token: str  # of Django's forms

    @property
    def cookie(self) -> str:
        return f"session={self.session}; csrftoken={self.token}; signed_in=1"


@dataclass(frozen=True)
class Poll:
    """An open round, and one that is over, for the reference to write into."""

    open_round: Round
    closed_round: Round


def seed_poll() -> Poll:
    now = timezone.now()
    topics = [Topic.objects.create(slug=f"topic-{number}", state=Topic.State.OPEN) for number in range(6)]
    TopicText.objects.bulk_create(
        TopicText(topic=topic, language="en", question=f"{topic.slug}: who signs for it?") for topic in topics
    )
    over = Round.objects.create(
        number=1, state=Round.State.CLOSED, opens_at=now - timedelta(days=30), closes_at=now - timedelta(days=20)
    )
    running = Round.objects.create(
        number=2, state=Round.State.OPEN, opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=7)
    )
    for round_ in (over, running):
        Candidate.objects.bulk_create(Candidate(round=round_, topic=topic) for topic in topics)
    return Poll(running, over)


def seed_voters(count: int) -> list[Voter]:
    tier = Tier.objects.create(key="lantern", name="Lantern", votes_per_round=ALLOWANCE)
    members = _seed_members(count, "voter")
    now = timezone.now()
    Period.objects.bulk_create(
        Period(
            member=member, tier=tier, cause=Period.Cause.FREE,
            starts_at=now - timedelta(days=1), ends_at=now + timedelta(days=30),
        )
        for member in members
    )  # fmt: skip
    return [_sign_in(member) for member in members]


def _seed_members(count: int, kind: str) -> list[Member]:
    return Member.objects.bulk_create(
        [
            Member(email=f"{kind}{number}@example.org", password="!", proved_at=timezone.now())
            for number in range(count)
        ],
        batch_size=2000,
    )


def _sign_in(member: Member) -> Voter:
    store = SessionStore()
    store[SESSION_KEY] = str(member.pk)
    store[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    store[HASH_SESSION_KEY] = member.get_session_auth_hash()
    store.save()
    return Voter(member.pk, str(store.session_key), secrets.token_hex(16))


def seed_newsletter(readers: int) -> Newsletter:
    newsletter = Newsletter.objects.create(language="en", slug="briefing", name="The Briefing", sender_name="The Post")
    now = timezone.now()
    Signup.objects.bulk_create(
        (
            Signup(newsletter=newsletter, member=member, state=Signup.State.CONFIRMED, confirmed_at=now)
            for member in _seed_members(readers, "reader")
        ),
        batch_size=2000,
    )
    return newsletter


def seed_edition(newsletter: Newsletter) -> Edition:
    """Six published stories and a greeting."""
    edition = Edition.objects.create(newsletter=newsletter, subject="Who signs for the ferry?", intro=SENTENCE)
    stories = Article.objects.published().order_by("-published_at")[:6]
    EditionItem.objects.bulk_create(
        EditionItem(edition=edition, article=story, position=place) for place, story in enumerate(stories)
    )
    return edition
