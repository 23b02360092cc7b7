"""The letter before a yearly renewal: once, in time, and to nobody who does not pay again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from members.patronage import carrying_out, renewing, tiers
from members.patronage.models import PriceMove, Subscription, SupportChange, SupportMove
from newsroom.lib.jobs import begin_job
from newsroom.lib.models import Hold, Letter, SiteSettings
from newsroom.lib.money import Money
from newsroom.lib.site_settings import save_site_settings, site_settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def yearly(bought):
    bought("year", 5000)
    renew_in(days=13)
    return Subscription.objects.get()


def renew_in(days):
    Subscription.objects.update(current_period_end=timezone.now() + timedelta(days=days))


def letters():
    return Letter.objects.filter(kind="members/renewal_soon")


def test_it_names_the_amount_the_day_and_every_way_out(yearly):
    renewing.sweep_renewals()
    letter = letters().get()
    day = timezone.localtime(yearly.current_period_end)
    assert f"{day.day} {day:%B} {day.year}: €50" in letter.subject and letter.to_email == "reader@example.org"
    for address in ("/account/support/\n", "/account/support/end/", "/support/end/"):
        assert address in letter.text
    assert "€50" in letter.html and letter.expires_at == yearly.current_period_end


def test_it_writes_once_however_often_it_looks_and_however_the_day_moves(yearly):
    renewing.sweep_renewals()
    renewing.sweep_renewals()
    renew_in(days=9)
    renewing.sweep_renewals()
    assert letters().count() == 1


def test_it_writes_again_before_the_next_renewal(yearly):
    renewing.sweep_renewals()
    Subscription.objects.update(current_period_start=timezone.now() + timedelta(days=13))
    renewing.sweep_renewals()
    assert letters().count() == 2


def test_whoever_is_told_stands_before_nobody(bought, make_member, monkeypatch):
    """A campaign of one day brings thousands whose renewals fall on one day, too."""
    monkeypatch.setattr(renewing, "AT_ONCE", 1)
    for number in range(12):
        bought("year", 5000, member=make_member(f"reader{number}@example.org"))
    renew_in(days=13)
    for _hour in range(12):
        renewing.sweep_renewals()
    assert letters().count() == 12


@pytest.mark.parametrize("days", [-1, 15])
def test_it_is_in_time(yearly, days):
    renew_in(days=days)
    renewing.sweep_renewals()
    assert not letters().exists()


def test_the_newsroom_says_how_many_days_before(yearly, django_capture_on_commit_callbacks):
    row = SiteSettings.objects.get(pk=site_settings().pk)
    row.renewal_notice_days = 30
    with django_capture_on_commit_callbacks(execute=True):
        save_site_settings(row)
    renew_in(days=29)
    renewing.sweep_renewals()
    assert letters().count() == 1


@pytest.mark.parametrize(
    "change",
    [
        {"cancel_at_period_end": True}, {"status": "paused"}, {"status": "past_due"}, {"status": "canceled"},
        {"is_collecting": False}, {"interval": "month"},
    ],
)  # fmt: skip
def test_it_writes_to_nobody_who_does_not_pay_again(yearly, change):
    Subscription.objects.update(**change)
    renewing.sweep_renewals()
    assert not letters().exists()


def test_it_waits_while_an_end_is_under_way(yearly):
    carrying_out.begin(yearly, SupportChange.Kind.END, actor=None)
    renewing.sweep_renewals()
    assert not letters().exists()


def test_it_writes_nothing_on_hold(yearly):
    Hold.objects.create(pk=1, reason="restored")
    renewing.sweep_renewals()
    assert not letters().exists()


def test_it_writes_in_the_patrons_language(yearly):
    yearly.member.language = "uk"
    yearly.member.save()
    renewing.sweep_renewals()
    assert "/uk/support/end/" in letters().get().text


def test_it_asks_a_fixed_number_of_questions_when_all_are_told(yearly, django_assert_max_num_queries):
    renewing.sweep_renewals()
    with django_assert_max_num_queries(4):
        renewing.sweep_renewals()


def move_to(price, manager, subscription, **fields):
    """The patron was told that the renewal takes the new price."""
    job = begin_job("price-move", target_id=price.pk, total=1, user=manager)
    move = PriceMove.objects.create(price=price, job=job, started_by=manager)
    return SupportMove.objects.create(
        move=move, subscription=subscription, from_amount=subscription.amount, **{"state": "told", **fields}
    )


@pytest.fixture
def dearer(prices, manager):
    return tiers.replace_price(user=manager, tier=prices, money=Money(8000, "eur"), interval="year")


@pytest.mark.parametrize(
    ("terms", "money"),
    [
        ({"percent_off": 20}, "€40"), ({"amount_off": 1500}, "€35"),
        ({"percent_off": 20, "discount_ends_at": timedelta(days=12)}, "€50"),
        ({"percent_off": 20, "discount_ends_at": timedelta(days=14)}, "€40"),
    ],
)  # fmt: skip
def test_it_names_what_a_promotion_code_leaves_to_pay(yearly, terms, money):
    if "discount_ends_at" in terms:
        terms = {**terms, "discount_ends_at": timezone.now() + terms["discount_ends_at"]}
    Subscription.objects.update(**terms)
    renewing.sweep_renewals()
    letter = letters().get()
    assert letter.subject.endswith(f": {money}") and f"we take {money} for" in letter.text
    assert f"we take {money} for" in letter.html


def test_it_says_that_a_code_leaves_nothing_to_take(yearly):
    Subscription.objects.update(percent_off=100)
    renewing.sweep_renewals()
    letter = letters().get()
    assert letter.subject.endswith(": nothing is taken")
    for text in (letter.text, letter.html):
        assert "by your promotion code nothing is taken for it" in text and "€0" not in text and "we take" not in text


def test_it_names_the_new_price_of_which_the_patron_was_told(yearly, dearer, manager):
    move_to(dearer, manager, yearly, first_at=yearly.current_period_end)
    Subscription.objects.update(percent_off=10)
    renewing.sweep_renewals()
    assert letters().get().subject.endswith(": €72")


@pytest.mark.parametrize(
    "fields", [{"state": "waiting"}, {"state": "kept"}, {"state": "stopped"}, {"first_at": timedelta(days=365)}]
)
def test_it_names_the_old_price_where_the_new_one_does_not_begin(yearly, dearer, manager, fields):
    first_at = yearly.current_period_end + fields.get("first_at", timedelta())
    move_to(dearer, manager, yearly, **{**fields, "first_at": first_at})
    renewing.sweep_renewals()
    assert letters().get().subject.endswith(": €50")
