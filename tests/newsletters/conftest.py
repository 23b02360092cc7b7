"""A newsletter with readers, and a real mail server that can be told to refuse."""

import email
import email.policy

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from django.utils import timezone

from newsletters.models import Delivery, Edition, EditionItem, Newsletter, Signup
from newsletters.sending import start_sending
from newsroom.embedded.ports import pick_port
from tests.articles import making


class PostOffice:
    """Keeps what it takes. `refusals` answers a recipient with a line of SMTP; `hangs_up_on` drops the line when the
    text to that recipient has come."""

    def __init__(self):
        self.refusals = {}
        self.sender_refusal = None
        self.text_refusal = None
        self.hangs_up_on = None
        self.envelopes = []

    async def handle_MAIL(self, server, session, envelope, address, options):
        if self.sender_refusal:
            return self.sender_refusal
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.text_refusal:
            return self.text_refusal
        if self.hangs_up_on in envelope.rcpt_tos:
            server.transport.abort()
            return "250 never heard"
        self.envelopes.append(envelope)
        return "250 OK"

    @property
    def recipients(self):
        return sorted(envelope.rcpt_tos[0] for envelope in self.envelopes)

    @property
    def messages(self):
        return [email.message_from_bytes(one.content, policy=email.policy.default) for one in self.envelopes]


class _Server(Controller):
    def factory(self):
        return SMTP(self.handler, hostname="localhost", enable_SMTPUTF8=True)


@pytest.fixture
def post_office(settings):
    office = PostOffice()
    server = _Server(office, hostname="127.0.0.1", port=pick_port())
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = server.hostname, server.port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    yield office
    server.stop()


@pytest.fixture
def newsletter(db):
    return Newsletter.objects.create(language="en", slug="briefing", name="The Briefing", sender_name="Veldhaven Post")


@pytest.fixture
def make_reader(make_member, newsletter):
    def make(address, state=Signup.State.CONFIRMED, of=newsletter, **fields):
        member = make_member(address, **fields)
        confirmed_at = timezone.now() if state != Signup.State.PENDING else None
        return Signup.objects.create(newsletter=of, member=member, state=state, confirmed_at=confirmed_at)

    return make


@pytest.fixture
def readers(make_reader):
    return [make_reader(f"reader{number}@example.org") for number in range(1, 4)]


@pytest.fixture
def story(db):
    return making.story(headline="The ferry is late", deck="Again.")


@pytest.fixture
def draft(newsletter, story):
    edition = Edition.objects.create(newsletter=newsletter, subject="Late ferries", intro="Good morning.")
    EditionItem.objects.create(edition=edition, article=story)
    return edition


@pytest.fixture
def sending(editor, draft, readers):
    """An edition on its way to three readers."""
    return start_sending(user=editor, edition=draft)


@pytest.fixture
def states():
    def read(edition):
        rows = Delivery.objects.filter(edition=edition).order_by("signup__member__email")
        return [str(state) for state in rows.values_list("state", flat=True)]

    return read
