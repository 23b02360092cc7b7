"""A gift on its way: its day, the reminder, a year without anybody, the desk, and what is forgotten."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings as django_settings
from django.urls import reverse
from django.utils import timezone

from members.patronage import handing_over, tasks
from members.patronage.errors import GiftRefused, NotAllowed
from members.patronage.forgetting import forget_gifts
from members.patronage.handing_over import change_recipient, homeless_gifts, send_gift_again
from members.patronage.models import Gift
from members.patronage.redeeming import take_gift
from newsletters.addresses import suppress
from newsletters.models import Suppression
from newsroom.lib.models import AuditEntry, Letter
from newsroom.site.erasing import erase_member
from newsroom.site.exporting import export_member
from tests.members.patronage.gifts import FRIEND, GIVER, begin_gift, give, letters, token_in

pytestmark = pytest.mark.django_db
NEW = "other@example.org"


@pytest.fixture
def given(prices, sandbox):
    return lambda **given: give(sandbox, **given)


@pytest.fixture
def friend(make_member):
    return make_member(FRIEND)


def at(monkeypatch, moment):
    monkeypatch.setattr(timezone, "now", lambda: moment)


def later(gift, **age):
    Gift.objects.filter(pk=gift.pk).update(handed_over_at=timezone.now() - timedelta(**age))


def test_it_waits_for_the_morning_of_its_day(given, monkeypatch):
    day = timezone.localdate() + timedelta(days=20)
    gift = given(hand_over_on=day)
    tasks.sweep_gifts()
    assert gift.state == "paid" and not letters().exists()
    morning = timezone.datetime(day.year, day.month, day.day, 7, tzinfo=ZoneInfo(django_settings.TIME_ZONE))
    at(monkeypatch, morning - timedelta(minutes=1))
    tasks.sweep_gifts()
    assert not letters().exists()
    at(monkeypatch, morning)
    tasks.sweep_gifts()
    tasks.sweep_gifts()
    assert letters().count() == 1


def test_gifts_of_tomorrow_keep_none_of_today_back(given, monkeypatch):
    """On the day before Christmas many wait for the next one."""
    monkeypatch.setattr(handing_over, "AT_ONCE", 2)
    day = timezone.localdate() + timedelta(days=20)
    for _number in range(3):
        given(hand_over_on=day + timedelta(days=1))
    due = given(hand_over_on=day)
    at(monkeypatch, timezone.datetime(day.year, day.month, day.day, 8, tzinfo=ZoneInfo(django_settings.TIME_ZONE)))
    tasks.sweep_gifts()
    assert list(Gift.objects.filter(state="given")) == [due]


def test_a_paid_gift_whose_recipient_is_erased_waits_at_the_desk(given, friend, manager, manager_client):
    gift = given(hand_over_on=timezone.localdate() + timedelta(days=9))
    assert "no address any more" not in manager_client.get(reverse("admin:index")).content.decode()
    erase_member(member_id=friend.pk)
    desk = manager_client.get(reverse("admin:index")).content.decode()
    assert "1 paid gift has no address any more" in desk
    address = reverse("admin:members_gift_changelist") + "?state__exact=paid&recipient_email__exact="
    assert address.replace("&", "&amp;") in desk
    assert reverse("admin:members_gift_change", args=[gift.pk]) in manager_client.get(address).content.decode()
    change_recipient(user=manager, gift=gift, email=NEW)
    assert "no address any more" not in manager_client.get(reverse("admin:index")).content.decode()


def test_one_whose_letter_had_not_left_waits_at_the_desk_too_when_its_recipient_is_erased(given, friend, manager):
    gift = given(message="For you.")
    letters().update(state="queued")
    erase_member(member_id=friend.pk)
    gift.refresh_from_db()
    assert (gift.state, gift.handed_over_at, gift.recipient_email, gift.message) == ("paid", None, "", "")
    assert list(homeless_gifts()) == [gift] and not letters().exists() and not gift.links.exists()
    change_recipient(user=manager, gift=gift, email=NEW)
    tasks.sweep_gifts()
    assert letters().get().to_email == NEW and not homeless_gifts().exists()


def test_no_gift_is_written_of_to_who_wants_no_mail(given, friend, manager):
    suppress(FRIEND, Suppression.Reason.ERASED)
    gift = given()
    assert list(homeless_gifts()) == [gift] and not letters().exists()
    assert AuditEntry.objects.filter(action="gift.unwanted", target_id=str(gift.pk)).count() == 1
    with pytest.raises(GiftRefused, match="wants none"):
        change_recipient(user=manager, gift=gift, email=FRIEND.title())
    change_recipient(user=manager, gift=gift, email=NEW)
    tasks.sweep_gifts()
    assert letters().get().to_email == NEW


def test_nobody_is_reminded_who_wants_no_mail(given, friend, manager):
    gift = given()
    later(gift, days=15)
    suppress(FRIEND, Suppression.Reason.BOUNCE)
    tasks.sweep_gifts()
    assert letters().count() == 1
    with pytest.raises(GiftRefused, match="wants none"):
        send_gift_again(user=manager, gift=gift)


def test_it_reminds_once_after_two_weeks_and_both_links_work(given, friend):
    gift = given()
    later(gift, days=13)
    tasks.sweep_gifts()
    assert letters().count() == 1
    later(gift, days=15)
    tasks.sweep_gifts()
    tasks.sweep_gifts()
    first, second = letters()
    assert "last letter" in second.text and "once more at most" in first.text
    assert "still waiting" in second.subject and token_in(first) != token_in(second)
    assert take_gift(member=friend, token=token_in(first)).state == "taken"
    tasks.sweep_gifts()
    assert letters().count() == 1  # the reminder had not left yet


def test_it_lapses_after_a_year_and_the_desk_can_revive_it(given, friend, manager):
    gift = given()
    token = token_in(letters().get())
    later(gift, days=366)
    tasks.sweep_gifts()
    tasks.sweep_gifts()
    gift.refresh_from_db()
    assert gift.state == "lapsed" and letters("gift_lapsed").get().to_email == GIVER
    with pytest.raises(GiftRefused):
        take_gift(member=friend, token=token)
    send_gift_again(user=manager, gift=gift)
    assert take_gift(member=friend, token=token_in(letters().last())).state == "taken"


def test_it_changes_the_recipient_and_ends_the_links_before(given, friend, manager):
    gift = given()
    token = token_in(letters().get())
    change_recipient(user=manager, gift=gift, email=f" {NEW.title()}")
    with pytest.raises(GiftRefused):
        take_gift(member=friend, token=token)
    assert letters().last().to_email == NEW
    assert NEW not in str(list(AuditEntry.objects.values_list("details", "target_label")))
    assert take_gift(member=friend, token=token_in(letters().last())).state == "taken"


def test_it_changes_the_recipient_of_one_that_waits_and_writes_nothing_yet(given, manager):
    gift = given(hand_over_on=timezone.localdate() + timedelta(days=9))
    change_recipient(user=manager, gift=gift, email=NEW)
    with pytest.raises(GiftRefused, match="as the giver wished"):
        send_gift_again(user=manager, gift=gift)
    assert Gift.objects.get().recipient_email == NEW and not letters().exists()


def test_it_refuses_others_and_what_is_over(given, friend, manager, editor, writer):
    gift = given()
    for user in (editor, writer):
        with pytest.raises(NotAllowed):
            send_gift_again(user=user, gift=gift)
        with pytest.raises(NotAllowed):
            change_recipient(user=user, gift=gift, email=NEW)
    take_gift(member=friend, token=token_in(letters().get()))
    with pytest.raises(GiftRefused, match="taken"):
        change_recipient(user=manager, gift=gift, email=NEW)


@pytest.mark.parametrize("name", ["changelist", "letter"])
@pytest.mark.parametrize("who", ["writer_client", "editor_client"])
def test_it_is_closed_at_the_desk_to_those_who_write(request, given, who, name):
    gift = given()
    address = reverse(f"admin:members_gift_{name}", args=[gift.pk] if name == "letter" else [])
    assert request.getfixturevalue(who).get(address).status_code == 403


@pytest.mark.parametrize("who", ["manager_client", "publisher_client"])
def test_it_is_listed_and_sent_again_at_the_desk(request, given, who, django_assert_max_num_queries):
    gift, client = given(), request.getfixturevalue(who)
    with django_assert_max_num_queries(25) as asked:
        page = client.get(reverse("admin:members_gift_changelist"))
    assert FRIEND in page.content.decode()
    assert not [one for one in asked if "COUNT(" in one["sql"] and 'FROM "members_gift"' in one["sql"]]
    address = reverse("admin:members_gift_letter", args=[gift.pk])
    assert client.post(address, {"email": FRIEND}).status_code == 302
    assert client.post(address, {"email": NEW}).status_code == 302
    assert [letter.to_email for letter in letters()] == [FRIEND, NEW]  # the second to the friend had not left yet
    data = {"action": "send_again", "_selected_action": [gift.pk]}
    client.post(reverse("admin:members_gift_changelist"), data)
    assert letters().count() == 3


def test_it_says_at_the_desk_why_no_letter_goes(given, manager_client, friend):
    gift = given()
    take_gift(member=friend, token=token_in(letters().get()))
    page = manager_client.post(reverse("admin:members_gift_letter", args=[gift.pk]), {"email": NEW})
    assert page.status_code == 200 and "no letter goes out" in page.content.decode()


def test_it_forgets_what_was_typed_when_it_is_of_no_more_use(given, friend, prices, sandbox):
    gift = given(message="For you.", giver_name="Ada")
    assert forget_gifts() == 0
    take_gift(member=friend, token=token_in(letters().get()))
    Gift.objects.update(redeemed_at=timezone.now() - timedelta(days=91))
    begin_gift()
    Gift.objects.exclude(pk=gift.pk).update(created_at=timezone.now() - timedelta(days=31))
    assert (forget_gifts(), forget_gifts()) == (2, 0)
    assert set(Gift.objects.values_list("recipient_email", "message", "giver_name")) == {("", "", "")}


def test_it_is_in_the_file_of_who_gave_and_of_who_took(given, friend):
    gift = given(message="For you.", giver_name="Ada")
    take_gift(member=friend, token=token_in(letters().get()))
    gave, took = export_member(member=gift.giver), export_member(member=friend)
    assert gave["gifts_given"][0]["message"] == "For you." and not gave["gifts_received"]
    assert took["gifts_received"][0]["months"] == 3 and "For you." not in str(took["gifts_received"])


def test_it_is_erased_with_either_and_stays_a_gift(given, friend):
    gift = given(message="For you.", giver_name="Ada")
    token = token_in(letters().get())
    erase_member(member_id=gift.giver_id)
    gift.refresh_from_db()
    assert (gift.giver_name, gift.message, gift.recipient_email) == ("", "", FRIEND)
    take_gift(member=friend, token=token)
    erase_member(member_id=friend.pk)
    gift.refresh_from_db()
    assert gift.recipient_email == "" and not Letter.objects.exclude(to_email="").exists()
