"""The ground a run stands on: a scratch database beside the one handed over, and an empty cache."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

DATABASE = "newsroom_bench"
QUEUES = ("urgent", "events", "default", "bulk")


class Unfit(Exception):  # noqa: N818
    """The run cannot begin, or a row broke. The text says why."""


@contextmanager
def scratch_database() -> Iterator[None]:
    """Makes it anew, migrates it and binds this process and its children to it; drops it at the end. Raises Unfit."""
    if os.environ.get("NEWSROOM_MODE") != "test":
        raise Unfit("The benchmarks need services made for tests: run `make bench`.")
    handed = os.environ["DATABASE_URL"]
    _recreate(handed)
    os.environ["DATABASE_URL"] = urlunsplit(urlsplit(handed)._replace(path=f"/{DATABASE}"))
    os.environ["DJANGO_SETTINGS_MODULE"] = "newsroom.settings"
    try:
        _migrate()
        yield
    finally:
        _leave()
        _execute(handed, _DROP)


_DROP = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(DATABASE))
_CREATE = sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(DATABASE))


def _recreate(url: str) -> None:
    _execute(url, _DROP)
    _execute(url, _CREATE)


def _execute(url: str, statement: sql.Composed) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement)


def _migrate() -> None:
    import django
    from django.core.cache import cache
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    cache.clear()


def _leave() -> None:
    """No worker takes what the rows woke: the queues are emptied, as is the cache."""
    from django.core.cache import cache
    from django.db import connections

    from newsroom.celery import app

    with app.connection() as connection:
        for queue in QUEUES:
            connection.default_channel.queue_purge(queue)
    cache.clear()
    connections.close_all()
