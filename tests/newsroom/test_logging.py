"""What logs hold: the request that follows into the task, and neither a person's address nor a secret."""

import io
import json
import logging
import re

import pytest
import structlog
from celery import current_app
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from kombu.utils.encoding import bytes_to_str

from newsletters.models import Newsletter
from newsroom.lib import letters
from newsroom.lib.log_masking import mask_text
from newsroom.lib.models import Letter
from newsroom.lib.tasks import send_letter
from newsroom.settings import logs


@pytest.fixture
def lines():
    """All that is logged at INFO and above, written as in production."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logging.getLogger().handlers[0].formatter)
    root = logging.getLogger()
    root.addHandler(handler)
    yield out.getvalue
    root.removeHandler(handler)


def sign_in(client, address):
    client.post(reverse("account_login"), {"email": address}, headers={"Sec-Fetch-Site": "same-origin"})


@pytest.mark.django_db
def test_signing_in_logs_neither_the_address_nor_the_code(client, member, lines, post_office):
    sign_in(client, member.email)
    letter = Letter.objects.get()
    code = re.search(r"\b\d{6}\b", letter.text).group()
    post_office.refusals[member.email] = f"550 <{member.email}> is unknown"
    letters.send(letter.pk)
    ours = "\n".join(line for line in lines().splitlines() if "mail.log" not in line)  # the test's own mail server
    assert "letter_not_sent" in ours
    assert member.email not in ours
    assert code not in ours


@pytest.mark.django_db
def test_signing_up_for_a_newsletter_logs_no_address(client, lines):
    Newsletter.objects.create(slug="morning", name="Morning")
    logging.getLogger("test").info("a line")
    for site in ("same-origin", "cross-site"):
        form = {"email": "anna@example.org", "newsletter": "morning"}
        client.post("/newsletters/?email=anna@example.org", form, headers={"Sec-Fetch-Site": site})
    assert "a line" in lines()
    assert "anna@" not in lines()


@pytest.mark.django_db
def test_a_webhook_with_a_bad_signature_logs_no_secret(client, lines, settings):
    body = json.dumps({"id": "evt_1", "data": {"object": {"email": "anna@example.org"}}})
    response = client.post(
        "/stripe/webhook/", body, content_type="application/json", headers={"Stripe-Signature": "t=1,v1=abcdef0123"}
    )
    assert response.status_code == 400
    assert "anna@" not in lines()
    assert settings.STRIPE_WEBHOOK_SECRET not in lines()
    assert "abcdef0123" not in lines()


@pytest.mark.django_db
def test_an_address_that_opens_something_is_not_logged_even_when_it_fails(client, lines):
    token = "ImFubmFAZXhhbXBsZS5vcmci:1qZx8Y:abcdefghijklmnopqrstuvwxyz0123"
    for path in (f"/newsletters/unsubscribe/{token}/", f"/preview/{token}/", "/nothing/?email=anna@example.org"):
        client.get(path)
    assert "anna@" not in lines()
    assert token not in lines()


@pytest.mark.django_db
def test_a_fault_is_logged_without_what_the_exception_repeats(lines):
    try:
        raise ValueError("no mail to anna@example.org with sk_live_abcdefgh12345678")
    except ValueError:
        structlog.get_logger("test").exception("it_broke", url="postgres://newsroom:secret@db/newsroom")
    said = lines()
    assert "it_broke" in said
    assert "ValueError" in said
    for secret in ("anna@example.org", "abcdefgh12345678", "secret"):
        assert secret not in said


@pytest.mark.django_db
def test_an_error_is_found_in_production_s_logs_as_the_manual_says(monkeypatch):
    """docs/operations.md: a line of JSON with its level, the traceback and the request's id."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    formatter = structlog.stdlib.ProcessorFormatter
    as_json = [formatter.remove_processors_meta, structlog.processors.JSONRenderer()]
    handler.setFormatter(formatter(foreign_pre_chain=logs._shared, processors=as_json))
    monkeypatch.setattr(logging.getLogger(), "handlers", [handler])
    monkeypatch.setattr("newsroom.site.views.render", lambda *_arguments: 1 / 0)
    assert Client(raise_request_exception=False).get("/account/erased/").status_code == 200
    assert '"level": "error"' not in out.getvalue()
    assert Client(raise_request_exception=False).get("/").status_code == 500
    told = [json.loads(line) for line in out.getvalue().splitlines() if '"level": "error"' in line]
    assert any("ZeroDivisionError" in line.get("exception", "") and line.get("request_id") for line in told)
    assert '"level": "error"' in (settings.BASE_DIR / "docs/operations.md").read_text()


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("to Anna.B+x@mail.example.org now", "to [address] now"),
        ("whsec_1234567890abcdef", "whsec_[key]"),
        ("redis://:secret@127.0.0.1:6379/0", "redis://[login]@127.0.0.1:6379/0"),
        ("GET /search/?q=my+illness", "GET /search/?[query]"),
        ("/2024/11/13/a-story-with-quite-a-long-slug-indeed/", "/2024/11/13/a-story-with-quite-a-long-slug-indeed/"),
        ("/2024/11/13/the-2025-budget-and-the-harbour/", "/2024/11/13/the-2025-budget-and-the-harbour/"),
        ("/preview/Ab3dEf6hIj9lMn2pQr5tUv8x/", "/preview/[token]/"),
        (
            "IntegrityError: it is there\nDETAIL:  Failing row contains (7, Anna\nBee, null).\n\nThe above exception",
            "IntegrityError: it is there\nDETAIL: [row]\n\nThe above exception",
        ),
    ],
)
def test_it_masks_what_is_a_persons_and_leaves_the_rest(text, masked):
    assert mask_text(text) == masked


@pytest.mark.django_db
def test_the_request_follows_into_the_task():
    """Read from the broker, as the worker reads it."""
    queue = "test-logging"
    with structlog.contextvars.bound_contextvars(request_id="request-7"):
        send_letter.apply_async(args=[0], queue=queue)
    with current_app.connection_for_read() as connection:
        message = connection.SimpleQueue(queue).get(timeout=5)
        message.ack()
    assert "request-7" in bytes_to_str(json.dumps(message.headers))
    assert "request-7" not in json.dumps(json.loads(message.body))


@pytest.mark.django_db
def test_each_request_has_an_id_of_its_own_which_nobody_can_make_up(lines):
    Client().get("/nothing-here/")
    first = re.findall(r"request_id=(\S+)", lines())
    Client().get("/nothing-here/")
    assert first
    assert set(re.findall(r"request_id=(\S+)", lines())) > set(first)


def test_commands_log_too(db, lines):
    call_command("check")
    assert "Traceback" not in lines()
