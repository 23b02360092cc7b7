"""The rows of the archive, and the two databases that they are measured on."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from bench.archive.asking import Ask, Autosaving, Saving, Visitor, deep_page, measure, reading
from bench.archive.growing import LARGE, QUICK, SMALL, Grower, Size
from bench.servers import application_server
from bench.table import Figure

IS_QUICK = os.environ.get("BENCH_QUICK") == "1"
DESK = "/admin/articles/article/"


def measure_archive() -> list[Figure]:
    """Seeds, grows and measures; what imports models comes here, once Django is set up."""
    from bench.archive.people import sign_in_editor
    from bench.seed import seed_story

    story = seed_story()
    cookie = sign_in_editor()
    tag = story.tags.order_by("id").values_list("slug", flat=True).first()
    with ExitStack() as stack:
        visitors = {}
        for name, size in (("small", SMALL), ("large", QUICK if IS_QUICK else LARGE)):
            url = stack.enter_context(_archive(name, size, story.pk))
            port = stack.enter_context(application_server("bench.uncached", DATABASE_URL=url, TRUSTED_PROXIES="1"))
            visitors[name] = Visitor(port, cookie)
        asked = _rows(story.pk, str(tag), story.section_id)
        return [measure(title, ask, **visitors) for title, ask in asked.items()]


def _rows(story: int, tag: str, section: int | None) -> dict[str, Ask]:
    """The words are those of `growing.WORDS`: each stands in one of eight headlines; `signs` stands in every story, and
    `zeppelin` nowhere."""
    return {
        "archive: front": reading("/"),
        "archive: tag of a tenth": reading(f"/tag/{tag}/"),
        "archive: deep page of a section": deep_page,
        "archive: search, 1,000 ranked": reading("/search/?q=signs"),
        "archive: search for what is nowhere": reading("/search/?q=zeppelin"),
        "archive: feed": reading("/feed/"),
        "desk: list": reading(DESK),
        "desk: list of a section": reading(f"{DESK}?section={section}"),
        "desk: deep page of the list": reading(f"{DESK}?p=19"),
        "desk: list of a language": reading(f"{DESK}?language=en"),
        "desk: list of a kind": reading(f"{DESK}?kind__exact=news"),
        "desk: list of drafts": reading(f"{DESK}?state__exact=draft"),
        "desk: list by state": reading(f"{DESK}?state__exact=published"),
        "desk: search": reading(f"{DESK}?q=ferry"),
        "desk: search for what is nowhere": reading(f"{DESK}?q=zeppelin"),
        "desk: open": reading(f"{DESK}{story}/change/"),
        "desk: save": Saving(story),
        "desk: autosave": Autosaving(story),
        "desk: queue": reading(f"{DESK}queue/"),
        "desk: revisions": reading(f"{DESK}{story}/revisions/"),
        "desk: tags that begin so": reading("/admin/articles/tag/suggest/?q=har&language=en"),
        "desk: tags that begin so, of which there are none": reading("/admin/articles/tag/suggest/?q=zep&language=en"),
        "desk: stories to link to": reading(f"{DESK}pick/?q=ferry"),
        "desk: pictures": reading("/admin/articles/image/"),
        "desk: pictures to choose": reading("/admin/articles/image/pick/?q=harbour"),
        "desk: tags": reading("/admin/articles/tag/"),
        "desk: search for tags": reading("/admin/articles/tag/?q=r"),
        "desk: search for a tag that is nowhere": reading("/admin/articles/tag/?q=zeppelin"),
    }


@contextmanager
def _archive(name: str, size: Size, template: int) -> Iterator[str]:
    """A copy of the scratch database, grown; its address. Dropped at the end."""
    from django.db import connections

    connections.close_all()
    scratch = os.environ["DATABASE_URL"]
    database = f"{urlsplit(scratch).path[1:]}_{name}"
    url = urlunsplit(urlsplit(scratch)._replace(path=f"/{database}"))
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database))
    source = sql.Identifier(urlsplit(scratch).path[1:])
    began = time.monotonic()
    with psycopg.connect(urlunsplit(urlsplit(scratch)._replace(path="/postgres")), autocommit=True) as server:
        server.execute(drop)
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(database), source))
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                Grower(connection, template).grow(size)
            print(f"{size.stories:,} stories made in {time.monotonic() - began:.0f} s", file=sys.stderr)
            yield url
        finally:
            server.execute(drop)
