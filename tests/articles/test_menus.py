"""The links under the masthead and at the foot of every page, by language."""

import re

import pytest

from articles.models import Menu, MenuItem
from tests.articles import making

pytestmark = pytest.mark.django_db


@pytest.fixture
def menus():
    """Of each language: a section and an address under the masthead, a page and a draft of one at the foot."""
    for language, title in (("en", "Readers ask"), ("uk", "Читачі питають")):
        main, footer = (Menu.objects.create(place=place, language=language) for place in ("main", "footer"))
        root = "" if language == "en" else f"/{language}"
        MenuItem.objects.create(menu=main, position=1, title=title, address=f"{root}/topics/")
        MenuItem.objects.create(menu=main, position=0, section=making.section(language=language))
        MenuItem.objects.create(menu=footer, page=making.page("about", language, headline=f"About, {language}"))
        hidden = making.page("hidden", language)
        type(hidden).objects.filter(pk=hidden.pk).update(state="draft")
        MenuItem.objects.create(menu=footer, page=hidden)


def links(html, start):
    """Those between the tag that starts so and the end of its list."""
    part = re.search(rf"{start}.*?</nav>", html, re.DOTALL)[0]
    return re.findall(r'<a href="([^"]+)"[^>]*>([^<]+)</a>', part)


@pytest.mark.parametrize(("root", "language", "title"), [("", "en", "Readers ask"), ("/uk", "uk", "Читачі питають")])
def test_each_link_stands_on_the_page_of_its_language(client, menus, root, language, title):
    for path in (f"{root}/", making.story(language).get_absolute_url()):
        html = client.get(path).content.decode()
        assert links(html, '<nav class="nav"') == [(f"{root}/section/city/", "City"), (f"{root}/topics/", title)]
        assert links(html, '<ul class="footer-menu"')[0] == (f"{root}/about/", f"About, {language}")
        assert f"{root}/hidden/" not in html
