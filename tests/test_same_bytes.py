"""One page for everybody: a public page is the same bytes for every reader, signed in or not, whatever their browser
says of languages. Every view marked `public_page` must have a sample address here."""

from datetime import timedelta
from itertools import product

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from members.patronage.models import Campaign
from members.voting.models import Candidate, Round, Topic, TopicText
from newsletters.models import Edition, Newsletter
from tests.articles import making

READERS = ["anonymous", "member", "patron", "editor"]
LANGUAGES = [None, "uk", "de, *;q=0.5"]

SAMPLES = {
    "home": [], "theme-css": [],
    "articles:article": lambda story: story.get_absolute_url(),
    "articles:section": ["city"], "articles:tag": ["ferries"], "articles:series": ["the-port"],
    "articles:author": ["olena-marsh"], "articles:page": ["about"], "articles:other-ways": [],
    "articles:corrections": [], "articles:search": lambda story: "/search/?q=ferry",
    "articles:feed": [], "articles:feed-json": [],
    "articles:section-feed": ["city"], "articles:section-feed-json": ["city"],
    "articles:tag-feed": ["ferries"], "articles:tag-feed-json": ["ferries"],
    "articles:author-feed": ["olena-marsh"], "articles:author-feed-json": ["olena-marsh"],
    "articles:sitemap": [], "articles:sitemap-lists": [], "articles:sitemap-stories": [1],
    "articles:news-sitemap": [], "articles:robots": [],
    "members:support": [], "members:support-end": [], "members:support-withdraw": [], "members:give": [],
    "members:support-asked": [], "members:thank-you": [], "members:topics": [], "members:topic": ["why"],
    "members:round": [1], "members:board": [],
    "newsletters:newsletters": [], "newsletters:newsletter": ["morning"], "newsletters:signup-asked": [],
    "newsletters:edition": ["morning", "2024-11-13", 1],
}  # fmt: skip


def public_views(patterns=None, namespace=""):
    """The names of all views that are marked, by walking every address."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLPattern):
            if getattr(pattern.callback, "is_public_page", False):
                yield f"{namespace}{pattern.name}"
        else:
            inner = f"{pattern.namespace}:" if pattern.namespace else namespace
            yield from public_views(pattern.url_patterns, inner)


@pytest.fixture
def story(db):
    """A newsroom with a row of everything that a public page can show."""
    making.page("about"), making.page("other-ways")
    story = making.story(
        headline="The ferry", tag_ids=[making.tag().pk], series_id=making.series().pk,
        lead_image_id=making.picture().pk, related_ids=[making.story().pk],
    )  # fmt: skip
    now = timezone.now()
    topic = Topic.objects.create(slug="why", state=Topic.State.OPEN)
    TopicText.objects.create(topic=topic, language="en", question="Why?", why="Because.")
    round_ = Round.objects.create(number=1, state="open", opens_at=now, closes_at=now + timedelta(days=9))
    Candidate.objects.create(round=round_, topic=topic)
    letter = Newsletter.objects.create(slug="morning", name="Morning")
    Edition.objects.create(newsletter=letter, subject="Today", state="sent", dated_on="2024-11-13", html="<p>x</p>")
    Campaign.objects.create(name="Always", lead="Read on?", text="We ask.", button_label="Give", is_running=True)
    return story


@pytest.fixture
def clients(member_client, patron_client, editor_client):
    signed_in = {"member": member_client, "patron": patron_client, "editor": editor_client}
    for client in signed_in.values():
        client.cookies["signed_in"] = "1"
    return {"anonymous": Client(), **signed_in}


def address_of(name, story):
    sample = SAMPLES[name]
    return sample(story) if callable(sample) else reverse(name, args=sample)


def fetch(client, path, language):
    """Rendered for this very reader: nothing is left in the store."""
    cache.clear()
    response = client.get(path, headers={"Accept-Language": language} if language else {})
    assert response.status_code == 200, path
    assert not response.cookies, path
    return response.content, dict(response.headers)


def test_every_public_view_has_a_sample_here():
    assert set(public_views()) == set(SAMPLES)


def test_it_is_the_same_bytes_for_everybody(story, clients):
    differing = []
    for name in SAMPLES:
        path = address_of(name, story)
        first = fetch(clients["anonymous"], path, None)
        for reader, language in product(READERS, LANGUAGES):
            if fetch(clients[reader], path, language) != first:
                differing.append((name, reader, language))
    assert differing == []


def test_it_holds_nothing_that_is_one_readers(story, clients):
    for name in SAMPLES:
        content, headers = fetch(clients["editor"], address_of(name, story), None)
        assert headers.get("Vary", "Accept-Encoding") == "Accept-Encoding", name
        assert "nonce" not in headers.get("Content-Security-Policy", ""), name
        for word in (b"csrfmiddlewaretoken", b"nonce=", b"editor@example.org"):
            assert word not in content, name


def test_the_other_language_is_the_same_bytes_too(clients, story):
    letter = Newsletter.objects.create(slug="ranok", name="Ранок", language="uk")
    Edition.objects.create(newsletter=letter, subject="Нині", state="sent", dated_on="2024-11-13", html="<p>x</p>")
    own = [making.story("uk", headline="Пором").get_absolute_url(), "/uk/newsletters/ranok/2024-11-13-1/"]
    for path in ["/uk/", "/uk/feed/", "/uk/topics/", "/uk/support/", "/uk/newsletters/", *own]:
        first = fetch(clients["anonymous"], path, None)
        assert "Пором" in first[0].decode() or b'<html lang="uk"' in first[0], path
        for reader in READERS:
            assert fetch(clients[reader], path, "en") == first, (path, reader)
