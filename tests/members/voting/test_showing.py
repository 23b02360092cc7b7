import pytest
from django.template import Context, Template
from django.utils import translation

from members.patronage.models import Period
from members.voting import showing
from members.voting.models import Commission, Round
from tests.articles.making import story
from tests.members.voting.making import cast, make_topic, promise, say


def render(source, **context):
    return Template("{% load voting %}" + source).render(Context(context))


def honour(article):
    return render("{% commissioned_by article %}", article=article)


def test_leading_topics_are_in_the_language_asked_for(patron, open_round, bridge, ferry):
    say(bridge, "uk", "Чому міст відкривають о восьмій десять?")
    cast(patron, open_round, {bridge: 2, ferry: 1})
    found = showing.leading_topics("uk", limit=1)
    assert found["round"] == open_round
    assert found["topics"] == [
        {"question": "Чому міст відкривають о восьмій десять?", "url": "/uk/topics/bridge/", "votes": 2}
    ]


def test_leading_topics_leave_out_what_is_promised(open_round, bridge, ferry):
    promise(bridge)
    assert [row["question"] for row in showing.leading_topics("en")["topics"]] == [ferry.question]


def test_leading_topics_are_none_without_an_open_round(bridge):
    assert showing.leading_topics("en") == {"round": None, "topics": []}


def test_leading_topics_ask_little(open_round, django_assert_num_queries):
    for _ in range(5):
        open_round.topics.add(make_topic())
    with django_assert_num_queries(3):
        showing.leading_topics("en", limit=5)


def test_the_tag_gives_the_same(open_round, bridge):
    page = "{% leading_topics as asked %}{% for topic in asked.topics %}{{ topic.url }} {% endfor %}"
    with translation.override("uk"):
        assert "/uk/topics/bridge/" in render(page)


def test_answered_stories_are_published_and_stand_once(bridge, ferry):
    article = story()
    for topic in (bridge, ferry):
        promise(topic, article=article, state=Commission.State.PUBLISHED)
    promise(make_topic(), article=story())
    assert showing.answered_stories("en") == [article]


def test_answered_stories_are_found_in_translation(bridge):
    article = story()
    translated = story("uk", translation_of=article)
    promise(bridge, article=article, state=Commission.State.PUBLISHED)
    assert showing.answered_stories("uk") == [translated]


def test_my_votes_counts_what_is_left(patron, open_round, bridge):
    assert showing.my_votes(patron) == {"left": 3, "allowance": 3}
    cast(patron, open_round, {bridge: 2})
    assert showing.my_votes(patron) == {"left": 1, "allowance": 3}


def test_my_votes_is_none_for_who_may_not_vote(member, patron, open_round):
    assert showing.my_votes(member) is None
    Period.objects.update(revoked_at="2024-01-01T00:00Z")
    assert showing.my_votes(patron) is None


def test_my_votes_is_none_without_an_open_round(patron, open_round):
    Round.objects.update(state=Round.State.CLOSED)
    assert showing.my_votes(patron) is None


def test_the_line_of_honour_counts_and_links(bridge):
    article = story()
    promise(bridge, article=article, patrons=412)
    line = honour(article)
    assert "Commissioned by 412 patrons" in line
    assert bridge.get_absolute_url() in line
    assert bridge.question in line


def test_the_line_of_honour_stands_on_the_translation(bridge):
    article = story()
    promise(bridge, article=article)
    assert "Commissioned by 3 patrons" in honour(story("uk", translation_of=article))


@pytest.mark.parametrize("fields", [{"state": Commission.State.WITHDRAWN}, {"patrons": 0}])
def test_there_is_no_line_where_nobody_asked(bridge, fields):
    article = story()
    promise(bridge, article=article, **fields)
    assert honour(article).strip() == honour(story()).strip() == ""


def test_the_line_of_honour_costs_a_story_one_question(db, django_assert_num_queries):
    article = story()
    with django_assert_num_queries(1):
        honour(article)
