"""An attack as newsrooms have seen it: hundreds of checkouts from many networks, each with a stolen card. The figures
stand in docs/patronage.md."""

import pytest

from members.patronage.defence import breaker
from members.patronage.models import Checkout, Decline
from tests.members.patronage.conftest import receive
from tests.members.patronage.defending import MONTHLY, Sender, refused

pytestmark = pytest.mark.django_db
NETWORKS = 100
DECLINED = "4000000000000002"


def try_card(sandbox, number, data=None):
    """A machine that drops cookies and does no work; its card is declined wherever it reaches Stripe's page."""
    answer = Sender(f"203.0.113.{number % NETWORKS}").send(data)
    if answer.status_code != 303:
        return False
    with refused():
        sandbox.pay(Checkout.objects.latest("id").stripe_id, card=DECLINED)
    receive(sandbox.events())
    return True


@pytest.mark.parametrize(("data", "tries"), [(None, 150), (MONTHLY, 30)], ids=["once", "monthly"])
def test_it_lets_fifteen_through(prices, sandbox, publisher, data, tries):
    through = sum(try_card(sandbox, number, data) for number in range(tries))
    assert through == Decline.objects.count() == Checkout.objects.count() == 15
    assert breaker.open_breaker().reason == "declines"


def test_it_lets_few_of_one_network_through(prices, sandbox):
    sender_of = [Sender("203.0.113.7").send().status_code for _try in range(39)]
    assert sender_of.count(303) == 10 and Checkout.objects.count() == 10
