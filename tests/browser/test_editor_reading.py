"""A story with every part, written on the desk and read: nothing is asked of a third party before a click."""

import pytest

from tests.browser.editing import open_editor, paste
from tests.browser.test_looks import OVERFLOW

pytestmark = [pytest.mark.browser, pytest.mark.stack]

ADDRESS = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
PLAYER = "https://www.youtube-nocookie.com/"
PARTS = f"""<div data-pm-slice="0 0 []"><p>Sum<small class="footnote">Page 7.</small> and <span lang="fr">mot</span></p>
<table><tbody><tr>{"<th><p>Passengers carried</p></th>" * 6}</tr></tbody></table>
<figure class="image" data-image="1" data-size="full"></figure>
<section class="gallery"><figure class="image" data-image="1"></figure><figure class="image" data-image="2"></figure>
</section><figure class="embed" data-embed="{ADDRESS}" data-author="Port TV"><figcaption>The ferry leaves.</figcaption>
</figure></div>"""


@pytest.fixture(scope="module")
def address(chromium, stack, editor_state):
    """Where the story with every part stands."""
    context = chromium.new_context(base_url=stack.url, storage_state=editor_state)
    page = context.new_page()
    open_editor(page)
    paste(page, html=PARTS)
    page.locator("#id_headline").fill("Every part of a story")
    page.locator("#id_section_id").select_option(label="City")
    page.locator("#id_author_0").select_option(label="Tobin Aldercott")
    page.get_by_role("button", name="Publish", exact=True).click()
    yield page.get_by_role("link", name="View live").first.get_attribute("href")
    context.close()


def test_it_asks_a_third_party_only_when_the_reader_does(open_browser, address):
    page = open_browser(width=390, strangers=[PLAYER])
    asked = []
    page.route(f"{PLAYER}**", lambda route: (asked.append(route.request.url), route.abort()))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    assert page.locator("iframe").count() == 0 and asked == []
    assert page.get_by_text("The ferry leaves.").is_visible()
    with page.expect_request(f"{PLAYER}embed/dQw4w9WgXcQ"):
        page.get_by_role("button", name="Show it here").click()


def test_it_lets_no_other_frame_open(open_browser, address):
    page = open_browser(strangers=["https://evil.example/"])
    page.goto(address)
    refused = page.evaluate("""() => new Promise(done => {
      document.addEventListener("securitypolicyviolation", event => done(event.effectiveDirective))
      document.body.append(Object.assign(document.createElement("iframe"), { src: "https://evil.example/" }))
    })""")
    assert refused == "frame-src"


def test_it_offers_a_link_without_scripts(open_browser, address):
    page = open_browser(javascript=False)
    page.goto(address)
    assert page.get_by_role("link", name="Open on YouTube").get_attribute("href") == ADDRESS
    assert page.get_by_role("button", name="Show it here").count() == 0


def test_it_leads_to_a_footnote_and_back(open_browser, address):
    page = open_browser()
    page.goto(address)
    page.get_by_role("link", name="Note 1", exact=True).click()
    assert page.url.endswith("#note-1") and page.locator("#note-1").text_content().startswith("Page 7.")
    page.get_by_role("link", name="Back to note 1 in the text").click()
    assert page.url.endswith("#note-mark-1")


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_it_scrolls_a_wide_table_by_itself(open_browser, address, width):
    page = open_browser(width=width)
    page.goto(address)
    assert page.evaluate(OVERFLOW) <= 0
    table = page.get_by_role("region", name="Table")
    assert width > 400 or table.evaluate("table => table.scrollWidth > table.clientWidth")
