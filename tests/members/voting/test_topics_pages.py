"""The public pages: what they say, whom they ask, what they forget."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from articles.publishing import unpublish
from members.voting import commissioning, moderating
from members.voting.models import Commission, Round, Topic
from tests.articles.making import author, story
from tests.members.voting.making import cast, make_round, make_topic, promise, say


def read(name, *args, status=200):
    cache.clear()
    response = Client().get(reverse(f"members:{name}", args=args))
    assert response.status_code == status
    return response.content.decode()


def kept(topic, **fields):
    row = promise(topic, state=Commission.State.PUBLISHED, article=story(**fields), reporter=author())
    Topic.objects.filter(pk=topic.pk).update(state=Topic.State.PUBLISHED)
    return row


def test_topics_leads_with_what_has_most_votes(patron, open_round, bridge, ferry):
    cast(patron, open_round, {bridge: 1, ferry: 2})
    page = read("topics")
    assert page.index(ferry.question) < page.index(bridge.question)
    assert "<strong>2</strong> votes" in page


def test_topics_shows_what_became_of_the_rest(db):
    promise(make_topic("Who pays for the lighthouse?"), reporter=author())
    kept(make_topic("Who reads the meters?"), headline="The man with the lamp")
    make_topic("Is the mayor a lizard?", state=Topic.State.DECLINED, decline_reason="He is not.")
    make_topic("A secret suggestion here", state=Topic.State.SUGGESTED)
    page = read("topics")
    for text in ("Who pays for the lighthouse?", "The man with the lamp", "He is not.", "No round is open"):
        assert text in page
    assert "A secret suggestion" not in page


def test_a_reason_is_read_in_the_pages_language_or_in_the_one_there_is(bridge, editor):
    say(bridge, "uk", "Хто тримає міст закритим?")
    moderating.decline_topic(user=editor, topic=bridge, reasons={"en": "Told last year.", "uk": "Писали торік."})
    moderating.decline_topic(user=editor, topic=make_topic(slug="new"), reasons={"en": "Not yet."})
    with translation.override("uk"):
        pages = read("topic", "bridge"), read("topics"), read("topic", "new")
    assert "Писали торік." in pages[0] and "Писали торік." in pages[1]
    assert "Told last year." not in pages[0] + pages[1]
    assert "Not yet." in pages[2]


def test_a_story_that_was_taken_down_is_named_nowhere(bridge):
    unpublish(user=None, article=kept(bridge, headline="The man with the lamp").article)
    for page in (read("topics"), read("board"), read("topic", "bridge")):
        assert "The man with the lamp" not in page


def test_a_topic_says_how_it_stands(patron, open_round, bridge):
    cast(patron, open_round, {bridge: 2})
    page = read("topic", "bridge")
    assert "<strong>2</strong> votes so far" in page
    assert reverse("members:vote") in page


def test_a_topic_keeps_the_results_of_its_last_round(patron, open_round, bridge):
    cast(patron, open_round, {bridge: 2})
    Round.objects.update(state=Round.State.CLOSED)
    assert open_round.get_absolute_url() in read("topic", "bridge")


def test_a_topic_names_the_story_that_answered_it(bridge):
    kept(bridge, headline="The man with the lamp")
    assert "The man with the lamp" in read("topic", "bridge")


def test_a_topic_opened_again_is_up_for_votes_again(editor, bridge):
    commission = commissioning.commission_topic(user=editor, topic=bridge)
    commissioning.withdraw_commission(user=editor, commission=commission, reasons={"en": "The archive burned."})
    assert "The archive burned." in read("topic", "bridge")
    moderating.open_topic(user=editor, topic=bridge, round_=make_round())
    assert "The archive burned." not in read("topic", "bridge")


@pytest.mark.parametrize("state", [Topic.State.SUGGESTED])
def test_a_suggestion_has_no_page_yet(db, state):
    make_topic(slug="mine", state=state)
    read("topic", "mine", status=404)


def test_a_merged_topic_leads_to_the_other(editor, bridge, ferry):
    moderating.merge_topic(user=editor, topic=bridge, into=ferry)
    response = Client().get(bridge.get_absolute_url())
    assert (response.status_code, response["Location"]) == (302, ferry.get_absolute_url())


def test_round_gives_figures_and_words(patron, make_patron, open_round, bridge, ferry):
    cast(patron, open_round, {bridge: 1, ferry: 2})
    cast(make_patron("other@example.org"), open_round, {ferry: 1})
    page = read("round", open_round.number)
    for text in ("2 patrons cast 4 votes.", 'value="100"', 'value="33"', "votes, 75% of all", "vote, 25% of all"):
        assert text in page


def test_round_with_no_votes_divides_by_nothing(open_round):
    assert 'value="0"' in read("round", open_round.number)


def test_a_planned_round_has_no_results(bridge):
    read("round", make_round(bridge, state=Round.State.PLANNED).number, status=404)
    read("round", 10**30, status=404)


def test_board_parts_the_promises_by_what_became_of_them(bridge, ferry):
    promise(bridge, withdrawn_reasons={"en": "A draft of a reason"})
    promise(ferry, state=Commission.State.WITHDRAWN, withdrawn_reasons={"en": "It sank."})
    kept(make_topic(), headline="The man with the lamp")
    page = read("board")
    for text in ("Being reported", "Withdrawn, and why", "It sank.", "The man with the lamp", "Asked by 3 patrons"):
        assert text in page
    assert "A draft of a reason" not in page


def test_it_speaks_the_language_of_the_path(open_round, bridge):
    say(bridge, "uk", "Чому міст відкривають о восьмій десять?", "Щодня те саме.")
    for path in ("/uk/topics/", "/uk/topics/bridge/", f"/uk/topics/rounds/{open_round.number}/"):
        page = Client().get(path).content.decode()
        assert "Чому міст відкривають о восьмій десять?" in page
        assert "Why does the bridge" not in page


@pytest.mark.parametrize("path", ["/topics/", "/topics/bridge/", "/topics/board/", "/topics/rounds/{}/"])
def test_it_is_the_same_bytes_for_everybody(path, open_round, patron, patron_client, member_client, editor_client):
    path, pages = path.format(open_round.number), set()
    cast(patron, open_round, {open_round.topics.first(): 1})
    for client in (Client(), patron_client, member_client, editor_client):
        cache.clear()
        response = client.get(path, headers={"Accept-Language": "uk"} if client is patron_client else {})
        pages.add(response.content)
        assert not response.cookies
        assert "csrfmiddlewaretoken" not in response.content.decode()
    assert len(pages) == 1


def queries_of(path):
    with CaptureQueriesContext(connection) as queries:
        assert Client().get(path).status_code == 200
    return len(queries)


@pytest.mark.parametrize("path", ["/topics/", "/topics/board/", "/topics/rounds/{}/"])
def test_it_asks_as_little_for_many_as_for_few(path, open_round, bridge):
    def grow():
        open_round.topics.add(make_topic())
        promise(make_topic(), reporter=author())
        kept(make_topic())
        make_topic(state=Topic.State.DECLINED, decline_reason="No.")

    path = path.format(open_round.number)
    grow()
    few = queries_of(path)
    for _ in range(5):
        grow()
    cache.clear()
    assert queries_of(path) <= min(few, 16)


def test_a_topic_page_asks_little(patron, open_round, bridge, django_assert_max_num_queries):
    cast(patron, open_round, {bridge: 1})
    with django_assert_max_num_queries(8):
        Client().get("/topics/bridge/")


def test_it_names_the_translation_where_the_language_has_one(bridge):
    original = kept(bridge, headline="The man with the lamp").article
    story(language="uk", translation_of=original, headline="Чоловік із ліхтарем")
    cache.clear()
    page = Client().get("/uk/topics/").content.decode()
    assert "Чоловік із ліхтарем" in page
    assert "The man with the lamp" not in page
