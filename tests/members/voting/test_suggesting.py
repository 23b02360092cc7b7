import pytest
from django.utils import translation

from members.voting.errors import NotAllowed, TopicError
from members.voting.models import Topic
from members.voting.suggesting import similar_topics, suggest_topic
from newsroom.lib.models import AuditEntry
from tests.members.voting.making import make_topic, say


def suggest(member, question="Why is the water of the canal brown?", why="", language="en"):
    return suggest_topic(member=member, language=language, question=question, why=why)


def test_it_waits_for_an_editor(member):
    topic = suggest(member, why="It smells, too.")
    assert (topic.state, topic.suggested_by, topic.language) == (Topic.State.SUGGESTED, member, "en")
    assert (topic.question, topic.why) == ("Why is the water of the canal brown?", "It smells, too.")
    assert AuditEntry.objects.filter(action="topic.suggested", actor=member, target_id=topic.pk).exists()


def test_it_refuses_an_address_that_has_not_proved_itself(make_member):
    with pytest.raises(NotAllowed):
        suggest(make_member("new@example.org", proved_at=None))
    assert not Topic.objects.exists()


def test_it_keeps_plain_text_on_one_line(member):
    topic = suggest(member, "<b>Why</b> is\nthe  water <script>alert(1)</script>brown?\0", why="<i>It</i> smells")
    assert topic.question == "Why is the water alert(1)brown?"
    assert topic.why == "It smells"


def test_it_refuses_what_holds_no_question(member):
    with pytest.raises(TopicError):
        suggest(member, "<p>Why?</p>")


def test_it_makes_one_topic_when_the_button_is_pressed_twice(member):
    assert suggest(member) == suggest(member)
    assert Topic.objects.count() == 1


def test_it_numbers_the_address_of_a_question_asked_by_another(member, stranger):
    first, second = suggest(member), suggest(stranger)
    assert second.slug == f"{first.slug}-2"


def test_it_never_takes_an_address_of_ours(member):
    assert suggest(member, "Rounds, rounds!").slug == "rounds-rounds"
    assert suggest(member, "vote?" + "!" * 12).slug == "vote-topic"


def test_it_gives_a_ukrainian_question_a_latin_address(member):
    topic = suggest(member, "Чому в Києві не працює фунікулер?", language="uk")
    assert topic.slug == "chomu-v-kyievi-ne-pratsiuie-funikuler"


@pytest.mark.parametrize(
    ("standing", "asked", "language"),
    [
        ("Why does the bridge open at ten past eight?", "Why is the bridge opening at ten past eight?", "en"),
        ("Чому міст відкривають о восьмій десять?", "Чому міст відчиняють о восьмій десять?", "uk"),
        ("Куди йдуть штрафи за безквитковий проїзд?", "Куди зникають штрафи за безквитковий проїзд у трамваї?", "uk"),
    ],
)
def test_it_finds_what_asks_nearly_the_same(db, standing, asked, language):
    topic = make_topic(standing, language=language)
    assert similar_topics(asked, language) == [topic]


@pytest.mark.parametrize(
    "question", ["Why does the hospital open at nine?", "Who inspects the school kitchens?", "???"]
)
def test_it_tells_other_questions_apart(bridge, ferry, question):
    assert similar_topics(question, "en") == []


def test_it_shows_what_is_most_alike_first(bridge):
    other = make_topic("Why does the bridge close at ten past eight every day?")
    assert similar_topics("Why does the bridge open at ten past eight?", "en") == [bridge, other]


def test_it_shows_no_suggestion_that_an_editor_has_not_opened(db):
    make_topic("Why is the water of the canal brown?", state=Topic.State.SUGGESTED)
    assert similar_topics("Why is the water of the canal brown?", "en") == []


def test_it_reads_a_topic_in_the_language_of_the_page(bridge):
    say(bridge, "uk", "Чому міст відкривають о восьмій десять?")
    with translation.override("uk"):
        assert bridge.question == "Чому міст відкривають о восьмій десять?"
    with translation.override("en"):
        assert bridge.question == "Why does the bridge open at ten past eight?"
