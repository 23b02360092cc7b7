"""What tests of credit share: a year that was changed to months, which leaves credit at Stripe."""

from members.patronage import changing
from members.patronage.models import Payment
from newsroom.lib.money import Money
from tests.members.patronage.conftest import receive


def change_a_year_to_months(support, sandbox, member):
    """The payment of a year of €50 that was changed at once to €5 a month: €45 are left."""
    support("year", 5000, member=member, email=member.email)
    change = changing.propose_change(member=member, money=Money(500, "eur"), interval="month")
    changing.confirm_change(change=change)
    receive(sandbox.events())
    return Payment.objects.get(amount=5000)
