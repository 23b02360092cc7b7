"""A letter that failed for good, sent again from the desk: once a press, by those who may, and nothing that has run
out."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from newsroom.lib import letters
from newsroom.lib.models import AuditEntry, Letter
from newsroom.lib.sending_again import LetterError, send_letter_again

LIST = reverse("admin:lib_letter_changelist")
BUTTON = "Send it again"


@pytest.fixture
def failed(make_letter):
    return make_letter(state="failed", attempts=12, error="SMTPRecipientsRefused 550")


def press(client, *rows):
    data = {"action": "send_again", "_selected_action": [row.pk for row in rows]}
    return client.post(LIST, data, follow=True).content.decode()


def page_of(client, letter):
    return client.get(reverse("admin:lib_letter_change", args=[letter.pk])).content.decode()


@pytest.mark.parametrize("who", ["manager_client", "publisher_client"])
def test_it_goes_out_again_to_the_same_address(request, failed, post_office, who):
    client = request.getfixturevalue(who)
    assert BUTTON in page_of(client, failed)
    press(client, failed)
    failed.refresh_from_db()
    assert (failed.state, failed.attempts, failed.error) == ("queued", 0, "")
    letters.send(failed.pk)
    assert post_office.recipients == ["reader@example.org"]
    entry = AuditEntry.objects.get(action="letter.sent_again")
    assert entry.target_id == str(failed.pk) and entry.details == {"kind": "test"} and "@" not in entry.target_label


def test_a_second_press_sends_nothing_more(failed, manager_client, post_office):
    press(manager_client, failed)
    assert "It is on its way already." in press(manager_client, failed)
    letters.send(failed.pk)
    assert "It has been sent." in press(manager_client, failed)
    letters.send(failed.pk)
    assert len(post_office.messages) == 1
    assert AuditEntry.objects.filter(action="letter.sent_again").count() == 1


@pytest.mark.parametrize(("fields", "why"), [
    ({"expires_at": -1, "is_urgent": True}, "What it says has run out."),
    ({"expires_at": 60, "is_urgent": True, "text": "", "html": ""}, "are not kept any more"),
    ({"to_email": ""}, "are not kept any more"),
])  # fmt: skip
def test_what_has_run_out_or_is_not_kept_stays(failed, manager_client, fields, why):
    if minutes := fields.get("expires_at"):
        fields = {**fields, "expires_at": timezone.now() + timedelta(minutes=minutes)}
    Letter.objects.update(**fields)
    page = page_of(manager_client, failed)
    assert why in page and BUTTON not in page
    assert why in press(manager_client, failed)
    failed.refresh_from_db()
    assert failed.state == "failed" and not AuditEntry.objects.filter(action="letter.sent_again").exists()


def test_a_code_that_failed_is_blanked_and_cannot_be_sent_again(make_letter, manager, post_office):
    """Also within its time: the server refused it, and its words are gone."""
    soon = timezone.now() + timedelta(minutes=10)
    code = make_letter(is_urgent=True, expires_at=soon)
    post_office.refusals[code.to_email] = "550 5.1.1 unknown"
    letters.send(code.pk)
    with pytest.raises(LetterError):
        send_letter_again(user=manager, letter=code)


def test_one_that_still_holds_is_sent_within_its_time(failed, manager):
    Letter.objects.update(expires_at=timezone.now() + timedelta(days=1))
    send_letter_again(user=manager, letter=failed)
    assert Letter.objects.get().state == "queued"


def test_what_was_taken_back_is_not_sent_again(failed, manager):
    """Such as a reminder of a payment that came meanwhile."""
    letters.withdraw_letters("test:")
    with pytest.raises(LetterError):
        send_letter_again(user=manager, letter=failed)


@pytest.mark.parametrize("state", ["unknown", "sent", "claimed", "handing_over", "queued"])
def test_no_other_letter_is_sent_again(make_letter, manager, manager_client, state):
    letter = make_letter(state=state)
    assert BUTTON not in page_of(manager_client, letter)
    with pytest.raises(LetterError):
        send_letter_again(user=manager, letter=letter)
    letter.refresh_from_db()
    assert letter.state == state


@pytest.mark.parametrize("who", ["writer", "editor", "member"])
def test_others_may_not(request, failed, who):
    with pytest.raises(PermissionDenied):
        send_letter_again(user=request.getfixturevalue(who), letter=failed)


def test_an_operator_sees_it_and_has_no_button(failed, make_member, client):
    from members.accounts import roles
    from tests.sign_in import sign_in

    operator = make_member("operator@example.org")
    roles.grant_role(user=None, member=operator, role=roles.OPERATOR)
    sign_in(client, operator)
    page = page_of(client, failed)
    assert "SMTPRecipientsRefused 550" in page and BUTTON not in page
    press(client, failed)
    failed.refresh_from_db()
    assert failed.state == "failed"


def test_several_go_at_once(make_letter, failed, manager_client):
    other = make_letter("other@example.org", state="failed")
    gone = make_letter("gone@example.org", state="failed", text="")
    page = press(manager_client, failed, other, gone)
    assert "Done for 2." in page and "are not kept any more" in page
    assert set(Letter.objects.filter(state="queued")) == {failed, other}
