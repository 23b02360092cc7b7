"""What the desk shows in frames is really shown: a header too strict leaves a grey box where the draft should be."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.stack]
DAY, NIGHT = "rgb(28, 26, 23)", "rgb(227, 221, 209)"
INKS = {"wide": DAY, "phone": DAY, "letter": DAY, "dark": NIGHT}
LISTS = {"article": "#result_list a[href*='/articles/article/']", "edition": "#result_list a[href*='/edition/']"}


@pytest.fixture
def desk(open_browser, editor_state):
    return open_browser(state=editor_state)


def first_of(page, address, links):
    page.goto(address)
    return page.locator(links).first.get_attribute("href").partition("/change/")[0]


@pytest.mark.parametrize("is_night", [False, True])
def test_it_shows_a_draft_in_every_look_whatever_the_editors_machine_prefers(desk, is_night):
    desk.emulate_media(color_scheme="dark" if is_night else "light")
    story = first_of(desk, "/admin/articles/article/?language=en&state__exact=published", LISTS["article"])
    for look, ink in INKS.items():
        desk.goto(f"{story}/look/?as={look}")
        expect(desk.frame_locator("iframe.look").locator("h1")).to_have_css("color", ink)
    desk.goto(f"{story}/look/?as=card")
    assert desk.locator(".card-headline").is_visible()


def test_a_wide_look_stands_whole_on_a_phone(desk):
    desk.set_viewport_size({"width": 390, "height": 844})
    story = first_of(desk, "/admin/articles/article/?language=en&state__exact=published", LISTS["article"])
    desk.goto(f"{story}/look/?as=wide")
    frame = desk.locator("iframe.look").bounding_box()
    assert frame["x"] + frame["width"] <= 390
    assert desk.frame_locator("iframe.look").locator("html").evaluate("page => page.clientWidth") >= 950


def test_it_shows_an_edition(desk):
    edition = first_of(desk, "/admin/newsletters/edition/", LISTS["edition"])
    desk.goto(f"{edition}/mail/")
    assert desk.locator("h1").count() == 1
    desk.goto(f"{edition}/change/")
    desk.get_by_role("link", name="Preview").first.click()
    desk.frame_locator("iframe.desk-mail").locator("h1").wait_for()


def test_a_phone_stands_beside_the_editor(desk):
    desk.set_viewport_size({"width": 1600, "height": 900})
    story = first_of(desk, "/admin/articles/article/?language=en&state__exact=published", LISTS["article"])
    desk.goto(f"{story}/change/")
    desk.get_by_label("Preview beside").check()
    beside = desk.frame_locator(".beside-look iframe").frame_locator("iframe.look")
    beside.locator("h1").wait_for()
