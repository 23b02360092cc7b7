"""Nothing of a story that readers may not see stands on any public address, in any feed, fragment or letter.

Every address of the site is walked but the desk's own: pages that are stored, what is one's own, what is behind a
token, whatever is added later (an address that no table names fails here and in `test_owned_addresses`). The story's
own words are put into each place that could name it: the front, its section, tags, series and authors, related boxes,
other languages, search, corrections, commissions, editions, what a reader gave for it. That each of these places does
name it once it is out is shown last: else this would pass on pages that show nothing.
"""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from articles.models import Article, Correction
from articles.previews import create_preview_link
from articles.publishing import publish, unpublish
from articles.scheduling import schedule
from members.patronage.models import Checkout
from members.voting.models import Commission, Round, Topic, TopicText
from members.voting.telling import tell_voters
from newsletters.composing import compose
from newsletters.models import Edition, EditionItem, Newsletter
from newsroom.lib.models import Letter
from newsroom.lib.page_cache import near
from tests.articles import making
from tests.test_owned_addresses import FOR_ALL, NOT_IN_PRODUCTION, OF_A_ROW, OF_A_TOKEN, ONES_OWN, names
from tests.test_same_bytes import SAMPLES, address_of
from tests.test_same_bytes import story as story  # a fixture: the newsroom with a row of everything

SECRET = "Quabbalorian"
UNSEEN = ("draft", "in_review", "scheduled", "embargoed", "ahead", "unpublished")
GUESS = "a-mere-guess"
# What an address that is no page for everybody is made of, where it is made of something.
GUESSES = {
    **{name: [GUESS] for name in OF_A_TOKEN}, **{name: [7] for name in OF_A_ROW},
    "members:confirm-change": ["0b5a3e0c-6f5e-4a51-9e2f-000000000000"], "account_sign_in_link": [GUESS],
    "articles:moved": [f"{GUESS}/or/two/"], "inbox-message": [GUESS], "inbox-message-body": [GUESS],
    "admin/login/": "/admin/login/", "media/<path:name>": f"/media/{GUESS}.png", "desk-member": [7],
}  # fmt: skip
# Pages for everybody on which no story is ever named.
NAMING_NONE = {
    "theme-css", "articles:page", "articles:other-ways", "articles:sitemap", "articles:sitemap-lists",
    "articles:robots", "members:support", "members:support-end", "members:support-withdraw", "members:give",
    "members:support-asked", "members:thank-you", "members:round", "newsletters:newsletters",
    "newsletters:newsletter", "newsletters:signup-asked",
}  # fmt: skip


def make_hidden(state):
    fields = {
        "headline": f"{SECRET} headline {state}", "deck": f"{SECRET} deck", "body": f"<p>{SECRET} ferry</p>",
        "slug": f"{SECRET.lower()}-{state}", "tag_ids": [making.tag().pk], "series_id": making.series().pk,
        "is_front_lead": True, "lead_caption": f"{SECRET} caption",
        "lead_image_id": making.picture(alt=f"{SECRET} picture").pk,
    }  # fmt: skip
    is_written = state in ("draft", "in_review", "scheduled", "embargoed")
    hidden = making.draft(**fields) if is_written else making.story(**fields)
    rows, later = Article.objects.filter(pk=hidden.pk), timezone.now() + timedelta(hours=1)
    if state == "in_review":
        rows.update(state="in_review")
    elif state == "scheduled":
        schedule(user=None, article=hidden, at=later)
    elif state == "embargoed":  # and out by its state, so that nothing but the embargo keeps it
        publish(user=None, article=hidden)
        rows.update(embargo_until=later)
    elif state == "ahead":
        rows.update(published_at=later)
    elif state == "unpublished":
        Correction.objects.create(article=hidden, text=f"{SECRET} was wrong")
        unpublish(user=None, article=hidden)
    return rows.get()


def keep_promise(topic, article):
    Topic.objects.filter(pk=topic.pk).update(state=Topic.State.PUBLISHED)
    kept = {"state": Commission.State.PUBLISHED, "published_at": timezone.now()}
    Commission.objects.create(topic=topic, round=Round.objects.get(), article=article, patrons=3, **kept)


def point_at(hidden, reader=None):
    """Everything that could name it; the story whose text does."""
    box = f'<section class="related"><ul><li><a data-article="{hidden.pk}">old words</a></li></ul></section>'
    pointing = making.story(
        body=f'{box}<p>And <a data-article="{hidden.pk}">here</a>.</p>', related_ids=[hidden.pk],
        tag_ids=[making.tag().pk], series_id=making.series().pk,
    )  # fmt: skip
    making.story("uk", translation_of=hidden)
    topic = Topic.objects.create(slug=f"why-{hidden.pk}")
    TopicText.objects.create(topic=topic, language="en", question="Why?", why="Because.")
    keep_promise(topic, hidden)
    letter = Newsletter.objects.get(slug="morning")
    for edition in (Edition.objects.create(newsletter=letter, subject="Today"), Edition.objects.get(state="sent")):
        for position, article in enumerate((hidden, pointing)):
            EditionItem.objects.create(edition=edition, article=article, position=position)
    if reader is not None:
        Checkout.objects.create(
            member=reader, frequency="month", amount=500, currency="eur", language="en", article_id=hidden.pk
        )
    return pointing


@pytest.fixture
def hidden(story, patron):
    """A story in each state in which nobody may see it; beside each, one that points at it."""
    made = {state: make_hidden(state) for state in UNSEEN}
    keep_promise(Topic.objects.get(slug="why"), made["embargoed"])
    pointing = {state: (one, point_at(one, patron)) for state, one in made.items()}
    Article.objects.filter(pk=story.pk).update(published_at=timezone.now())  # whose page leads on to those before it
    return pointing


def bare(path):
    """Read anew, from no store."""
    cache.clear(), near.let_go()
    return path


def text_of(answer):
    content = b"".join(answer) if answer.streaming else answer.content
    return content.decode().replace(f'value="{SECRET[:6]}"', "").lower()  # what was asked for in the search


def pages_of(story, hidden):
    """By a name each: those for everybody, and those that the fixture adds."""
    pages = {name: address_of(name, story) for name in SAMPLES}
    for state, (one, pointing) in hidden.items():
        pages |= {
            f"beside {state}": pointing.get_absolute_url(),
            f"topic of {state}": reverse("members:topic", args=[f"why-{one.pk}"]),
        }
    return pages


def other_addresses():
    """All that are no pages for everybody. Fails for one of which `GUESSES` does not say what it is made of."""
    for name in names():
        if name not in SAMPLES:
            guess = GUESSES.get(name, [])
            yield guess if isinstance(guess, str) else reverse(name, args=guess)


def secrets_of(hidden):
    """Its words, and the files of its picture: they cannot be guessed, so nothing must tell them, as a card where the
    story is shared neither."""
    files = [one.lead_image.file.name.lower() for one, _pointing in hidden.values() if one.lead_image]
    assert len(files) == 3
    return [SECRET.lower(), *files]


def test_it_stands_on_no_public_address(story, hidden, client, patron_client):
    pages = pages_of(story, hidden).values()
    translated = [f"/uk{path}" for path in pages if not path.startswith(("/theme", "/robots"))]
    own = [one.get_absolute_url() for one, _pointing in hidden.values() if one.published_on]
    assert len(own) == 3
    secrets, told = secrets_of(hidden), []
    for path in [*pages, *translated, *other_addresses(), f"/search/?q={SECRET[:6]}", *own]:
        for reader in (client, patron_client):
            answer = reader.get(bare(path))
            text = text_of(answer)
            shown = [secret for secret in secrets if secret in text]
            if shown or (path in own and answer.status_code not in (404, 410)):
                told.append((path, answer.status_code, shown))
    assert told == []


def test_all_addresses_are_walked():
    known = {*SAMPLES, *ONES_OWN, *FOR_ALL, *NOT_IN_PRODUCTION, *GUESSES}
    assert set(names()) - known == set()


@pytest.mark.parametrize("state", UNSEEN)
def test_it_stands_in_no_letter(story, patron, state):
    hidden = make_hidden(state)
    point_at(hidden)
    for edition in Edition.objects.all():
        for part in compose(edition):
            assert SECRET.lower() not in part.lower(), "edition"
    Commission.objects.update(state=Commission.State.PROMISED)
    tell_voters(article_id=hidden.pk)
    assert not Letter.objects.filter(kind="members/story_out").exists()


@pytest.mark.parametrize("state", UNSEEN)
def test_it_stands_in_no_preview_of_another(story, client, state):
    token = create_preview_link(user=None, article=point_at(make_hidden(state)))
    assert SECRET.lower() not in client.get(f"/preview/{token}/").content.decode().lower()


def reveal(hidden):
    """All of them are out, by the verb where they were not."""
    for one, _pointing in hidden.values():
        if one.state != "published":
            publish(user=None, article=Article.objects.get(pk=one.pk))
    Article.objects.update(embargo_until=None)
    Article.objects.filter(published_at__gt=timezone.now()).update(published_at=timezone.now())


def test_each_of_these_places_names_it_once_it_is_out(story, hidden, client, patron_client):
    reveal(hidden)
    pages = pages_of(story, hidden)
    silent = {name for name, path in pages.items() if SECRET.lower() not in text_of(client.get(bare(path)))}
    assert silent == NAMING_NONE
    assert SECRET.lower() in text_of(patron_client.post("/account/export/"))
    for edition in Edition.objects.all():
        for part in compose(edition):
            assert SECRET in part
    for one, _pointing in hidden.values():
        assert one.lead_image is None or one.lead_image.file.name in client.get(one.get_absolute_url()).content.decode()
