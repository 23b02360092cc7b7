"""Patronage at the desk: ledgers are read, verbs do the rest."""

import pytest
from django.urls import reverse
from django.utils import translation

from members.patronage import rights, tiers
from members.patronage.errors import AmountRefused
from members.patronage.models import Campaign, Price, StripeEvent
from newsroom.lib.models import AuditEntry
from newsroom.lib.money import Money

pytestmark = pytest.mark.django_db
LEDGERS = [
    "subscription",
    "payment",
    "donation",
    "checkout",
    "stripeevent",
    "period",
    "tier",
    "campaign",
    "supportchange",
]


@pytest.mark.parametrize("name", LEDGERS)
def test_it_lists_for_the_manager_and_counts_nothing(manager_client, bought, name, django_assert_max_num_queries):
    bought("month")
    with django_assert_max_num_queries(25) as asked:
        page = manager_client.get(reverse(f"admin:members_{name}_changelist"))
    assert page.status_code == 200
    large = [one["sql"] for one in asked if "COUNT(" in one["sql"] and f'"members_{name}"' in one["sql"]]
    assert name in ("tier", "campaign") or not large


@pytest.mark.parametrize("name", LEDGERS)
def test_it_shows_nothing_to_a_writer(writer_client, name):
    assert writer_client.get(reverse(f"admin:members_{name}_changelist")).status_code == 403


@pytest.mark.parametrize("name", ["subscription", "payment", "checkout", "period"])
def test_it_opens_a_row_for_reading_only(manager_client, bought, name):
    from django.apps import apps

    bought("month")
    row = apps.get_model("members", name).objects.first()
    page = manager_client.get(reverse(f"admin:members_{name}_change", args=[row.pk]))
    assert page.status_code == 200 and b'name="_save"' not in page.content


def test_it_replays_a_failed_event(manager_client, db):
    event = StripeEvent.objects.create(
        event_id="evt_1", type="invoice.paid", object_id="in_1", state="failed", attempts=9
    )
    data = {"action": "replay", "_selected_action": [event.pk]}
    manager_client.post(reverse("admin:members_stripeevent_changelist"), data)
    event.refresh_from_db()
    assert (event.state, event.attempts) == ("waiting", 0)


def test_it_gives_free_time(manager_client, member, tier):
    data = {"member": member.pk, "tier": tier.pk, "days": 30}
    answer = manager_client.post(reverse("admin:members_period_add"), data)
    assert answer.status_code == 302 and rights.is_patron(member)


def add_price(client, tier, amount, currency="eur", **changes):
    """The tier's page with one more price, by the month."""
    rows = list(tier.prices.order_by("amount"))
    data = {
        "key": tier.key, "name": tier.name, "pitch": "", "brings": "", "position": 0, "is_active": "on",
        "votes_per_round": 3, "prices-TOTAL_FORMS": len(rows) + 1, "prices-INITIAL_FORMS": len(rows),
        **{f"prices-{at}-id": row.pk for at, row in enumerate(rows)},
        **{f"prices-{at}-tier": tier.pk for at in range(len(rows) + 1)},
        f"prices-{len(rows)}-money": amount, f"prices-{len(rows)}-currency": currency,
        f"prices-{len(rows)}-interval": "month", **changes,
    }  # fmt: skip
    return client.post(reverse("admin:members_tier_change", args=[tier.pk]), data)


def test_it_replaces_a_price_by_adding_one(manager_client, prices):
    old = prices.prices.get(interval="month")
    answer = add_price(manager_client, prices, "7")
    assert answer.status_code == 302, answer.context["errors"]
    old.refresh_from_db()
    assert not old.is_active and Price.objects.get(interval="month", is_active=True).amount == 700


@pytest.mark.parametrize(("typed", "currency", "amount"), [
    ("5.00", "usd", 500), ("7,50", "usd", 750), ("1200", "jpy", 1200), ("50", "uah", 5000),
])  # fmt: skip
def test_it_takes_an_amount_as_it_is_paid(manager_client, prices, typed, currency, amount):
    assert add_price(manager_client, prices, typed, currency).status_code == 302
    assert Price.objects.get(currency=currency).amount == amount
    page = manager_client.get(reverse("admin:members_tier_change", args=[prices.pk])).content.decode()
    assert str(Money(amount, currency)) in page and "minor units" not in page


@pytest.mark.parametrize(("typed", "currency", "said"), [
    ("five", "usd", "Please write the amount in digits"), ("1,000", "usd", "Please write a thousand as 1000"),
    ("500.50", "jpy", "This currency has no smaller coins"), ("-5", "usd", "Please choose an amount between"),
    ("", "usd", "This field is required"),
])  # fmt: skip
def test_it_says_what_is_wrong_with_an_amount(manager_client, prices, typed, currency, said):
    page = add_price(manager_client, prices, typed, currency)
    assert page.status_code == 200 and said in page.content.decode()
    assert Price.objects.count() == 2


def test_it_takes_benefits_line_by_line_in_each_language(manager_client, prices):
    prices.translations = {"uk": {"name": "Ліхтар", "note": "kept"}, "de": {"name": "Laterne"}}
    prices.save()
    page = manager_client.get(reverse("admin:members_tier_change", args=[prices.pk])).content.decode()
    assert 'name="name_uk"' in page and 'value="Ліхтар"' in page and 'name="translations"' not in page
    typed = {"brings": "A say\nTwo letters", "name_uk": "Маяк", "brings_uk": "Слово\nДва листи"}
    assert add_price(manager_client, prices, "7", **typed).status_code == 302
    prices.refresh_from_db()
    uk = {"name": "Маяк", "brings": "Слово\nДва листи", "note": "kept"}
    assert prices.shown_points == ["A say", "Two letters"]
    assert prices.translations == {"uk": uk, "de": {"name": "Laterne"}}
    with translation.override("uk"):
        assert prices.shown_points == ["Слово", "Два листи"] and prices.shown_name == "Маяк"


@pytest.mark.parametrize("field", ["brings", "brings_uk"])
def test_it_says_when_more_benefits_are_written_than_are_shown(manager_client, prices, field):
    page = add_price(manager_client, prices, "7", **{field: "One\nTwo\n\nThree\nFour"})
    assert "3 points at most are shown" in page.content.decode()
    prices.refresh_from_db()
    assert not prices.brings and not prices.translations and Price.objects.count() == 2


def test_it_runs_a_campaign(manager_client, campaign):
    other = Campaign.objects.create(language="en", name="New", lead="l", text="t", button_label="b", other_label="o")
    data = {"action": "run", "_selected_action": [other.pk]}
    manager_client.post(reverse("admin:members_campaign_changelist"), data)
    assert Campaign.objects.get(is_running=True) == other


@pytest.mark.parametrize("foreign", [{"livemode": True, "state": "ignored"}, {"account": "acct_1", "state": "foreign"}])
def test_it_replays_no_event_that_our_key_knows_nothing_of(manager_client, manager, foreign):
    event = StripeEvent.objects.create(event_id="evt_1", type="invoice.paid", object_id="in_1", **foreign)
    data = {"action": "replay", "_selected_action": [event.pk]}
    page = manager_client.post(reverse("admin:members_stripeevent_changelist"), data, follow=True)
    assert "of another account" in page.content.decode()
    event.refresh_from_db()
    assert (event.state, event.attempts) == (foreign["state"], 0)
    assert not AuditEntry.objects.filter(action="stripe_event.replayed").exists()


@pytest.mark.parametrize(("amount", "currency"), [(10, "eur"), (2000, "uah"), (50, "jpy"), (100_000_000, "eur")])
def test_it_offers_no_price_that_stripe_would_refuse(prices, manager, amount, currency):
    with pytest.raises(AmountRefused, match=r"The (least|most)"):
        tiers.replace_price(user=manager, tier=prices, money=Money(amount, currency), interval="month")
    assert Price.objects.count() == 2


def test_it_says_on_the_tier_s_page_what_is_too_little(manager_client, prices):
    page = add_price(manager_client, prices, "0.10")
    assert page.status_code == 200 and "The least we can take is €0.50" in page.content.decode()
    assert not Price.objects.filter(amount=10).exists()
