"""Nothing of a story that readers may not see stands on any public address, in any feed, fragment or letter.

Every view that `test_same_bytes` knows is walked, so that a new public page is walked as well, with the story's own
words put into each place that could name it: the front, its section, tags, series and authors, related boxes, other
languages, search, corrections, commissions, editions.
"""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from articles.models import Article, Correction
from articles.publishing import unpublish
from articles.scheduling import schedule
from members.voting.models import Commission, Round, Topic
from members.voting.telling import tell_voters
from newsletters.composing import compose
from newsletters.models import Edition, EditionItem, Newsletter
from newsroom.lib.models import Letter
from newsroom.lib.page_cache import near
from tests.articles import making
from tests.test_same_bytes import SAMPLES, address_of
from tests.test_same_bytes import story as story  # a fixture: the newsroom with a row of everything

SECRET = "Quabbalorian"
UNSEEN = ("draft", "in_review", "scheduled", "embargoed", "ahead", "unpublished")


def make_hidden(state):
    fields = {
        "headline": f"{SECRET} headline", "deck": f"{SECRET} deck", "body": f"<p>{SECRET} ferry</p>",
        "slug": SECRET.lower(), "tag_ids": [making.tag().pk], "series_id": making.series().pk, "is_front_lead": True,
        "lead_caption": f"{SECRET} caption", "lead_image_id": making.picture(alt=f"{SECRET} picture").pk,
    }  # fmt: skip
    hidden = making.draft(**fields) if state in ("draft", "in_review", "scheduled") else making.story(**fields)
    rows, later = Article.objects.filter(pk=hidden.pk), timezone.now() + timedelta(hours=1)
    if state == "in_review":
        rows.update(state="in_review")
    elif state == "scheduled":
        schedule(user=None, article=hidden, at=later)
    elif state == "embargoed":
        rows.update(embargo_until=later)
    elif state == "ahead":
        rows.update(published_at=later)
    elif state == "unpublished":
        Correction.objects.create(article=hidden, text=f"{SECRET} was wrong")
        unpublish(user=None, article=hidden)
    return rows.get()


def point_at(hidden):
    """Everything that could name it."""
    box = f'<section class="related"><ul><li><a data-article="{hidden.pk}">old words</a></li></ul></section>'
    pointing = making.story(
        body=f'{box}<p>And <a data-article="{hidden.pk}">here</a>.</p>', related_ids=[hidden.pk],
        tag_ids=[making.tag().pk], series_id=making.series().pk,
    )  # fmt: skip
    making.story("uk", translation_of=hidden)
    topic = Topic.objects.get(slug="why")
    Commission.objects.create(topic=topic, round=Round.objects.get(), article=hidden, patrons=3)
    letter = Newsletter.objects.get(slug="morning")
    edition = Edition.objects.create(newsletter=letter, subject="Today")
    for position, article in enumerate((hidden, pointing)):
        EditionItem.objects.create(edition=edition, article=article, position=position)
    return pointing, edition


def assert_silent(text, where):
    assert SECRET.lower() not in text.lower(), where


@pytest.mark.parametrize("state", UNSEEN)
def test_it_stands_on_no_public_address(story, client, patron_client, state):
    hidden = make_hidden(state)
    pointing, _edition = point_at(hidden)
    paths = [address_of(name, story) for name in SAMPLES]
    paths += [pointing.get_absolute_url(), "/search/?q=ferry", f"/search/?q={SECRET[:6]}", "/fragment/me/"]
    paths += [reverse("members:topic", args=["why"]), "/account/", "/topics/vote/"]
    for path in [*paths, *(f"/uk{path}" for path in paths if not path.startswith(("/theme", "/robots")))]:
        cache.clear(), near.let_go()
        for reader in (client, patron_client):
            answer = reader.get(path)
            asked = f'value="{SECRET[:6]}"'
            assert_silent(answer.content.decode().replace(asked, ""), f"{path} {answer.status_code}")


@pytest.mark.parametrize("state", UNSEEN)
def test_it_stands_in_no_letter(story, patron, state):
    hidden = make_hidden(state)
    _pointing, edition = point_at(hidden)
    for part in compose(edition):
        assert_silent(part, "edition")
    tell_voters(article_id=hidden.pk)
    assert not Letter.objects.filter(kind="members/story_out").exists()


@pytest.mark.parametrize("state", UNSEEN)
def test_it_stands_in_no_preview_of_another(story, client, state):
    from articles.previews import create_preview_link

    pointing, _edition = point_at(make_hidden(state))
    token = create_preview_link(user=None, article=pointing)
    assert_silent(client.get(f"/preview/{token}/").content.decode(), "preview")
