import pytest
from django.utils import translation

from articles.publishing import publish, unpublish
from members.voting import commissioning, moderating
from members.voting.errors import TopicError
from members.voting.models import Commission, Round, Topic
from newsroom.lib.models import AuditEntry, Outbox
from tests.articles.making import draft, story
from tests.members.voting.making import cast, held, make_round, make_topic, say

OWED = "commission.published"


@pytest.fixture
def commission(editor, bridge):
    return commissioning.commission_topic(user=editor, topic=bridge)


def test_it_counts_the_patrons_and_freezes_the_number(editor, make_patron, open_round, bridge, ferry):
    for number in range(3):
        cast(make_patron(f"p{number}@example.org"), open_round, {bridge: 1 + number % 2, ferry: 1})
    commission = commissioning.commission_topic(user=editor, topic=bridge)
    assert (commission.patrons, commission.round, held(bridge).state) == (3, open_round, Topic.State.COMMISSIONED)
    assert AuditEntry.objects.get(action="topic.commissioned").details == {"patrons": 3}


def test_it_counts_a_patron_of_two_rounds_once(editor, patron, open_round, bridge):
    cast(patron, open_round, {bridge: 2})
    Round.objects.update(state=Round.State.CLOSED)
    cast(patron, make_round(bridge), {bridge: 1})
    assert commissioning.commission_topic(user=editor, topic=bridge).patrons == 1


def test_it_counts_those_who_asked_in_other_words(editor, patron, open_round, bridge, ferry):
    cast(patron, open_round, {ferry: 1})
    Round.objects.update(state=Round.State.CLOSED)
    moderating.merge_topic(user=editor, topic=ferry, into=bridge)
    assert commissioning.commission_topic(user=editor, topic=bridge).patrons == 1


def test_it_promises_once(editor, commission, bridge):
    with pytest.raises(TopicError, match="commissioned"):
        commissioning.commission_topic(user=editor, topic=bridge)


def test_it_promises_nothing_that_no_editor_opened(editor):
    with pytest.raises(TopicError):
        commissioning.commission_topic(user=editor, topic=make_topic(state=Topic.State.SUGGESTED))


def test_it_owes_the_letters_at_once_when_the_story_is_out(editor, commission):
    article = story()
    commissioning.link_story(user=editor, commission=commission, article=article)
    assert Outbox.objects.get(kind=OWED).payload == {"commission_id": commission.pk}
    assert held(commission).story == article


def test_it_owes_nothing_before_the_story_is_out(editor, commission):
    commissioning.link_story(user=editor, commission=commission, article=draft())
    assert not Outbox.objects.filter(kind=OWED).exists()
    assert held(commission).story is None


def test_it_owes_again_for_another_story(editor, commission):
    first, second = story(), story()
    for article in (first, second, second):
        commissioning.link_story(user=editor, commission=commission, article=article)
    assert Outbox.objects.filter(kind=OWED).count() == 2


def test_it_changes_no_story_that_voters_were_told_of(editor, commission):
    Commission.objects.update(article=story(), state=Commission.State.PUBLISHED)
    with pytest.raises(TopicError, match="told of another"):
        commissioning.link_story(user=editor, commission=commission, article=story())
    with pytest.raises(TopicError, match="told of this"):
        commissioning.unlink_story(user=editor, commission=commission)


def test_it_takes_a_wrong_link_back(editor, commission):
    commissioning.link_story(user=editor, commission=commission, article=draft())
    commissioning.unlink_story(user=editor, commission=commission)
    assert held(commission).article is None


def test_it_withdraws_with_a_reason(editor, commission, bridge):
    commissioning.withdraw_commission(user=editor, commission=commission, reasons={"en": "The archive burned."})
    assert (held(commission).state, held(commission).withdrawn_why) == ("withdrawn", "The archive burned.")
    assert (held(bridge).state, held(bridge).decline_reason) == (Topic.State.DECLINED, "The archive burned.")


def test_it_says_why_in_the_readers_language(editor, commission, bridge):
    say(bridge, "uk", "Чому міст відкривають о восьмій десять?")
    reasons = {"en": "The archive burned.", "uk": "Архів згорів."}
    commissioning.withdraw_commission(user=editor, commission=commission, reasons=reasons)
    with translation.override("uk"):
        assert (held(commission).withdrawn_why, held(bridge).decline_reason) == ("Архів згорів.", "Архів згорів.")
    with translation.override("de"):
        assert held(commission).withdrawn_why == "The archive burned."


def test_it_drafts_a_reason_that_no_reader_sees(editor, commission, bridge):
    commissioning.note_reasons(user=editor, commission=commission, reasons={"en": " Not yet sure. ", "uk": ""})
    assert held(commission).withdrawn_reasons == {"en": "Not yet sure."}
    assert (held(commission).state, held(bridge).decline_reason) == (Commission.State.PROMISED, "")


def test_it_withdraws_nothing_without_a_reason(editor, commission):
    with pytest.raises(TopicError):
        commissioning.withdraw_commission(user=editor, commission=commission, reasons={"en": " "})


def test_it_links_no_story_to_a_withdrawn_promise(editor, commission):
    commissioning.withdraw_commission(user=editor, commission=commission, reasons={"en": "No."})
    with pytest.raises(TopicError, match="withdrawn"):
        commissioning.link_story(user=editor, commission=commission, article=story())


def test_it_promises_again_what_was_withdrawn(editor, commission, bridge):
    commissioning.withdraw_commission(user=editor, commission=commission, reasons={"en": "No."})
    moderating.open_topic(user=editor, topic=bridge)
    again = commissioning.commission_topic(user=editor, topic=bridge)
    assert (again.pk, held(again).state, held(again).withdrawn_why) == (commission.pk, "promised", "")


def test_it_shows_no_story_that_was_taken_down(editor, commission):
    article = story()
    commissioning.link_story(user=editor, commission=commission, article=article)
    unpublish(user=None, article=article)
    assert held(commission).story is None
    publish(user=None, article=article)
    assert held(commission).story == article
