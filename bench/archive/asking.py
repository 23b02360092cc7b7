"""What is asked of both archives: one request after the other down a kept line, as one person would."""

import http.client
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from statistics import median
from urllib.parse import urlencode

from bench.ground import Unfit
from bench.table import Figure

ROUNDS = 5
ASKED = 12  # times a round
REACH = 1.5
Ask = Callable[["Visitor"], float]
_networks = count()


@dataclass
class Visitor:
    """Of one site; answers are seconds."""

    port: int
    cookie: str = ""
    token: str = "a" * 32
    _line: http.client.HTTPConnection | None = field(default=None, init=False)

    def get(self, path: str, expected: int = 200) -> tuple[float, str]:
        return self._ask("GET", path, None, expected)

    def post(self, path: str, data: dict[str, str], expected: int = 302) -> tuple[float, str]:
        return self._ask("POST", path, urlencode(data).encode(), expected)

    def _ask(self, method: str, path: str, body: bytes | None, expected: int) -> tuple[float, str]:
        if self._line is None:
            self._line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {
            "Host": f"localhost:{self.port}", "Cookie": f"csrftoken={self.token}; {self.cookie}",
            "X-CSRFToken": self.token, "Sec-Fetch-Site": "same-origin", "Accept": "text/html",
            "X-Forwarded-For": f"10.{next(_networks) % 250}.{next(_networks) % 249}.1",  # limits count by network
        }  # fmt: skip
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        began = time.perf_counter()
        self._line.request(method, path, body, headers)
        answer = self._line.getresponse()
        text = answer.read()
        took = time.perf_counter() - began
        if answer.status != expected:
            raise Unfit(f"{method} {path} answers {answer.status}, and not {expected}.")
        return took, text.decode("utf-8", "replace")


def reading(path: str) -> Ask:
    return lambda visitor: visitor.get(path)[0]


def deep_page(visitor: Visitor) -> float:
    """The page of the city's section that begins 700 stories before now, which both archives have."""
    before = int((time.time() - 700 * 25 * 60) * 1_000_000)
    return visitor.get(f"/section/city/?page=before-{before}-{10**9}")[0]


def revision_in(visitor: Visitor, address: str) -> str:
    """The key of the revision that a story's form is based on."""
    _took, page = visitor.get(address)
    known = re.search(r'name="based_on"[^>]*value="(\d+)"', page)
    if known is None:
        raise Unfit("The story's form names no revision.")
    return known[1]


@dataclass
class Saving:
    """A story is opened, and saved with another deck; only the saving is timed."""

    story: int
    number: int = 0
    known: dict[int, str] = field(default_factory=dict)  # by port: the revision that was there before

    def __call__(self, visitor: Visitor) -> float:
        address = f"/admin/articles/article/{self.story}/change/"
        known = revision_in(visitor, address)
        if known == self.known.get(visitor.port):
            raise Unfit("The story's form does not hold a new revision.")
        self.known[visitor.port] = known
        self.number += 1
        return visitor.post(
            address,
            {
                "headline": "Harbour ferry flood", "deck": f"Saved {self.number} times.", "body": "<p>Words.</p>",
                "kind": "news", "based_on": known, "verb": "save",
            },
        )[0]  # fmt: skip


@dataclass
class Autosaving:
    """What is typed in one form of the story, a word more each time; none of it is ever saved."""

    story: int
    number: int = 0
    based_on: dict[int, str] = field(default_factory=dict)  # by port: the revision that the form holds

    def __call__(self, visitor: Visitor) -> float:
        address = f"/admin/articles/article/{self.story}/"
        if visitor.port not in self.based_on:
            self.based_on[visitor.port] = revision_in(visitor, f"{address}change/")
        self.number += 1
        took, said = visitor.post(
            f"{address}autosave/",
            {
                "headline": "Harbour ferry flood", "deck": f"Typed {self.number} words.", "body": "<p>Words.</p>",
                "kind": "news", "based_on": self.based_on[visitor.port], "session_key": "bench-tab",
                "sequence": str(self.number),
            },
            expected=200,
        )  # fmt: skip
        if '"kept": null' in said:
            raise Unfit("What was typed was not kept.")
        return took


def measure(name: str, ask: Ask, small: Visitor, large: Visitor) -> Figure:
    """Milliseconds of both, in turn; raises Unfit when an answer is not as it should be."""
    pairs = []
    for number in range(ROUNDS + 1):
        sides = (large, small) if number % 2 else (small, large)
        taken = {id(side): median(ask(side) * 1000 for _time in range(ASKED)) for side in sides}
        if number:  # the first warms up
            pairs.append((taken[id(large)], taken[id(small)]))
    return Figure(
        name=name, value=median(ours for ours, _ in pairs), unit="ms", reference=median(theirs for _, theirs in pairs),
        ratio=median(ours / theirs for ours, theirs in pairs), reach=REACH, better="lower",
    )  # fmt: skip
