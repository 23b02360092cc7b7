"""An address that was mistyped at the checkout: corrected at the desk, proved by whoever reads the right one on a
telephone without scripts, and theirs from then on."""

import pytest

from tests.browser.walking import Inbox, become_a_patron, link_in, sign_in, text_of, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.stack]
WRONG, RIGHT = "mistyped.paton@example.org", "mistyped.patron@example.org"


def test_it_moves_an_account_to_the_address_that_its_owner_reads(open_browser, membership_state, stack):
    owner = open_browser(width=390, height=844, javascript=False)
    desk, stranger = open_browser(state=membership_state), open_browser()
    become_a_patron(owner, WRONG)
    sign_in(stranger, WRONG)
    assert "You give €" in text_of(stranger)
    correct_the_address(desk)
    link = link_in(Inbox(owner).text(RIGHT, "Is this your address?"), "/account/address/")
    look_without_moving(open_browser(), link, stranger)
    prove(owner, link)
    assert_told_without_names(owner)
    stranger.goto("/account/")
    stranger.wait_for_url("**/account/sign-in/**")
    assert_moved(owner, desk, stack)
    owner.goto(link)
    assert "This link is used or has expired" in text_of(owner)


def correct_the_address(page):
    page.goto(f"/admin/members/member/?q={WRONG}")
    page.locator("#result_list a[href*='/change/']").first.click()
    page.get_by_role("link", name="Timeline").click()
    page.get_by_label("New address").fill(RIGHT)
    page.get_by_label("Why (kept in the audit)").fill("She rang: the r is missing.")
    page.get_by_role("button", name="Send the link").click()
    page.get_by_text(f"{RIGHT} waits for proof until").wait_for()


def look_without_moving(page, link, stranger):
    """As a mail scanner does."""
    page.goto(link)
    assert f"go by {RIGHT} from now on?" in text_of(page)
    stranger.goto("/account/")
    assert f"You are signed in as {WRONG}." in text_of(stranger)


def prove(page, link):
    page.goto(link)
    page.get_by_role("button", name="Yes, this is my address").click()
    assert f"From now on your account goes by {RIGHT}." in text_of(page)


def assert_told_without_names(page):
    """The old address may be a stranger's."""
    for words in ("is to go by another address", "goes by another address"):
        assert RIGHT not in Inbox(page).text(WRONG, words)


def assert_moved(owner, desk, stack):
    sign_in(owner, RIGHT)
    assert f"You are signed in as {RIGHT}." in text_of(owner) and "You give €" in text_of(owner)
    desk.reload()
    assert f"{RIGHT} · proved" in text_of(desk) and "The new address was proved and holds" in text_of(desk)
    wait_for(lambda: stack.ask_stripe(f"/v1/customers?email={RIGHT}")["data"], "The address at the payment company")
