"""A small newsroom on the parts, made by the rooms' own verbs. Runs in a process that is given those parts."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from articles.revising import create_article
from articles.scheduling import schedule
from members.accounts import roles
from members.accounts.models import Member
from members.patronage.models import Declaration, Payment, Period, Price, StripeCustomer, Subscription, Tier
from members.voting.forms import name_of
from newsletters.models import Edition, EditionItem, Newsletter, Signup
from newsroom.lib.tokens import hash_token, new_token
from tests.articles import making
from tests.members.voting.making import candidate_of, make_round, make_topic
from tests.sign_in import sign_in

READERS = 30


def make_scene():
    read, other = making.story(headline="The ferry is late"), making.story(headline="The bridge is open")
    tier = Tier.objects.create(key="lantern", name="Lantern", votes_per_round=3)
    Price.objects.create(tier=tier, amount=500, currency="eur", interval="month")
    editor, patron = _make_staff("editor@example.org", roles.PUBLISHER), _make_patron("patron@example.org", tier)
    topic = make_topic("What became of the bridge?")
    newsletter = _make_newsletter("briefing")
    for number in range(READERS):
        _make_signup(_make_member(f"reader{number:02}@example.org"), newsletter)
    return {
        "story": read.get_absolute_url(), "other_story": other.get_absolute_url(),
        "draft": _make_draft(editor), "draft_of_its_own": _make_draft(editor),
        "editor": _session_of(editor), "patron": _session_of(patron),
        "candidate": name_of(candidate_of(make_round(topic), topic)),
        "editions": [_make_edition(newsletter, read, number) for number in range(1, 5)],
        "token": _make_signup(_make_member("leaving@example.org"), _make_newsletter("farewell")).token,
    }  # fmt: skip


def _make_member(email, **fields):
    return Member.objects.create_user(email, proved_at=timezone.now(), **fields)


def _make_staff(email, role):
    member = _make_member(email, name="Editor", is_staff=True)
    roles.grant_role(user=None, member=member, role=role)
    return member


def _make_patron(email, tier):
    member, now = _make_member(email), timezone.now()
    Period.objects.create(
        member=member, tier=tier, cause=Period.Cause.FREE, starts_at=now, ends_at=now + timedelta(days=30)
    )
    return member


def schedule_story(headline, *, hours):
    """The key of a story that is due so many hours from now."""
    editor = Member.objects.get(email="editor@example.org")
    content = making.StoryContent.from_json({**making.draft().latest_revision.content, "headline": headline})
    article = create_article(user=editor, language="en", content=content)
    return schedule(user=editor, article=article, at=timezone.now() + timedelta(hours=hours)).pk


def let_in(address):
    """The key of a session."""
    return _session_of(Member.objects.filter(email=address).first() or _make_member(address))


def gather_crowd(number):
    """The key of an edition that goes to so many readers."""
    newsletter, now = _make_newsletter("crowd"), timezone.now()
    people = [Member(email=f"crowd{each:03}@example.org", proved_at=now) for each in range(number)]
    confirmed = {"newsletter": newsletter, "state": Signup.State.CONFIRMED, "confirmed_at": now}
    Signup.objects.bulk_create(Signup(member=person, **confirmed) for person in Member.objects.bulk_create(people))
    return _make_edition(newsletter, making.story(headline="The crowd is told"), 1)


def declare_withdrawal(address):
    """The secret of the mailed link: behind it one support, begun today, ends and its payment goes back."""
    member, now, token = _make_member(address), timezone.now(), new_token()
    mirrored = {"fetched_at": now, "created_at": now, "currency": "eur", "amount": 500}
    customer = StripeCustomer.objects.create(member=member, stripe_id=f"cus_{member.pk}")
    support = Subscription.objects.create(
        member=member, customer=customer, stripe_id=f"sub_{member.pk}", status="active", interval="month", **mirrored
    )
    Payment.objects.create(
        member=member, subscription=support, kind=Payment.Kind.RENEWAL, stripe_id=f"in_{member.pk}", status="paid",
        payment_intent_id=f"pi_{member.pk}", paid_at=now, **mirrored,
    )  # fmt: skip
    Declaration.objects.create(
        member=member, kind=Declaration.Kind.WITHDRAW, given=address, language="en", token_hash=hash_token(token),
        expires_at=now + timedelta(days=1),
    )  # fmt: skip
    return token


def _make_draft(editor):
    content = making.draft().latest_revision.content
    return create_article(user=editor, language="en", content=making.StoryContent.from_json(content)).pk


def _make_newsletter(slug):
    return Newsletter.objects.create(language="en", slug=slug, name=slug.title())


def _make_signup(member, newsletter):
    confirmed = {"state": Signup.State.CONFIRMED, "confirmed_at": timezone.now()}
    return Signup.objects.create(newsletter=newsletter, member=member, **confirmed)


def _make_edition(newsletter, story, number):
    edition = Edition.objects.create(newsletter=newsletter, subject=f"Letter {number}", intro="Good morning.")
    EditionItem.objects.create(edition=edition, article=story)
    return edition.pk


def _session_of(member):
    client = Client()
    sign_in(client, member)
    return client.session.session_key
