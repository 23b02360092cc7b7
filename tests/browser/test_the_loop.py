"""The whole loop by hand, against the running demo: written, published, read, supported, voted, commissioned, told,
sent, unsubscribed. Each step leans on the one before, so they stand in one test and are named by its functions."""

import re

import pytest

from tests.browser.test_accessibility import both_ways
from tests.browser.walking import Inbox, pay, sign_in, wait_for
from tests.browser.written import LINKS, as_html, load_story

pytestmark = [pytest.mark.browser, pytest.mark.stack]

READER, DONOR = "loop.reader@example.org", "loop.donor@example.org"
EDITION = "What the fog horn costs"
COUNTS_LAG_SECONDS = 180  # public counts are dropped from the cache once a minute, browsers keep a page for another
# The paid invoice as its signed event brought it, and the patron's time.
DONE_BY_A_WORKER = """
SELECT 1 FROM members_period JOIN members_payment ON members_payment.id = members_period.payment_id
JOIN members_member ON members_member.id = members_period.member_id
JOIN members_stripeevent ON members_stripeevent.object_id = members_payment.stripe_id
WHERE members_member.email = %s AND members_stripeevent.state = 'done'
"""
# The id of the editor's request followed through the tasks to the one that sent the last letter.
SENT_FOR_A_REQUEST = """
SELECT 1 FROM lib_auditentry began JOIN lib_auditentry sent USING (request_id)
WHERE began.action = 'edition.started' AND sent.action = 'edition.sent' AND request_id <> ''
"""
CAPTION, CREDIT = "The ferry at Old Quay, before it sails.", "Ilse Tamrin / The Breakwater"
PASTE = """(element, html) => {
  const data = new DataTransfer()
  data.setData("text/html", html)
  element.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }))
}"""


def test_it_walks_the_whole_loop(open_browser, stack, editor_state, publisher_state):
    """The edition is sent while the votes are counted: that takes a minute."""
    story = load_story()
    desk, reader = open_browser(state=editor_state), open_browser(width=390, height=844)
    word_the_appeal(open_browser(state=publisher_state), story)
    address = write_and_publish(desk, story)
    assert_live_unchanged_by_saving(desk, reader, address, story)
    read_the_story(reader, address, story)
    become_a_patron(reader, stack)
    give_once(open_browser(), address)
    topic, votes = suggest_and_vote(reader)
    subscribe(reader)
    send_an_edition(desk, story)
    assert stack.rows(SENT_FOR_A_REQUEST)
    assert_readable(reader)
    unsubscribe_in_one_click(reader)
    assert_counted(reader, topic, votes)
    commission_and_tell(desk, topic, address)
    assert_told_once(reader, topic, story)


def word_the_appeal(page, story):
    """The newsroom's own words at the foot of each story, with their two links."""
    page.goto("/admin/members/campaign/")
    page.get_by_role("row", name=re.compile(r"\ben\b")).get_by_role("link").first.click()
    page.locator("#id_lead").fill(story.appeal[0])
    page.locator("#id_text").fill("\n\n".join(story.appeal[1:]))
    page.locator("#id_button_label").fill("Become a patron")
    page.locator("#id_other_label").fill("see other ways to support")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/campaign/")


def write_and_publish(page, story):
    page.goto("/admin/")
    page.get_by_role("link", name="Write a story").click()
    page.locator("#id_headline").fill(story.headline)
    page.locator("#id_deck").fill(story.deck)
    body = page.locator(".ProseMirror[contenteditable=true]")
    body.click()
    page.keyboard.type(story.paragraphs[0])
    page.keyboard.press("Enter")
    body.evaluate(PASTE, as_html(story))
    page.locator("#id_section_id").select_option(label="City")
    page.locator("#id_author_0").select_option(label="Tobin Aldercott")
    page.locator("#id_tags").fill("Alliances, Far from home")
    choose_lead_picture(page)
    page.get_by_role("button", name="Publish", exact=True).click()
    page.wait_for_load_state()
    return page.get_by_role("link", name=re.compile("view live|on site|live", re.IGNORECASE)).first.get_attribute(
        "href"
    )


def choose_lead_picture(page):
    lead = page.locator("[data-lead]")
    lead.get_by_role("button", name="Choose a picture").click()
    page.locator("dialog[open] .picker-search").fill("ferry")
    page.locator("dialog[open] .picker-entry", has_text="ferry").first.click()
    page.locator("#id_lead_caption").fill(CAPTION)
    page.locator("#id_lead_credit").fill(CREDIT)


def assert_live_unchanged_by_saving(desk, reader, address, story):
    """Editing again changes nothing live until it is published again."""
    desk.locator("#id_headline").fill(f"{story.headline} (draft)")
    desk.get_by_role("button", name="Save", exact=True).click()
    desk.wait_for_load_state()
    reader.goto(address)
    assert reader.locator("h1").text_content().strip() == story.headline
    desk.locator("#id_headline").fill(story.headline)
    desk.get_by_role("button", name="Publish changes").click()
    desk.wait_for_load_state()


def read_the_story(page, address, story):
    page.goto(address)
    words = " ".join(page.locator("main").inner_text().split())
    for sentence in (story.headline, story.deck, *story.paragraphs, *story.related, *story.appeal, CAPTION, CREDIT):
        assert " ".join(sentence.split()) in words
    assert page.locator("main section.related li").count() == len(story.related)
    for link in ("City", "Tobin Aldercott", "Alliances", "Far from home"):
        assert page.locator("main").get_by_role("link", name=link, exact=True).first.is_visible()
    for text, href in LINKS:
        assert page.locator(f"main a[href='{href}']").text_content() == text
    assert re.search(r"/20\d\d/\d\d/\d\d/[a-z0-9-]+/$", page.url)
    assert page.locator("main time[datetime]").first.is_visible()
    picture = page.locator("main figure img").first
    assert picture.get_attribute("alt") and picture.evaluate("image => image.complete && image.naturalWidth > 0")
    assert page.get_by_role("link", name="see other ways to support").get_attribute("href") == "/support/other-ways/"


def become_a_patron(page, stack):
    page.get_by_role("link", name="Become a patron").last.click()
    page.wait_for_url("**/support/**")
    assert page.locator("input[name=frequency][value=month]").is_checked()
    page.get_by_role("button", name="Go on to pay").click()
    page.wait_for_url("**/c/pay/**")
    assert "no money moves" in page.locator("body").inner_text()
    be_declined(page)
    pay(page, READER)
    assert "hank" in page.locator("h1").inner_text()
    wait_for(stack.has_worked_off_events, "The last event")
    assert stack.rows(DONE_BY_A_WORKER, READER)
    inbox = Inbox(page)
    wait_for(lambda: len(inbox.subjects(READER)) >= 1, "The letter to the new patron")


def be_declined(page):
    """The bank refuses once: the page says so, and everything is still there."""
    page.get_by_label(re.compile("e-mail", re.IGNORECASE)).fill(READER)
    page.locator("button[value=decline]").click()
    page.get_by_text(re.compile("declined", re.IGNORECASE)).first.wait_for()


def give_once(page, address):
    """A donor is thanked and is no patron."""
    page.goto("/support/")
    page.locator("label", has_text="Once").first.click()
    page.get_by_role("button", name="Go on to pay").click()
    page.wait_for_url("**/c/pay/**")
    pay(page, DONOR)
    assert "hank" in page.locator("h1").inner_text()
    sign_in(page, DONOR)
    page.goto("/topics/vote/")
    assert page.get_by_role("button", name="Cast my votes").count() == 0


def suggest_and_vote(page):
    sign_in(page, READER)
    page.goto("/topics/suggest/")
    page.get_by_label("Your question").fill("Who pays when the fog horn is silent?")
    page.get_by_label("Why it matters").fill("It was silent for nine nights in October.")
    page.get_by_role("button", name="Send it to the editors").click()
    page.get_by_text("An editor reads every suggestion; you will find it here.").wait_for()
    page.goto("/topics/")
    question = page.locator(".questions h3 a").first.text_content().strip()
    before = votes_of(page, question)
    page.goto("/topics/vote/")
    ballot = page.locator("fieldset.ballot", has_text=question)
    ballot.locator("input[type=radio][value='2']").check(force=True)
    page.get_by_role("button", name="Cast my votes").click()
    page.wait_for_load_state()
    return question, before + 2


def assert_counted(page, question, votes):
    """A page that is asked for again does not come from what the browser keeps."""
    votes_of(page, question)
    wait_for(lambda: page.reload() and votes_on(page) == votes, "The count", COUNTS_LAG_SECONDS)


def votes_of(page, question):
    page.goto("/topics/")
    page.get_by_role("link", name=question).first.click()
    page.wait_for_load_state()
    return votes_on(page)


def votes_on(page):
    return int(re.search(r"(\d+)\s+votes?", page.locator("main").inner_text()).group(1))


def commission_and_tell(page, question, address):
    """The editor commissions the leading topic and links the story, which is out already."""
    page.goto("/admin/members/round/")
    page.get_by_role("row", name=re.compile("Round 2")).get_by_role("checkbox").check()
    page.locator("select[name=action]").select_option(label="Commission the leading topic")
    page.get_by_role("button", name=re.compile("run|go", re.IGNORECASE)).first.click()
    page.wait_for_load_state()
    page.goto("/admin/members/commission/")
    page.get_by_role("link", name=question).first.click()
    choose_in_autocomplete(page, "article", load_story().headline)
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_load_state()


def choose_in_autocomplete(page, field, words):
    page.locator(f"#id_{field} + .select2, .field-{field} .select2").first.click()
    page.locator(".select2-search__field").last.fill(words[:40])
    page.locator(".select2-results__option", has_text=words[:40]).first.click()


def assert_told_once(page, question, story):
    text = Inbox(page).text(READER, story.headline)
    assert question in text
    subjects = Inbox(page).subjects(READER)
    assert len([subject for subject in subjects if story.headline in subject]) == 1
    page.goto(re.search(r"http\S+/20\d\d/\S+", text).group(0))
    page.reload()  # the reader was here within the minute that browsers keep a page
    assert re.search(r"Commissioned by \d+ patrons", page.locator("main").inner_text())


def subscribe(page):
    page.goto("/newsletters/weekday-briefing/")
    page.locator("main").get_by_label("Your e-mail address").fill(READER)
    page.get_by_role("button", name="Send it to me").first.click()
    page.wait_for_load_state()
    text = Inbox(page).text(READER, "confirm")
    page.goto(re.search(r"http\S+/confirm/\S+", text).group(0))
    page.locator("main form button").click()
    page.wait_for_load_state()


def send_an_edition(page, story):
    page.goto("/admin/newsletters/edition/add/")
    page.locator("#id_newsletter").select_option(label="The Weekday Briefing")
    page.locator("#id_subject").fill(EDITION)
    choose_in_autocomplete(page, "items-0-article", story.headline)
    page.get_by_role("button", name=re.compile("^Save and continue")).click()
    page.wait_for_load_state()
    page.goto(re.sub(r"change/.*$", "send/", page.url))
    page.get_by_role("button", name="Send it now").click()
    page.wait_for_url("**/progress/")
    done = page.locator("[data-done]")
    wait_for(lambda: done.text_content() == page.locator("[data-total]").text_content() != "0", "The end of the bar")
    wait_for(lambda: "Sent" in page.locator("#bar").inner_text(), "The edition's end")


def assert_readable(page):
    """In the inbox, and the letter itself, which a program that reads mail shows alone."""
    mail = Inbox(page).open(READER, EDITION)
    assert both_ways(mail) == []
    mail.goto(f"{mail.url}body/")
    assert both_ways(mail) == []


def unsubscribe_in_one_click(page):
    mail = Inbox(page).open(READER, EDITION)
    assert mail.frame_locator("iframe").locator("h1").count() == 1
    mail.get_by_role("button", name="Unsubscribe").click()
    mail.wait_for_load_state()
    assert "will not come any more" in mail.locator("main").inner_text()
