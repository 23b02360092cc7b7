"""The story page: from the cache, and rendered."""

import http.client
from collections.abc import Callable

from articles.models import Article
from bench.ground import Unfit
from bench.rounds import Load, alternate, get
from bench.table import Figure, compared

CONNECTIONS = 32
SECONDS = 1.5  # a side, each round
WARM_UP_SECONDS = 1.0


def measure_cached_page(*, story: Article, site: int, reference: int) -> Figure:
    """The application server alone: what nginx and a CDN would spare it altogether."""
    path = story.get_absolute_url()
    _fetch(path, site)
    size = _fetch(path, site)
    pairs = alternate(_side(path, site), _side(f"/constant/{size}/", reference))
    return compared("story page, cached", pairs, unit="pages/s", reach=0.6)


def measure_rendered_page(*, story: Article, uncached: int, reference: int) -> Figure:
    path = story.get_absolute_url()
    _fetch(path, uncached)
    pairs = alternate(_side(path, uncached), _side(f"/story/{story.slug}/", reference))
    return compared("story page, rendered", pairs, unit="pages/s", reach=0.35)


def _side(path: str, port: int) -> Callable[[int], float]:
    def measure(number: int) -> float:
        seconds = SECONDS if number else WARM_UP_SECONDS
        return Load(port, [get(path, port)], CONNECTIONS, expected="200", seconds=seconds).send()

    return measure


def _fetch(path: str, port: int) -> int:
    """Once, for the cache; the size of the answer as a browser gets it. Raises Unfit unless it is the page."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        headers = {"Host": f"localhost:{port}", "Accept": "text/html", "Accept-Encoding": "gzip, deflate, br"}
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        size = len(answer.read())
    finally:
        connection.close()
    if answer.status != 200:
        raise Unfit(f"{path} answers {answer.status}.")
    return size


def count_queries(story: Article) -> int:
    """What rendering the page asks the database, once the process is warm."""
    from django.core.cache import cache
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    for _turn in range(2):
        cache.clear()
        with CaptureQueriesContext(connection) as asked:
            Client(SERVER_NAME="localhost").get(story.get_absolute_url())
    return len(asked)
