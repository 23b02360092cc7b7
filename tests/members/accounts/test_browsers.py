"""Where a member is signed in: listed for its owner alone, and ended one by one."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from members.accounts import browsers
from members.accounts.locking import lock_out
from members.accounts.models import SignedInBrowser
from newsroom.lib.models import AuditEntry
from newsroom.site.purging import purge_expired
from tests.members.accounts.test_door import signed_in
from tests.sign_in import sign_in

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Mobile/15E148 Safari/604.1"
)
OTHERS = {
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36": (
        "Chrome", "Linux",
    ),
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 "
    "Safari/605.1.15": ("Safari", "macOS"),
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36 "
    "Edg/138.0.0.0": ("Edge", "Windows"),
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 "
    "Mobile Safari/537.36": ("Samsung Internet", "Android"),
    "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/138.0 Mobile/15E148 "
    "Safari/604.1": ("Chrome", "iPad"),
    "curl/8.5": ("", ""),
    "": ("", ""),
}  # fmt: skip


@pytest.fixture
def laptop(member, ask, enter, codes):
    return enter_by_code(Client(headers={"user-agent": FIREFOX}), member, ask, enter, codes)


@pytest.fixture
def phone(member, ask, enter, codes):
    return enter_by_code(Client(headers={"user-agent": SAFARI}), member, ask, enter, codes)


def enter_by_code(browser, member, ask, enter, codes):
    ask(member.email, browser)
    enter(codes(member.email)[0], browser)
    return browser


def row_of(browser):
    return SignedInBrowser.objects.get(session_key=browser.session.session_key)


def page(browser):
    return " ".join(browser.get("/account/").content.decode().split())


def end(browser, row):
    return browser.post(f"/account/browsers/{row.pk}/sign-out/")


def test_it_lists_each_with_browser_and_system_this_one_first(laptop, phone):
    shown = page(phone)
    assert shown.index("Safari on iPhone · this browser") < shown.index("Firefox on Windows")
    assert "this browser" not in shown[shown.index("Firefox on Windows"):]  # fmt: skip
    assert "Signed in since" in shown and "Last seen" in shown


def test_it_signs_one_out_and_leaves_the_others(laptop, phone):
    assert end(phone, row_of(laptop)).headers["Location"] == "/account/"
    assert not signed_in(laptop) and signed_in(phone)
    assert laptop.get("/account/").status_code == 302 and "Firefox" not in page(phone)
    assert AuditEntry.objects.filter(action="member.signed_out_browser").count() == 1


def test_it_signs_this_one_out_as_the_button_for_it_does(laptop):
    response = end(laptop, row_of(laptop))
    assert response.headers["Location"] == "/" and response.cookies["signed_in"]["max-age"] == 0
    assert not signed_in(laptop) and not SignedInBrowser.objects.exists()


def test_it_is_nobody_elses(laptop, stranger_client):
    row = row_of(laptop)
    assert end(stranger_client, row).status_code == end(stranger_client, SignedInBrowser(pk=0)).status_code == 404
    assert end(Client(), row).headers["Location"].startswith("/account/sign-in/")
    assert laptop.get(f"/account/browsers/{row.pk}/sign-out/").status_code == 405
    assert signed_in(laptop) and "Firefox" not in page(stranger_client)


def test_it_forgets_a_browser_that_signs_out(laptop, phone):
    laptop.post("/account/sign-out/")
    assert "Firefox" not in page(phone) and SignedInBrowser.objects.count() == 1


def test_it_keeps_this_one_alone_when_all_others_are_signed_out(laptop, phone):
    since = timezone.now() - timedelta(days=3)
    SignedInBrowser.objects.update(signed_in_at=since)
    phone.post("/account/sign-out-everywhere/")
    assert row_of(phone).signed_in_at == since and SignedInBrowser.objects.count() == 1
    assert "this browser" in page(phone) and laptop.get("/account/").status_code == 302


def test_it_lists_none_after_a_lock_out(laptop, member):
    lock_out(user=None, member=member)
    assert not SignedInBrowser.objects.exists() and laptop.get("/account/").status_code == 302


def test_it_notes_when_a_browser_was_seen_once_an_hour(laptop):
    long_ago = timezone.now() - timedelta(days=2)
    SignedInBrowser.objects.update(last_seen_at=long_ago)
    with CaptureQueriesContext(connection) as asked:
        laptop.get("/fragment/me/")
    assert row_of(laptop).last_seen_at == long_ago  # written down within the hour, by this process
    assert asked.captured_queries and not [one for one in asked if "signedinbrowser" in one["sql"]]
    browsers._noted.clear()
    laptop.get("/fragment/me/")
    assert row_of(laptop).last_seen_at > timezone.now() - timedelta(minutes=1)


def test_it_takes_in_a_session_that_is_older_than_the_list(laptop):
    SignedInBrowser.objects.all().delete()
    browsers._noted.clear()
    laptop.get("/fragment/me/")
    assert (row_of(laptop).browser, row_of(laptop).system) == ("Firefox", "Windows")


def test_it_lists_no_session_that_has_expired_and_forgets_it(laptop, phone):
    key = laptop.session.session_key
    Session.objects.filter(session_key=key).update(expire_date=timezone.now())
    assert "Firefox" not in page(phone)
    SignedInBrowser.objects.update(last_seen_at=timezone.now() - timedelta(days=60))
    purge_expired()
    assert [row.session_key for row in SignedInBrowser.objects.all()] == [phone.session.session_key]


def test_it_follows_a_browser_in_which_somebody_else_signs_in(laptop, stranger, ask, enter, codes):
    sign_in(laptop, stranger)
    assert [row.member for row in SignedInBrowser.objects.standing()] == [stranger]


@pytest.mark.parametrize(("said", "found"), OTHERS.items())
def test_it_finds_browser_and_system_in_what_a_browser_says(said, found):
    assert (browsers._find(browsers._BROWSERS, said), browsers._find(browsers._SYSTEMS, said)) == found


def test_it_keeps_two_words_of_what_a_browser_says_and_no_address(laptop):
    kept = SignedInBrowser.objects.values().get()
    assert set(kept) == {
        "id", "member_id", "session_key", "browser", "system", "signed_in_at", "last_seen_at",
    }  # fmt: skip
    assert "127.0.0.1" not in str(kept) and "Mozilla" not in str(kept)
