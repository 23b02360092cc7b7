import pytest

from members.voting import moderating
from members.voting.errors import TopicError
from members.voting.models import Candidate, Round, Topic
from newsroom.lib.models import AuditEntry
from tests.members.voting.making import candidate_of, cast, held, make_round, make_topic, promise


def test_it_opens_a_suggestion_and_puts_it_to_the_vote(editor, open_round):
    topic = make_topic(state=Topic.State.SUGGESTED)
    moderating.open_topic(user=editor, topic=topic, round_=open_round)
    assert held(topic).state == Topic.State.OPEN
    assert candidate_of(open_round, topic)
    assert AuditEntry.objects.filter(action="topic.opened", actor=editor).exists()


def test_it_puts_nothing_into_a_closed_round(editor, bridge):
    round_ = make_round(state=Round.State.CLOSED)
    with pytest.raises(TopicError):
        moderating.open_topic(user=editor, topic=bridge, round_=round_)
    assert not round_.candidates.exists()


def test_it_does_not_reopen_what_is_promised(editor, bridge):
    promise(bridge)
    with pytest.raises(TopicError):
        moderating.open_topic(user=editor, topic=bridge)


def test_it_declines_with_a_reason_and_leaves_the_rounds(editor, bridge, ferry):
    round_ = make_round(bridge, ferry, state=Round.State.PLANNED)
    moderating.decline_topic(user=editor, topic=bridge, reasons={"en": " Told last year. "})
    assert (held(bridge).state, held(bridge).decline_reason) == (Topic.State.DECLINED, "Told last year.")
    assert list(round_.topics.all()) == [ferry]


def test_it_refuses_to_decline_without_a_reason(editor, bridge):
    with pytest.raises(TopicError):
        moderating.decline_topic(
            user=editor, topic=bridge, reasons={"en": "  ", "uk": "It has no text in this language."}
        )


def test_it_refuses_a_reason_for_what_is_past_declining(editor, bridge):
    promise(bridge)
    with pytest.raises(TopicError):
        moderating.note_reasons(user=editor, topic=bridge, reasons={"en": "No."})


def test_it_refuses_to_decline_while_readers_vote_for_it(editor, patron, open_round, bridge):
    cast(patron, open_round, {bridge: 1})
    with pytest.raises(TopicError, match="close first"):
        moderating.decline_topic(user=editor, topic=bridge, reasons={"en": "No."})
    assert held(bridge).state == Topic.State.OPEN


def test_it_declines_after_a_round_that_it_lost_and_keeps_the_results(editor, patron, open_round, bridge):
    cast(patron, open_round, {bridge: 1})
    Round.objects.update(state=Round.State.CLOSED)
    moderating.decline_topic(user=editor, topic=bridge, reasons={"en": "No."})
    assert candidate_of(open_round, bridge)


def test_it_merges_and_what_was_merged_before_follows(editor, bridge, ferry):
    third = make_topic()
    moderating.merge_topic(user=editor, topic=third, into=bridge)
    moderating.merge_topic(user=editor, topic=bridge, into=ferry)
    assert held(third).merged_into == held(bridge).merged_into == ferry


@pytest.mark.parametrize("state", [Topic.State.COMMISSIONED, Topic.State.PUBLISHED])
def test_it_never_merges_away_a_promise(editor, bridge, ferry, state):
    Topic.objects.filter(pk=bridge.pk).update(state=state)
    with pytest.raises(TopicError):
        moderating.merge_topic(user=editor, topic=bridge, into=ferry)


def test_it_refuses_to_merge_into_itself_or_into_nothing(editor, bridge, ferry):
    with pytest.raises(TopicError):
        moderating.merge_topic(user=editor, topic=bridge, into=bridge)
    moderating.merge_topic(user=editor, topic=bridge, into=ferry)
    with pytest.raises(TopicError):
        moderating.merge_topic(user=editor, topic=ferry, into=bridge)


def test_it_refuses_to_merge_while_readers_vote_for_it(editor, patron, open_round, bridge, ferry):
    cast(patron, open_round, {bridge: 1})
    with pytest.raises(TopicError):
        moderating.merge_topic(user=editor, topic=bridge, into=ferry)


def test_it_writes_the_texts_and_drops_languages_left_out(editor, bridge):
    texts = {"uk": ("Чому міст відкривають о восьмій?", "<b>Щодня</b>")}
    moderating.edit_texts(user=editor, topic=bridge, texts=texts)
    assert list(bridge.texts.values_list("language", "question", "why")) == [
        ("uk", "Чому міст відкривають о восьмій?", "Щодня")
    ]


def test_it_leaves_no_topic_without_a_question(editor, bridge):
    with pytest.raises(TopicError):
        moderating.edit_texts(user=editor, topic=bridge, texts={})
    with pytest.raises(TopicError):
        moderating.edit_texts(user=editor, topic=bridge, texts={"en": ("Why?", "")})
    assert bridge.texts.get().question == "Why does the bridge open at ten past eight?"


def test_it_takes_a_candidate_out_while_nobody_voted_for_it(editor, patron, open_round, bridge, ferry):
    cast(patron, open_round, {bridge: 1})
    moderating.drop_candidate(user=editor, candidate=candidate_of(open_round, ferry))
    with pytest.raises(TopicError):
        moderating.drop_candidate(user=editor, candidate=candidate_of(open_round, bridge))
    assert Candidate.objects.get().topic == bridge
