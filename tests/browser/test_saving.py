"""No word is lost, whatever happens to the tab, the browser, the network, the server, the session or elsewhere."""

import os
import re
import time
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import QUIET
from tests.browser.walking import pass_second_factor, sign_in, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.stack]

EDITOR, PUBLISHER = "editor@example.org", "publisher@example.org"
PATIENCE = 40_000  # milliseconds; a condition is waited for, never a time
ROOT = Path(__file__).resolve().parents[2]
ADD = "/admin/articles/article/add/"


@pytest.fixture
def at_desk(open_browser, editor_state, publisher_state):
    states = {EDITOR: editor_state, PUBLISHER: publisher_state}
    return lambda email, **options: open_browser(state=states[email], **options)


def body_of(page):
    return page.locator(".ProseMirror[contenteditable=true]")


def write(page, words):
    body_of(page).press("Control+End")
    page.keyboard.type(words)
    expect(page.locator("#id_body")).to_have_value(re.compile(re.escape(words)))  # the form has heard of it


def begin_story(page, headline="What the fog horn costs", words="At nine the horn is silent."):
    """A new story that an autosave has begun; its address."""
    page.goto(ADD)
    page.locator("#id_headline").fill(headline)
    write(page, words)
    page.wait_for_url("**/change/", timeout=PATIENCE)
    expect_kept(page)
    return page.url


def save(page):
    with page.expect_navigation(timeout=PATIENCE):
        page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved.")).to_be_visible(timeout=PATIENCE)


def expect_state(page, state):
    expect(page.locator(f"[data-saving-line][data-state={state}]")).to_be_visible(timeout=PATIENCE)


def expect_kept(page):
    expect_state(page, "kept")


def take(page):
    page.get_by_role("button", name="Take it").click()
    page.wait_for_url("**autosave=**", timeout=PATIENCE)
    return body_of(page)


@pytest.fixture
def mortal_browser(chromium, stack, editor_state, tmp_path):
    """A browser of its own that may be killed: a page, and what kills it."""
    path = os.environ["CHROMIUM"]
    context = chromium.browser_type.launch_persistent_context(
        tmp_path, executable_path=path, args=QUIET, base_url=stack.url
    )
    context.add_cookies(editor_state["cookies"])
    return context.new_page(), lambda: kill_browser(str(tmp_path))


def kill_browser(profile):
    """As the machine does when it runs out of memory: no script of the page runs once more."""
    for process in psutil.process_iter(["cmdline"]):
        if any(profile in word for word in process.info["cmdline"] or []):
            process.kill()


def test_it_keeps_a_new_story_before_it_was_ever_saved(at_desk):
    page = at_desk(EDITOR)
    address = begin_story(page)
    other = at_desk(EDITOR)
    other.goto(address)
    expect(other.locator("#id_headline")).to_have_value("What the fog horn costs")
    expect(body_of(other)).to_contain_text("At nine the horn is silent.")


def test_it_offers_what_was_kept_after_the_tab_is_closed(at_desk):
    page = at_desk(EDITOR)
    address = begin_story(page)
    write(page, " And at ten.")
    page.close(run_before_unload=False)
    other = at_desk(EDITOR)
    wait_for(lambda: other.goto(address) and other.get_by_text("We kept what you wrote").count(), "The offer")
    expect(take(other)).to_contain_text("And at ten.")


def test_it_keeps_what_was_typed_when_the_browser_is_killed(mortal_browser, at_desk):
    page, kill = mortal_browser
    address = begin_story(page)
    write(page, " And at ten.")
    expect_kept(page)
    write(page, " And at elev")
    kill()
    elsewhere = at_desk(EDITOR)
    elsewhere.goto(address)
    expect(take(elsewhere)).to_contain_text("At nine the horn is silent. And at ten.")


def test_it_promises_less_than_five_seconds():
    """Of a pause, and of typing without one; the test below shows that both come true."""
    pause, most = promised()
    assert 0 < pause <= 5000 and 0 < most <= 5000


def promised():
    """Milliseconds, as the form's own script has them."""
    source = (ROOT / "articles/static/articles/saving/start.js").read_text()
    found = re.search(r"const \[PAUSE, MOST, .*?\] = \[(\d+), (\d+), ", source)
    return int(found[1]), int(found[2])


def stored(stack, address):
    """The body of what stands in the story's autosave, in the newsroom's own database."""
    number = re.search(r"/(\d+)/change/", address)[1]
    found = stack.rows(
        "SELECT content->>'body' FROM articles_revision WHERE kind = 'autosaved' AND article_id = %s"
        " ORDER BY created_at DESC LIMIT 1", number,
    )  # fmt: skip
    return found[0][0] if found else ""


def test_it_stores_what_is_typed_after_a_pause_and_while_no_pause_is_made(mortal_browser, at_desk, stack):
    page, kill = mortal_browser
    address = begin_story(page)
    write(page, " After a pause.")
    began = time.monotonic()
    wait_for(lambda: "After a pause." in stored(stack, address), "The row after a pause")
    print(f"From the last key to the row: {time.monotonic() - began:.1f} s")
    typed = type_without_a_pause(page, lambda word: word in stored(stack, address))
    kill()
    came = wait_for(lambda: [word for word in typed if word in stored(stack, address)], "What was typed")
    assert came == typed[: len(came)]  # its beginning, whole
    elsewhere = at_desk(EDITOR)
    elsewhere.goto(address)
    expect(take(elsewhere)).to_contain_text("After a pause. " + " ".join(came))


def type_without_a_pause(page, is_stored):
    """Word after word until one is stored, each within the pause after which the form would send itself. Where the
    machine itself made one, it is the words typed since that count. All the words."""
    typed, last, first = [], time.monotonic(), 0
    while not typed or not is_stored(typed[first]):
        typed.append(f"word{len(typed):03}")
        page.keyboard.type(f" {typed[-1]}")
        now = time.monotonic()
        if now - last > promised()[0] / 1000:
            first = len(typed) - 1
        last = now
        assert len(typed) < 999
    return typed


def test_it_goes_on_when_the_server_is_back(at_desk, stack):
    page = at_desk(EDITOR)
    begin_story(page)
    stack.kill_web()
    write(page, " While the server was down.")
    expect_kept(page)
    save(page)
    expect(body_of(page)).to_contain_text("While the server was down.")
    expect(page.locator(".saving-offer")).to_have_count(0)


def test_it_keeps_words_while_offline_and_sends_them_after(at_desk):
    page = at_desk(EDITOR)
    begin_story(page)
    page.context.set_offline(True)
    write(page, " Written on a train.")
    expect_state(page, "away")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(body_of(page)).to_contain_text("Written on a train.")
    page.context.set_offline(False)
    expect_kept(page)


def lose_line_and_return(page, address):
    """Words that were kept at the newsroom, then words that were not; the story's page, opened again."""
    write(page, " And at ten.")
    expect_kept(page)
    page.context.set_offline(True)
    write(page, " Written on a train.")
    expect_state(page, "away")
    context = page.context
    page.close()
    context.set_offline(False)
    again = context.new_page()
    again.goto(address)
    return again


def test_it_offers_what_was_written_offline_on_return(at_desk):
    page = at_desk(EDITOR)
    again = lose_line_and_return(page, begin_story(page))
    expect(again.locator(".saving-offer:visible")).to_contain_text("This browser kept what you wrote on")
    expect(take(again)).to_contain_text("And at ten. Written on a train.")
    expect(again.locator(".saving-offer")).to_have_count(0)


def test_it_keeps_a_note_that_is_being_typed(at_desk):
    page = at_desk(EDITOR)
    address = begin_story(page)
    page.goto(address)
    write(page, " And at ten.")
    page.locator("#notes summary").click()
    page.locator("#note-text").fill("Ask the harbour master.")
    expect_kept(page)
    assert page.evaluate(
        "!window.dispatchEvent(new Event('beforeunload', { cancelable: true }))"
    )  # asks before it goes
    context = page.context
    page.close()
    again = context.new_page()
    again.goto(address)
    expect(again.locator(".saving-offer:visible")).to_contain_text("Ask the harbour master.")
    expect(take(again)).to_contain_text("And at ten.")
    expect(again.locator("#note-text")).to_have_value("Ask the harbour master.")
    with again.expect_navigation(timeout=PATIENCE):
        again.get_by_role("button", name="Add the note").click()
    expect(again.locator(".note")).to_contain_text("Ask the harbour master.")
    expect(again.locator("#note-text")).to_have_value("")
    expect(again.locator(".saving-offer")).to_have_count(0)


def test_it_offers_the_older_words_once_the_newer_are_left(at_desk):
    page = at_desk(EDITOR)
    again = lose_line_and_return(page, begin_story(page))
    again.locator(".saving-offer:visible").get_by_role("button", name="Leave it").click()
    expect(again.locator(".saving-offer:visible")).to_contain_text("We kept what you wrote on")
    expect(take(again)).to_contain_text("And at ten.")
    expect(body_of(again)).not_to_contain_text("Written on a train.")


def test_it_asks_to_sign_in_again_without_leaving_the_page(at_desk, open_browser):
    page = at_desk(PUBLISHER)
    begin_story(page)
    page.context.clear_cookies(name="session")
    write(page, " After the session ended.")
    dialog = page.locator("dialog[data-sign-in]")
    expect(dialog).to_be_visible(timeout=PATIENCE)
    tab = page.context.new_page()
    sign_in(tab, PUBLISHER, dialog.get_by_role("link", name="Sign in").get_attribute("href"))
    pass_second_factor(tab, PUBLISHER)
    expect(tab.get_by_role("heading", name="You are signed in")).to_be_visible()
    expect(dialog).not_to_be_visible(timeout=PATIENCE)
    expect_kept(page)
    save(page)
    expect(body_of(page)).to_contain_text("After the session ended.")


def test_it_shows_each_that_the_other_is_there(at_desk):
    mine = at_desk(EDITOR)
    address = begin_story(mine)
    theirs = at_desk(PUBLISHER)
    theirs.goto(address)
    expect(theirs.locator("[data-saving-others]")).to_contain_text("Olena Marsh has this open")
    expect(mine.locator("[data-saving-others]")).to_contain_text("Mirre Soelberg has this open", timeout=PATIENCE)
    tab = mine.context.new_page()
    tab.goto(address)
    expect(tab.locator("[data-saving-others]")).to_contain_text("in another tab")
    theirs.goto("/admin/")
    expect(mine.locator("[data-saving-others]")).not_to_contain_text("Mirre", timeout=PATIENCE)


@pytest.mark.parametrize(
    "javascript", [True, pytest.param(False, marks=pytest.mark.thorough)], ids=["with scripts", "without scripts"]
)
def test_it_lets_the_second_to_save_decide(at_desk, javascript):
    first = at_desk(EDITOR)
    address = begin_story(first)
    save(first)
    second = at_desk(PUBLISHER, javascript=javascript)
    second.goto(address)
    for page, deck in ((first, "Nine nights."), (second, "Nobody heard it.")):
        page.locator("#id_deck").fill(deck)
    first.locator("#id_headline").fill("What silence costs")
    save(first)
    second.get_by_role("button", name="Save", exact=True).click()
    expect(second.get_by_role("heading", level=1, name=re.compile("Two versions"))).to_be_visible(timeout=PATIENCE)
    deck = second.locator("fieldset", has_text="Deck")
    expect(deck).to_contain_text("Nine nights.")
    assert second.locator("input[name=headline][value=theirs]").is_checked()
    deck.locator("input[value=mine]").check()
    second.get_by_role("button", name="Save what I chose").click()
    expect(second.locator("#id_headline")).to_have_value("What silence costs")
    expect(second.locator("#id_deck")).to_have_value("Nobody heard it.")
