"""A random life of several patrons, its events late, doubled, shuffled and lost: we end where Stripe is.

STORM_EXAMPLES=500 plays as many lives as that, other ones each time, and makes what fails smaller; the default is what
fits a minute.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from newsroom.lib.site_settings import site_settings
from tests.members.patronage.life import ALL_OF_OURS, OF_CREDIT, VERBS, Life, undone
from tests.members.patronage.peer import begin_at, own_peer  # noqa: F401  (fixtures)
from tests.members.patronage.truth import COMPARED, NOT_COMPARED, Truth

pytestmark = pytest.mark.django_db

IS_LONG = "STORM_EXAMPLES" in os.environ
EXAMPLES = int(os.environ.get("STORM_EXAMPLES", "4"))
PHASES = [Phase.explicit, Phase.generate, *([Phase.shrink] if IS_LONG else [])]
STARTS = ("2026-01-31T10:00:00Z", "2024-02-29T23:59:00Z", "2026-10-24T22:30:00Z")
STEPS = st.lists(st.tuples(st.sampled_from(VERBS), st.integers(0, 9)), min_size=6, max_size=25)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=not IS_LONG,
    phases=PHASES,
    suppress_health_check=list(HealthCheck),
    database=None,
)
@example(start=STARTS[0], steps=ALL_OF_OURS, seed=3, loses=False)
@example(start=STARTS[2], steps=ALL_OF_OURS, seed=11, loses=True)
@example(start=STARTS[0], steps=OF_CREDIT, seed=4, loses=False)
@example(start=STARTS[1], steps=OF_CREDIT, seed=19, loses=True)
@given(start=st.sampled_from(STARTS), steps=STEPS, seed=st.integers(0, 2**16), loses=st.booleans())
def test_it_ends_where_stripe_is_whatever_the_weather(prices, begin_at, manager, start, steps, seed, loses):  # noqa: F811
    def work():
        site_settings()
        sandbox = begin_at(start)
        life = Life(sandbox, seed, manager, loses=loses)
        life.play([("sign_up", seed % 10), *steps])
        life.come_to_rest()
        Truth(sandbox).check()

    undone(work)


def test_each_field_of_the_mirror_is_compared():
    """One that is added later has to be, or to stand among those that are not."""
    for model, names in COMPARED.items():
        fields = {field.name for field in model._meta.concrete_fields}
        assert fields - NOT_COMPARED - {name.partition("__")[0] for name in names} == set(), model
