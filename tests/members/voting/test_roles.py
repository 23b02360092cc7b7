"""Who may do what: each verb, each role."""

from datetime import timedelta

import pytest
from django.utils import timezone

from members.voting import commissioning, moderating, rounds
from members.voting.errors import NotAllowed
from members.voting.models import Round
from tests.articles.making import draft
from tests.members.voting.making import candidate_of, make_round, make_topic, promise

# The cast is asked for by name, so that nothing else tells the runner of the database.
pytestmark = pytest.mark.django_db

SOON = timezone.now() + timedelta(hours=1)
LATER = SOON + timedelta(days=1)


def planned():
    return make_round(make_topic(), state=Round.State.PLANNED)


def candidate():
    topic = make_topic()
    return candidate_of(make_round(topic, state=Round.State.PLANNED), topic)


VERBS = {
    "add_topic": lambda user: moderating.add_topic(user=user, language="en", question="Why is it dark so early?"),
    "open_topic": lambda user: moderating.open_topic(user=user, topic=make_topic(state="suggested")),
    "decline_topic": lambda user: moderating.decline_topic(user=user, topic=make_topic(), reasons={"en": "No."}),
    "note_reasons": lambda user: moderating.note_reasons(user=user, topic=make_topic(), reasons={"en": "No."}),
    "merge_topic": lambda user: moderating.merge_topic(user=user, topic=make_topic(), into=make_topic()),
    "edit_texts": lambda user: moderating.edit_texts(
        user=user, topic=make_topic(), texts={"en": ("Why is it dark so early?", "")}
    ),
    "drop_candidate": lambda user: moderating.drop_candidate(user=user, candidate=candidate()),
    "plan_round": lambda user: rounds.plan_round(user=user, opens_at=SOON, closes_at=LATER),
    "move_round": lambda user: rounds.move_round(user=user, round_=planned(), opens_at=SOON, closes_at=LATER),
    "open_round": lambda user: rounds.open_round(user=user, round_=planned()),
    "close_round": lambda user: rounds.close_round(user=user, round_=make_round()),
    "commission_topic": lambda user: commissioning.commission_topic(user=user, topic=make_topic()),
    "link_story": lambda user: commissioning.link_story(user=user, commission=promise(make_topic()), article=draft()),
    "unlink_story": lambda user: commissioning.unlink_story(user=user, commission=promise(make_topic())),
    "name_reporter": lambda user: commissioning.name_reporter(
        user=user, commission=promise(make_topic()), reporter=None
    ),
    "withdraw_commission": lambda user: commissioning.withdraw_commission(
        user=user, commission=promise(make_topic()), reasons={"en": "No."}
    ),
}  # fmt: skip


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("role", ["editor", "publisher"])
def test_it_lets_editors_and_publishers(request, verb, role):
    VERBS[verb](request.getfixturevalue(role))


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("role", ["writer", "manager", "patron", "member"])
def test_it_refuses_everybody_else(request, verb, role):
    with pytest.raises(NotAllowed):
        VERBS[verb](request.getfixturevalue(role))
