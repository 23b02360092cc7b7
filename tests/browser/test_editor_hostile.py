"""What the sanitiser lets through and what pages show of it, opened in Chromium under a listener: nothing runs."""

import pytest

from articles.models import Image
from articles.rendering import Named, render_body
from articles.sanitising import clean_body
from tests.browser.hostile import VECTORS, WRAPPED

pytestmark = pytest.mark.browser

OUR_ORIGIN = "http://desk.test/"
LISTEN = """() => {
  window.hits = []
  window.addEventListener("click", event => event.preventDefault())
}"""
# Parsed as a document, parsed as a fragment, written out by the browser and parsed again; then everything pressed.
OPEN = """async html => {
  const places = []
  for (const text of [html, new DOMParser().parseFromString(html, "text/html").body.innerHTML]) {
    const place = document.createElement("div")
    document.body.append(place)
    place.innerHTML = text
    place.innerHTML = place.innerHTML
    places.push(place)
  }
  for (const link of document.querySelectorAll("a")) link.click()
  for (const element of document.querySelectorAll("div *"))
    for (const name of ["mouseover", "focus", "load", "error", "animationstart", "toggle"])
      element.dispatchEvent(new Event(name))
  await Promise.all([...document.images].filter(image => !image.complete).map(image => new Promise(done => {
    for (const end of ["load", "error"]) image.addEventListener(end, done)
  })))
  const found = [...document.querySelectorAll("div *")].filter(element =>
    /^(script|style|iframe|object|embed|svg|math|form|base|meta|link)$/i.test(element.localName) ||
    [...element.attributes].some(({ name, value }) =>
      /^on|^style$|^srcdoc$/i.test(name) || /^\\s*(java|vb)script:/i.test(value)))
  places.forEach(place => place.remove())
  return [...window.hits.splice(0), ...found.map(element => element.outerHTML)]
}"""


@pytest.fixture
def listening(chromium):
    """An empty page of ours without any content policy, from which nothing may leave."""
    context = chromium.new_context()
    page = context.new_page()
    strayed = []
    page.route("**/*", lambda route: _answer(route, strayed))
    page.on("dialog", lambda dialog: (strayed.append(dialog.message), dialog.dismiss()))
    page.goto(OUR_ORIGIN)
    page.evaluate(LISTEN)
    yield page
    context.close()
    assert strayed == []


def _answer(route, strayed):
    if route.request.url.startswith(OUR_ORIGIN):
        return route.fulfill(content_type="text/html", body="<!doctype html><body>")
    strayed.append(route.request.url)
    return route.abort()


def open_all(page, written):
    """What ran or could run, by what it came of."""
    return {source: found for source, html in written.items() if (found := page.evaluate(OPEN, html))}


def test_it_hears_what_is_not_sanitised(listening):
    """The listener hears: else the other tests would show nothing."""
    heard = open_all(listening, {"picture": VECTORS[0], "link": '<p><a href="javascript:x">a</a></p>'})
    assert 1 in heard["picture"] and heard["link"]


@pytest.mark.parametrize("vectors", [VECTORS, WRAPPED], ids=["bare", "wrapped"])
def test_it_runs_nothing_that_was_sanitised(listening, vectors):
    assert open_all(listening, {vector: clean_body(vector) for vector in vectors}) == {}


def test_it_runs_nothing_that_is_rendered(listening):
    assert open_all(listening, {vector: _render(clean_body(vector)) for vector in (*VECTORS, *WRAPPED)}) == {}


def test_it_renders_nothing_that_runs_even_where_the_sanitiser_was_not_asked(listening):
    """Addresses and ids are checked again when a page is made: here of rows that no verb wrote."""
    bodies = [
        '<figure class="embed" data-embed="javascript:window.hits.push(1)"></figure>',
        '<p><a href="javascript:window.hits.push(1)">a</a></p>',
        '<section class="related" data-heading="x"><ul><li><a href=" javascript:x">a</a></li></ul></section>',
    ]
    assert open_all(listening, {body: _render(body) for body in (*bodies, *VECTORS, *WRAPPED)}) == {}


def _render(body):
    image = Image(pk=1, file="picture.png", width=3, height=2, alt='"><img src=x onerror=window.hits.push(1)>')
    image._prefetched_objects_cache = {"renditions": Image.objects.none()}
    return render_body(body, Named({1: image})).replace("/media/", OUR_ORIGIN)
