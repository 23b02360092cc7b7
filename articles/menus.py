"""The links of every page."""

from __future__ import annotations

from dataclasses import dataclass

from articles.models import MenuItem
from newsroom.lib.page_cache import note_keys


@dataclass(frozen=True)
class Link:
    title: str
    url: str


def menu_links(language: str) -> dict[str, list[Link]]:
    """`{"main": […], "footer": […]}` in one query. A link to a page that is not published is left out."""
    note_keys("menus")
    links: dict[str, list[Link]] = {"main": [], "footer": []}
    items = MenuItem.objects.filter(menu__language=language).select_related("menu", "page", "section")
    for item in items.order_by("menu__place", "position", "id"):
        link = _link(item)
        if link is not None:
            links[item.menu.place].append(link)
    return links


def _link(item: MenuItem) -> Link | None:
    if item.page is not None:
        if not item.page.is_published():
            return None
        return Link(item.title or item.page.headline, item.page.get_absolute_url())
    if item.section is not None:
        return Link(item.title or item.section.name, item.section.get_absolute_url())
    return Link(item.title, item.address)
