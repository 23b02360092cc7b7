import pytest
from django.test import Client

from members.patronage.models import Tier
from members.voting.models import Ballot, Round
from newsroom.lib.limits import VOTE, count_against
from tests.members.voting.making import candidate_of, cast, make_round, make_topic, promise, say
from tests.sign_in import sign_in

PATH = "/topics/vote/"


def ballot_form(round_, votes):
    """What a browser sends: a number for each candidate."""
    return {f"candidate-{row.pk}": votes.get(row.topic, 0) for row in round_.candidates.select_related("topic")}


def test_anonymous_is_sent_to_sign_in(open_round):
    response = Client().get(PATH)
    assert response.status_code == 302
    assert response["Location"].endswith(f"?next={PATH}")


def test_a_member_is_shown_the_way_and_no_ballot(member_client, open_round):
    response = member_client.get(PATH)
    assert "/support/" in response.content.decode()
    assert "candidate-" not in response.content.decode()


def test_a_member_casts_nothing(member_client, open_round, bridge):
    assert member_client.post(PATH, ballot_form(open_round, {bridge: 1})).status_code == 422
    assert not Ballot.objects.exists()


def test_a_patron_casts_and_finds_the_ballot_again(patron_client, open_round, bridge, ferry):
    response = patron_client.post(PATH, ballot_form(open_round, {bridge: 2}), follow=True)
    assert response.redirect_chain == [(PATH, 302)]
    page = response.content.decode()
    assert "Your ballot is cast" in page
    assert f'name="candidate-{candidate_of(open_round, bridge).pk}" value="2" checked' in page
    assert "<strong data-left>1</strong>" in page
    assert Ballot.objects.get().spent == 2


def test_it_is_never_stored(patron_client, open_round):
    response = patron_client.get(PATH)
    assert "no-store" in response["Cache-Control"]
    assert "csrfmiddlewaretoken" in response.content.decode()


def test_it_asks_for_the_token(patron, open_round, bridge):
    client = Client(enforce_csrf_checks=True)
    sign_in(client, patron)
    assert client.post(PATH, ballot_form(open_round, {bridge: 1})).status_code == 403
    assert not Ballot.objects.exists()


def test_a_refused_ballot_comes_back_as_it_was_typed(patron_client, open_round, bridge, ferry):
    response = patron_client.post(PATH, ballot_form(open_round, {bridge: 2, ferry: 3}))
    page = response.content.decode()
    assert response.status_code == 422
    assert "You have 3 votes in this round, and this ballot uses 5." in page
    assert f'name="candidate-{candidate_of(open_round, ferry).pk}" value="3" checked' in page
    assert "<strong data-left>0</strong>" in page


@pytest.mark.parametrize("typed", ["-1", "4", "two", "9" * 5000, "٣٣"])
def test_it_refuses_what_is_no_dot(patron_client, open_round, bridge, typed):
    response = patron_client.post(PATH, ballot_form(open_round, {bridge: typed}))
    assert response.status_code == 422
    assert "Please choose from the dots." in response.content.decode()
    assert not Ballot.objects.exists()


def test_a_form_of_another_round_empties_nothing(patron, patron_client, open_round, bridge, ferry):
    old = ballot_form(open_round, {bridge: 2})
    Round.objects.update(state=Round.State.CLOSED)
    now_open = make_round(bridge, ferry)
    ballot = cast(patron, now_open, {ferry: 3})
    response = patron_client.post(PATH, old)
    assert response.status_code == 422
    assert "another round" in response.content.decode()
    assert ballot.votes.get().count == 3


def test_a_round_closed_meanwhile_is_said(patron_client, open_round, bridge):
    form = ballot_form(open_round, {bridge: 1})
    Round.objects.update(state=Round.State.CLOSED)
    response = patron_client.post(PATH, form)
    assert response.status_code == 422
    assert "No round is open" in response.content.decode()


def test_what_is_promised_stands_as_a_sentence(patron, patron_client, open_round, bridge, ferry):
    cast(patron, open_round, {bridge: 2})
    promise(bridge)
    page = patron_client.get(PATH).content.decode()
    assert "2 votes of yours stay with" in page
    assert f"candidate-{candidate_of(open_round, bridge).pk}" not in page
    assert 'data-allowance="1"' in page
    assert patron_client.post(PATH, ballot_form(open_round, {bridge: 9, ferry: 1})).status_code == 302
    assert Ballot.objects.get().spent == 3


def test_a_single_vote_is_said_as_one(patron_client, open_round):
    Tier.objects.update(votes_per_round=1)
    assert "You have 1 vote." in patron_client.get(PATH).content.decode()


def test_it_shows_nobody_elses_ballot(patron_client, make_patron, open_round, bridge):
    cast(make_patron("other@example.org"), open_round, {bridge: 3})
    assert "<strong data-left>3</strong>" in patron_client.get(PATH).content.decode()


def test_it_is_limited_per_patron(patron, patron_client, open_round, bridge):
    for _ in range(VOTE.count - 1):
        count_against(VOTE, f"member:{patron.pk}")
    answers = [patron_client.post(PATH, ballot_form(open_round, {bridge: 1})).status_code for _ in range(2)]
    assert answers == [302, 429]


def test_it_asks_as_little_for_many_candidates_as_for_few(patron_client, open_round, django_assert_max_num_queries):
    for _ in range(12):
        open_round.topics.add(make_topic())
    with django_assert_max_num_queries(17):
        patron_client.get(PATH)


def test_it_speaks_ukrainian(patron_client, open_round, bridge):
    say(bridge, "uk", "Чому міст відкривають о восьмій десять?")
    response = patron_client.post("/uk" + PATH, ballot_form(open_round, {bridge: 1}), follow=True)
    assert response.redirect_chain == [("/uk" + PATH, 302)]
    assert "Чому міст відкривають о восьмій десять?" in response.content.decode()
