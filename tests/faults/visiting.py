"""What a browser sees: one request each, with the seconds that its answer took."""

import http.client
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urlencode

PATIENCE_SECONDS = 20
PROMISED_SECONDS = 2.0
TOKEN = "a" * 32  # Django compares what the cookie and the header say


@dataclass
class Answer:
    asked: str
    status: int
    headers: http.client.HTTPMessage
    text: str
    seconds: float

    def is_in_time(self):
        """The promise is about a part that hangs; a machine that is merely busy has a margin of half of it."""
        assert self.seconds < PROMISED_SECONDS, f"{self.asked} took {self.seconds:.2f} s: a dead part was waited for."
        return self

    def is_resting(self):
        """The designed page, and nothing of what went wrong inside."""
        assert self.status == 503, f"{self.asked} answered {self.status}"
        assert "Part of the site is resting" in self.text
        assert "Traceback" not in self.text
        assert int(self.headers["Retry-After"]) > 0
        assert self.headers["Cache-Control"] == "no-store"
        return self

    def is_fine(self, status=200):
        assert self.status == status, f"{self.asked} answered {self.status}: {self.text[:300]}"
        return self


class Visitor:
    """A browser, signed in by a session's key or not at all."""

    def __init__(self, port, session=""):
        self.port = port
        self.cookies = {"csrftoken": TOKEN, **({"session": session} if session else {})}

    def get(self, path):
        return self._ask("GET", path, None, {})

    def post(self, path, data=None, body=None, **headers):
        kind = {} if body is not None else {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", path, urlencode(data or {}, doseq=True) if body is None else body, {**kind, **headers})

    def upload(self, path, content, **words):
        """A form with one file."""
        parts = [f'--{TOKEN}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in words.items()]
        parts.append(f'--{TOKEN}\r\nContent-Disposition: form-data; name="file"; filename="boat.png"\r\n\r\n')
        body = "".join(parts).encode() + content + f"\r\n--{TOKEN}--\r\n".encode()
        return self.post(path, body=body, **{"Content-Type": f"multipart/form-data; boundary={TOKEN}"})

    def _ask(self, method, path, body, headers):
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        given = {"Cookie": cookie, "X-CSRFToken": TOKEN, "Sec-Fetch-Site": "same-origin", **headers}
        line = http.client.HTTPConnection("localhost", self.port, timeout=PATIENCE_SECONDS)
        began = time.monotonic()
        try:
            line.request(method, path, body, given)
            answer = line.getresponse()
            text = answer.read().decode("utf-8", "replace")
        finally:
            line.close()
        self._keep_cookies(answer)
        return Answer(f"{method} {path}", answer.status, answer.headers, text, time.monotonic() - began)

    def _keep_cookies(self, answer):
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _equals, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value


def at_once(*questions):
    """All of them side by side, so that each finds out for itself that a part is dead."""
    with ThreadPoolExecutor(len(questions)) as crowd:
        return [one.result() for one in [crowd.submit(question) for question in questions]]


class _Form(HTMLParser):
    """Names and values of the fields that a browser would send again."""

    def __init__(self):
        super().__init__()
        self.fields, self._area, self._list = {}, "", ""

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "input" and name and (given.get("type") not in ("checkbox", "radio") or "checked" in given):
            self.fields[name] = value
        elif tag == "textarea":
            self._area = name
            self.fields[name] = ""
        elif tag == "select":
            self._list = name
        elif tag == "option" and "selected" in given:
            self.fields[self._list] = value

    def handle_endtag(self, tag):
        if tag == "textarea":
            self._area = ""

    def handle_data(self, data):
        if self._area:
            self.fields[self._area] += data


def form_of(html):
    """What the page's form holds; what a test changes is laid over it."""
    form = _Form()
    form.feed(html)
    form.fields.pop("csrfmiddlewaretoken", None)
    return {name: value for name, value in form.fields.items() if name}
