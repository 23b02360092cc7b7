"""The message that is built once: whatever the text, each reader's own addresses come through the encoding."""

import email
import email.policy

import pytest
from django.test.utils import override_settings
from hypothesis import given
from hypothesis import strategies as st

from newsletters.composing import UNSUBSCRIBE_MARK
from newsletters.messages import Recipient, build_mould, kept_mould, mail_address, recipient_of
from newsletters.models import Edition, Newsletter
from newsletters.sending import start_sending

READER = Recipient(
    "reader@example.org", "<edition-1-2.ab@example.org>", "https://example.org/newsletters/unsubscribe/a-_Z9/"
)
UKRAINIAN = "Пором знову запізнився: ґанок, їжак, єнот та об’їзд — усе чекає"


def filled(text="Text", html="<p>Html</p>", subject="Subject", recipient=READER, sender="Veldhaven Post"):
    newsletter = Newsletter(slug="briefing", language="en", name="Briefing", sender_name=sender)
    edition = Edition(newsletter=newsletter, subject=subject, text=text, html=html)
    return build_mould(edition).fill(recipient)


def read(content):
    return email.message_from_bytes(content, policy=email.policy.default)


def bodies(message):
    return [message.get_body([kind]).get_content().replace("\r\n", "\n") for kind in ("plain", "html")]


def test_it_fills_in_who_it_is_for():
    message = read(filled())
    assert (message["To"], message["Message-ID"]) == (READER.address, READER.message_id)
    assert message["Date"].datetime is not None


def test_it_carries_the_headers_of_one_click_unsubscribing():
    message = read(filled())
    assert message["List-Unsubscribe"] == f"<{READER.unsubscribe_url}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_it_encodes_a_ukrainian_subject_and_sender():
    content = filled(subject=UKRAINIAN * 2, sender="Вельдгавен, «Пошта»")
    message = read(content)
    assert message["Subject"] == UKRAINIAN * 2
    assert message["From"].addresses[0].display_name == "Вельдгавен, «Пошта»"
    assert content.isascii()


def test_it_keeps_a_senders_name_in_one_line():
    assert read(filled(sender="Veldhaven\r\nPost"))["From"].addresses[0].display_name == "Veldhaven Post"


@pytest.mark.parametrize("width", range(60, 80))
def test_it_survives_a_line_break_within_the_mark(width):
    text = f"{'ї' * (width // 6)}{'x' * (width % 6)}{UNSUBSCRIBE_MARK} {UKRAINIAN}\n"
    assert bodies(read(filled(text=text)))[0] == text.replace(UNSUBSCRIBE_MARK, READER.unsubscribe_url)


@given(
    st.lists(st.sampled_from([UNSUBSCRIBE_MARK, UKRAINIAN, "=3D", "=", ".", " ", "\n", "\n.\n", "a" * 70]), max_size=12)
)
def test_it_says_what_was_written_whatever_it_was(parts):
    text = "".join(parts) + "\n"
    content = filled(text=text, html=f"<p>{text}</p>")
    expected = text.replace(UNSUBSCRIBE_MARK, READER.unsubscribe_url)
    plain, html = bodies(read(content))
    assert (plain, html.rstrip("\n")) == (expected, f"<p>{expected}</p>".rstrip("\n"))
    assert max(map(len, content.split(b"\r\n"))) <= 78 and content.isascii()


def test_it_breaks_the_lines_of_a_long_address():
    recipient = Recipient(READER.address, READER.message_id, "https://example.org/" + "ab=c/" * 60)
    content = filled(text=f"Stop: {UNSUBSCRIBE_MARK}\n", recipient=recipient)
    assert recipient.unsubscribe_url in bodies(read(content))[0]


def test_it_writes_an_address_as_servers_take_it():
    assert mail_address("a.b+c@example.org") == "a.b+c@example.org"
    assert mail_address("reader@київ.укр") == "reader@xn--b1alf1j.xn--j1amh"


@pytest.mark.parametrize("address", ["", "nobody", "a@example.org\r\nBcc: b@example.org", "a b@example.org"])
def test_it_refuses_what_is_no_address(address):
    with pytest.raises(ValueError):
        mail_address(address)


def test_it_gives_each_attempt_the_same_message_id(readers):
    first, again, other = (recipient_of(7, signup) for signup in (readers[0], readers[0], readers[1]))
    assert first.message_id == again.message_id != other.message_id


def test_it_is_built_once_for_an_edition(editor, draft, readers, django_assert_num_queries):
    edition = start_sending(user=editor, edition=draft)
    kept_mould(edition.pk, edition.started_at)
    with django_assert_num_queries(0):
        kept_mould(edition.pk, edition.started_at)


@override_settings(DEFAULT_FROM_EMAIL="Somebody <post@example.org>")
def test_it_takes_a_sender_that_is_set_with_a_name():
    sender = read(filled())["From"].addresses[0]
    assert (sender.display_name, sender.addr_spec) == ("Veldhaven Post", "post@example.org")
