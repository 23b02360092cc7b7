"""The demo's inbox: every mail that left, and nothing that its folder does not hold."""

import os
from email.message import EmailMessage

import pytest

from newsroom.embedded.inbox import Maildir

pytestmark = pytest.mark.django_db


@pytest.fixture
def maildir(tmp_path, settings):
    settings.MAIL_INBOX_DIR = str(tmp_path / "inbox")
    return Maildir(tmp_path / "inbox")


def deliver(maildir, to="reader@example.org", subject="Good morning", html="<head></head><p>Words</p>"):
    message = EmailMessage()
    message["To"], message["From"], message["Subject"] = to, "newsroom@example.org", subject
    message.set_content("Words")
    message.add_alternative(html, subtype="html")
    return maildir.deliver(bytes(message))


def test_it_shows_the_newest_first(client, maildir):
    deliver(maildir, subject="The older"), deliver(maildir, subject="The newer")
    page = client.get("/inbox/").content.decode()
    assert 0 < page.index("The newer") < page.index("The older")


def test_it_shows_one_persons_mail(client, maildir):
    deliver(maildir, subject="For me"), deliver(maildir, to="other@example.org", subject="For another")
    page = client.get("/inbox/?to=READER@example.org").content.decode()
    assert "For me" in page
    assert "For another" not in page


def test_a_mail_stands_in_a_frame_that_runs_nothing(client, maildir):
    key = deliver(maildir, html="<head></head><script>alert(1)</script>")
    response = client.get(f"/inbox/{key}/body/")
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert client.get(f"/inbox/{key}/").status_code == 200


@pytest.mark.parametrize("key", ["none", "..%2F..%2Fsecret", "..", "%2e%2e%2fsecret"])
def test_it_opens_nothing_outside_its_folder(client, maildir, tmp_path, key):
    (tmp_path / "secret").write_text("Subject: secret\n\nsecret")
    assert client.get(f"/inbox/{key}/").status_code == 404


def test_it_is_empty_before_the_first_mail(client, settings, tmp_path):
    settings.MAIL_INBOX_DIR = str(tmp_path / "not there")
    assert client.get("/inbox/").status_code == 200


def test_a_mail_that_was_read_by_another_program_stays(client, maildir, tmp_path):
    key = deliver(maildir)
    folder = tmp_path / "inbox"
    os.rename(folder / "new" / key, folder / "cur" / f"{key}:2,S")
    assert client.get(f"/inbox/{key}/").status_code == 200
