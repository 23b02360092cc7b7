"""The desk's pages of topics, rounds and commissions."""

import pytest
from django.contrib import admin
from django.urls import reverse

from members.voting.models import Commission, Round, Topic
from tests.articles.making import author, draft, story
from tests.members.voting.making import candidate_of, cast, held, make_round, make_topic, promise, say

MODELS = ("topic", "round", "commission")


def desk(model, page="changelist", *args):
    return reverse(f"admin:members_{model}_{page}", args=args)


def act(client, model, action, *rows):
    data = {"action": action, "_selected_action": [row.pk for row in rows]}
    response = client.post(desk(model), data, follow=True)
    assert response.status_code == 200
    return [str(message) for message in response.context["messages"]]


def text_row(topic, language, question, why="", **extra):
    known = topic.texts.filter(language=language).first()
    row = {"id": known.pk if known else "", "topic": topic.pk, "language": language}
    return {**row, "question": question, "why": why, "decline_reason": "", **extra}


def topic_form(topic, *rows):
    """The topic's page as a browser sends it, with the rows of its texts."""
    known = sum(1 for row in rows if row["id"])
    data = {"language": topic.language, "merged_into": ""}
    data |= {"texts-TOTAL_FORMS": len(rows), "texts-INITIAL_FORMS": known}
    for at, row in enumerate(rows):
        data |= {f"texts-{at}-{name}": value for name, value in row.items()}
    return data


@pytest.fixture
def rows(bridge, ferry, open_round):
    return {"topic": bridge, "round": open_round, "commission": promise(ferry, article=draft(), reporter=author())}


@pytest.mark.parametrize("model", MODELS)
def test_lists_and_pages_open_for_an_editor(editor_client, rows, model):
    for address in (desk(model), desk(model, "change", rows[model].pk), desk(model) + "?q=bridge"):
        assert editor_client.get(address).status_code == 200


@pytest.mark.parametrize("model", ["topic", "round"])
def test_add_pages_open_for_an_editor(editor_client, model):
    assert editor_client.get(desk(model, "add")).status_code == 200


@pytest.mark.parametrize("client", ["writer_client", "manager_client"])
@pytest.mark.parametrize("model", MODELS)
def test_all_of_it_is_refused_to_others(request, rows, client, model):
    client = request.getfixturevalue(client)
    for address in (desk(model), desk(model, "add"), desk(model, "change", rows[model].pk)):
        assert client.get(address).status_code == 403
        assert client.post(address, {"action": "open_topics"}).status_code == 403


def test_a_commission_is_made_from_a_topic_and_nothing_is_deleted(publisher_client, rows):
    assert publisher_client.get(desk("commission", "add")).status_code == 403
    for model, row in rows.items():
        assert publisher_client.get(desk(model, "delete", row.pk)).status_code == 403


def test_an_editor_adds_a_topic_of_the_newsrooms_own(editor_client):
    data = {"language": "uk", "question": "Чому міст відкривають о восьмій десять?", "why": ""}
    editor_client.post(desk("topic", "add"), data)
    topic = Topic.objects.get()
    assert (topic.state, topic.slug) == (Topic.State.SUGGESTED, "chomu-mist-vidkryvaiut-o-vosmii-desiat")
    assert topic.texts.get().language == "uk"


def test_a_question_too_short_is_said_beside_the_field(editor_client):
    response = editor_client.post(desk("topic", "add"), {"language": "en", "question": "Why?", "why": ""})
    assert response.status_code == 200
    assert response.context["adminform"].form.errors["question"]
    assert not Topic.objects.exists()


def test_an_editor_mends_a_question_and_adds_a_language(editor_client, bridge):
    data = topic_form(
        bridge,
        text_row(bridge, "en", "Who keeps the bridge shut?", "<b>We</b>"),
        text_row(bridge, "uk", "Хто тримає міст закритим?"),
    )
    assert editor_client.post(desk("topic", "change", bridge.pk), data).status_code == 302
    assert set(bridge.texts.values_list("language", "question", "why")) == {
        ("en", "Who keeps the bridge shut?", "We"), ("uk", "Хто тримає міст закритим?", ""),
    }  # fmt: skip


def test_an_editor_takes_a_language_away_but_not_the_last(editor_client, bridge):
    address, question = desk("topic", "change", bridge.pk), "Чому міст відкривають о восьмій десять?"
    say(bridge, "uk", question)
    english, ukrainian = text_row(bridge, "en", bridge.question, DELETE="on"), text_row(bridge, "uk", question)
    assert editor_client.post(address, topic_form(bridge, english, ukrainian)).status_code == 302
    assert bridge.texts.get().language == "uk"
    response = editor_client.post(address, topic_form(bridge, ukrainian | {"DELETE": "on"}), follow=True)
    assert "in one language at least" in response.content.decode()
    assert bridge.texts.get().language == "uk"


def test_topics_are_opened_put_to_the_vote_and_declined(editor_client, open_round):
    first, second = make_topic(state="suggested"), make_topic(state="suggested", decline_reason="Told last year.")
    act(editor_client, "topic", "put_to_vote", first)
    act(editor_client, "topic", "decline_topics", second)
    assert candidate_of(open_round, first)
    assert (held(first).state, held(second).state) == (Topic.State.OPEN, Topic.State.DECLINED)


def test_a_reason_is_written_on_the_page_in_each_language_first(editor_client, bridge):
    address = desk("topic", "change", bridge.pk)
    english = text_row(bridge, "en", bridge.question, decline_reason="Told last year.")
    ukrainian = text_row(bridge, "uk", "Хто тримає міст закритим?", decline_reason="Писали торік.")
    editor_client.post(address, topic_form(bridge, english, ukrainian))
    assert held(bridge).state == Topic.State.OPEN
    act(editor_client, "topic", "decline_topics", bridge)
    assert held(bridge).state == Topic.State.DECLINED
    assert set(bridge.texts.values_list("language", "decline_reason")) == {
        ("en", "Told last year."), ("uk", "Писали торік."),
    }  # fmt: skip


def test_what_is_promised_keeps_its_reason_as_it_is(editor_client, bridge):
    promise(bridge)
    row = text_row(bridge, "en", "Who keeps the bridge shut?", decline_reason="Sent by hand.")
    assert editor_client.post(desk("topic", "change", bridge.pk), topic_form(bridge, row)).status_code == 302
    assert (bridge.texts.get().question, bridge.texts.get().decline_reason) == ("Who keeps the bridge shut?", "")


def test_what_is_refused_is_said(editor_client, bridge, ferry):
    assert act(editor_client, "topic", "put_to_vote", bridge) == ["Plan a round first."]
    assert "Please say why" in act(editor_client, "topic", "decline_topics", bridge)[0]
    assert "Choose on its page" in act(editor_client, "topic", "merge_topics", bridge)[0]


def test_a_topic_is_merged_into_the_one_chosen_on_it(editor_client, bridge, ferry):
    Topic.objects.filter(pk=bridge.pk).update(merged_into=ferry)
    act(editor_client, "topic", "merge_topics", bridge)
    assert held(bridge).state == Topic.State.MERGED


def when(name, value):
    day, time = value.split(" ")
    return {f"{name}_0": day, f"{name}_1": time}


def round_form(*topics, initial=0, **extra):
    data = {**when("opens_at", "2034-01-01 10:00"), **when("closes_at", "2034-02-01 10:00"), **extra}
    data |= {"candidates-TOTAL_FORMS": initial + len(topics), "candidates-INITIAL_FORMS": initial}
    return data | {f"candidates-{initial + at}-topic": topic.pk for at, topic in enumerate(topics)}


def test_an_editor_plans_a_round_with_its_candidates(editor_client, bridge):
    waiting = make_topic(state=Topic.State.SUGGESTED)
    response = editor_client.post(desk("round", "add"), round_form(bridge, waiting))
    assert response.status_code == 302
    round_ = Round.objects.get()
    assert (round_.number, round_.state, set(round_.topics.all())) == (1, Round.State.PLANNED, {bridge, waiting})
    assert held(waiting).state == Topic.State.OPEN


def test_a_round_that_ends_before_it_begins_is_said_beside_the_field(editor_client):
    data = round_form(**when("closes_at", "2033-01-01 10:00"))
    response = editor_client.post(desk("round", "add"), data)
    assert "closes_at" in response.context["adminform"].form.errors
    assert not Round.objects.exists()


def test_a_candidate_joins_the_open_round_and_none_turns_into_another(editor_client, open_round, bridge, ferry):
    third, standing = make_topic(), candidate_of(open_round, bridge)
    data = round_form(third, initial=2) | {
        "candidates-0-id": standing.pk, "candidates-0-topic": third.pk,
        "candidates-1-id": candidate_of(open_round, ferry).pk, "candidates-1-topic": ferry.pk,
    }  # fmt: skip
    assert editor_client.post(desk("round", "change", open_round.pk), data).status_code == 302
    assert held(standing).topic == bridge
    assert set(open_round.topics.all()) == {bridge, ferry, third}


def test_a_candidate_with_votes_stays(editor_client, patron, open_round, bridge, ferry):
    cast(patron, open_round, {bridge: 1})
    data = round_form(initial=2)
    for at, topic in enumerate((bridge, ferry)):
        row = candidate_of(open_round, topic)
        data |= {f"candidates-{at}-id": row.pk, f"candidates-{at}-topic": topic.pk, f"candidates-{at}-DELETE": "on"}
    editor_client.post(desk("round", "change", open_round.pk), data, follow=True)
    assert bridge in open_round.topics.all()


def test_a_closed_round_is_only_looked_at(editor_client, open_round, bridge):
    Round.objects.update(state=Round.State.CLOSED)
    address = desk("round", "change", open_round.pk)
    assert editor_client.get(address).status_code == 200
    assert editor_client.post(address, round_form(make_topic(), initial=0)).status_code == 403
    assert open_round.topics.count() == 2


def test_rounds_are_opened_and_closed(editor_client, bridge):
    round_ = make_round(bridge, state=Round.State.PLANNED)
    act(editor_client, "round", "open_rounds", round_)
    assert held(round_).state == Round.State.OPEN
    act(editor_client, "round", "close_rounds", round_)
    assert held(round_).state == Round.State.CLOSED
    assert "Only a planned round" in act(editor_client, "round", "open_rounds", round_)[0]


def test_the_leading_topic_is_commissioned(editor_client, patron, open_round, bridge, ferry):
    cast(patron, open_round, {ferry: 2, bridge: 1})
    act(editor_client, "round", "commission_leading", open_round)
    commission = Commission.objects.get()
    assert (commission.topic, commission.round, commission.patrons) == (ferry, open_round, 1)


def commission_form(**fields):
    return {"article": "", "reporter": "", "why_en": "", **fields}


def test_an_editor_links_the_story_and_names_the_reporter(editor_client, bridge):
    commission, article, reporter = promise(bridge), story(), author()
    address = desk("commission", "change", commission.pk)
    response = editor_client.post(address, commission_form(article=article.pk, reporter=reporter.pk))
    assert response.status_code == 302
    assert (held(commission).article, held(commission).reporter) == (article, reporter)
    editor_client.post(address, commission_form(reporter=reporter.pk))
    assert held(commission).article is None


def test_a_promise_is_withdrawn_with_the_reason_written_on_it(editor_client, bridge):
    commission = promise(bridge)
    assert "Please say why" in act(editor_client, "commission", "withdraw", commission)[0]
    editor_client.post(desk("commission", "change", commission.pk), commission_form(why_en="It burned."))
    assert held(commission).state == Commission.State.PROMISED
    act(editor_client, "commission", "withdraw", commission)
    assert (held(commission).state, held(bridge).decline_reason) == (Commission.State.WITHDRAWN, "It burned.")


def test_a_reason_is_asked_for_in_each_language_of_the_topic(editor_client, bridge):
    commission = promise(say(bridge, "uk", "Чому міст відкривають о восьмій десять?"))
    address = desk("commission", "change", commission.pk)
    assert 'name="why_uk"' in editor_client.get(address).content.decode()
    editor_client.post(address, commission_form(why_en="It burned.", why_uk="Згорів."))
    assert held(commission).withdrawn_reasons == {"en": "It burned.", "uk": "Згорів."}
    act(editor_client, "commission", "withdraw", commission)
    page = editor_client.get(address).content.decode()
    assert '<p lang="uk">Згорів.</p>' in page
    assert "why_uk" not in page


@pytest.mark.parametrize("model", MODELS)
def test_lists_ask_as_little_for_many_as_for_few(editor_client, editor, model, django_assert_max_num_queries):
    for _ in range(8):
        topic = make_topic(suggested_by=editor)
        make_round(topic, state=Round.State.CLOSED)
        promise(topic, article=draft(), reporter=author())
    with django_assert_max_num_queries(16):
        editor_client.get(desk(model))


def test_the_desk_knows_the_rooms_rows():
    assert all(admin.site.is_registered(model) for model in (Topic, Round, Commission))
