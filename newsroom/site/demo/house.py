"""The demo's settings, sections, tags, series, authors, pages and menus."""

import uuid
from typing import Any

from articles.models import Author, Menu, MenuItem, Page, Section, Series, Tag
from articles.models.taxonomy import Named
from newsroom.lib.models import SiteSettings
from newsroom.lib.site_settings import save_site_settings
from newsroom.lib.slugs import make_slug
from newsroom.site.demo.reading import read_table

LANGUAGES = ("en", "uk")
NAMESPACE = uuid.UUID("5a0d2f6e-3b0c-4a52-9f0c-6d6f1f1c2b7a")
VIEWS = {"topics": "/topics/", "newsletters": "/newsletters/", "corrections": "/corrections/"}


def key_of(kind: str, key: str) -> uuid.UUID:
    """The same translation key at each seeding."""
    return uuid.uuid5(NAMESPACE, f"{kind}:{key}")


def seed_settings() -> None:
    table = read_table("newsroom")
    row, _is_new = SiteSettings.objects.get_or_create(pk=1)
    if row.is_demo:  # seeded before: what a visitor changed stays
        return
    row.name, row.tagline, row.footer_note = table["name"], table["tagline"], table["footer_note"]
    row.accent, row.contact_email, row.currency = table["accent"], table["contact_email"], table["currency"].lower()
    row.statement_text, row.coffee = table["statement_text"], table["coffee"]
    row.legal_name = table["postal_address"]
    own = {field: table[f"{field}_uk"] for field in ("name", "tagline", "footer_note")}
    row.translations = {"uk": {**own, "legal_name": table["postal_address_uk"]}}
    row.is_demo = True
    save_site_settings(row)


def seed_taxonomy() -> None:
    for position, section in enumerate(read_table("sections")["section"]):
        _named(Section, section["slug"], section, position=position)
    for series in read_table("series")["series"]:
        _named(Series, series["slug"], series)
    for tag in read_table("tags")["tag"]:
        _named(Tag, tag["key"], {code: {"name": tag[code]} for code in LANGUAGES if code in tag})


def _named(model: type[Named], key: str, texts: dict[str, Any], **extra: Any) -> None:
    for language in LANGUAGES:
        if language not in texts:
            continue
        text = texts[language]
        model._default_manager.get_or_create(
            translation_key=key_of(model.__name__, key),
            language=language,
            defaults={
                "name": text["name"], "description": text.get("description", ""),
                "slug": key if language == "en" else make_slug(text["name"]), **extra,
            },
        )  # fmt: skip


def seed_authors() -> None:
    for author in read_table("authors")["author"]:
        Author.objects.get_or_create(
            slug=author["key"],
            defaults={
                "name": author["name"], "job": author["role"], "bio": author["bio"],
                "public_email": author.get("email", ""),
                "translations": {
                    "uk": {"name": author["name_uk"], "job": author.get("role_uk", ""), "bio": author.get("bio_uk", "")}
                },
            },
        )  # fmt: skip


def seed_menus() -> None:
    for menu in read_table("menus")["menu"]:
        for language in LANGUAGES:
            row, is_new = Menu.objects.get_or_create(place=menu["key"], language=language)
            if is_new:
                MenuItem.objects.bulk_create(
                    item
                    for position, entry in enumerate(menu["entries"])
                    if (item := _menu_item(row, position, entry, language)) is not None
                )


def _menu_item(menu: Menu, position: int, entry: dict[str, str], language: str) -> MenuItem | None:
    item = MenuItem(menu=menu, position=position)
    if "section" in entry:
        item.section = Section.objects.filter(
            translation_key=key_of("Section", entry["section"]), language=language
        ).first()
        return item if item.section else None
    if "page" in entry:
        item.page = Page.objects.filter(translation_key=key_of("Page", entry["page"]), language=language).first()
        return item if item.page else None
    item.title = entry[language]
    item.address = ("" if language == "en" else f"/{language}") + VIEWS[entry["view"]]
    return item
