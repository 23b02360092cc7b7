"""Another address, entered at the desk: its owner proves it, and until then nothing changes."""

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members.accounts import correcting, roles
from members.accounts.addresses import admit_address
from members.accounts.correcting import MOVED, ask_address, prove_new_address, withdraw_address
from members.accounts.errors import AccountError
from members.accounts.models import AddressChange, Member
from newsroom.lib.letters import send
from newsroom.lib.models import AuditEntry, Letter, Outbox

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(manager, member):
    """`ask("right@example.org")`: the link's path, as the letter has it."""

    def make(email="right@example.org", whose=member):
        change = ask_address(user=manager, member=whose, email=email, why="mistyped")
        text = Letter.objects.get(cause=f"address-change:{change.pk}:new").text
        return re.search(r"(/account/address/\S+)", text)[1]

    return make


def email_of(member):
    return Member.objects.get(pk=member.pk).email


def test_it_changes_nothing_before_the_proof(ask, member, member_client):
    EmailAddress.objects.create(user=member, email=member.email, primary=True, verified=True)
    ask()
    assert email_of(member) == "member@example.org" and member_client.get(reverse("account")).status_code == 200
    assert list(EmailAddress.objects.values_list("email", "verified")) == [("member@example.org", True)]
    assert not Outbox.objects.filter(kind=MOVED).exists()


def test_it_writes_to_both_addresses_and_names_none_to_the_old_one(ask, member):
    ask("Right@Example.org")
    letters = dict(Letter.objects.values_list("to_email", "text"))
    assert letters.keys() == {"right@example.org", "member@example.org"}
    assert "right@" not in letters["member@example.org"] and "/account/address/" not in letters["member@example.org"]


def test_a_look_proves_nothing_and_a_click_does(ask, client, member, member_client):
    path = ask()
    before = Member.objects.get(pk=member.pk).session_generation
    for _scanner in range(2):
        assert b"right@example.org" in client.get(path).content
    assert email_of(member) == "member@example.org"
    assert client.post(path).status_code == 200
    moved = Member.objects.get(pk=member.pk)
    assert moved.email == "right@example.org" and moved.proved_at and moved.session_generation > before
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [(moved.email, True, True)]
    assert member_client.get(reverse("account")).status_code == 302 and "_auth_user_id" not in client.session
    assert Letter.objects.get(cause__endswith=":done").to_email == "member@example.org"


def test_it_owes_stripe_the_address_with_the_proof(ask, client, member):
    client.post(ask())
    change = AddressChange.objects.get()
    assert Outbox.objects.get(kind=MOVED).payload == {"member_id": member.pk, "change_id": change.pk}


def write(member, cause, **fields):
    defaults = {"kind": "members/receipt", "to_email": member.email, "language": "en", "text": "x"}
    return Letter.objects.create(cause=cause, member=member, **{**defaults, **fields})


def test_what_was_not_delivered_is_for_the_address_that_holds_now(ask, client, member, stranger):
    now = timezone.now()
    waiting = write(member, "a", is_urgent=True)
    failed = write(member, "b", state="failed", to_email="Member@Example.org")
    kept = [
        write(member, "c", state="sent"), write(member, "d", state="unknown"), write(stranger, "e"),
        write(member, "f", kind="members/sign_in_code", is_urgent=True, expires_at=now + timedelta(minutes=9)),
    ]  # fmt: skip
    client.post(ask())
    for letter in (waiting, failed):
        letter.refresh_from_db()
        assert letter.to_email == "right@example.org"
    assert [Letter.objects.get(pk=one.pk).to_email for one in kept] == [one.to_email for one in kept]
    notices = Letter.objects.filter(kind="members/address_notice")
    assert set(notices.values_list("to_email", flat=True)) == {"member@example.org"} and notices.count() == 2


def test_it_works_once(ask, client, member):
    path = ask()
    client.post(path)
    Member.objects.filter(pk=member.pk).update(email="later@example.org")
    assert client.post(path).status_code == client.get(path).status_code == 410
    assert email_of(member) == "later@example.org" and Outbox.objects.filter(kind=MOVED).count() == 1


def test_it_expires(ask, client, member):
    path = ask()
    change = AddressChange.objects.get()
    assert change.expires_at - change.created_at <= timedelta(days=3, seconds=1)
    AddressChange.objects.update(expires_at=timezone.now())
    assert client.post(path).status_code == client.get(path).status_code == 410
    assert email_of(member) == "member@example.org"


def test_the_later_one_ends_the_earlier(ask, client, member):
    first, second = ask("first@example.org"), ask("second@example.org")
    assert client.post(first).status_code == 410 and client.post(second).status_code == 200
    assert email_of(member) == "second@example.org"
    assert not Letter.objects.filter(to_email="first@example.org").exists()  # still queued, it is taken back


def test_two_asked_at_once_are_one(ask, manager, member):
    ask()
    with pytest.raises(IntegrityError), transaction.atomic():
        AddressChange.objects.create(
            member=member, email="b@example.org", token_hash="x", asked_by=manager, expires_at=timezone.now()
        )


def test_it_is_withdrawn(ask, client, manager, member):
    path = ask()
    withdraw_address(user=manager, member=member)
    assert client.post(path).status_code == 410 and email_of(member) == "member@example.org"


def test_it_is_taken_by_another_member_meanwhile(ask, client, member, make_member):
    path = ask()
    make_member("right@example.org")
    answer = client.post(path)
    assert answer.status_code == 410 and b"belongs to an account already" in answer.content
    assert email_of(member) == "member@example.org"


def test_it_is_taken_at_the_same_moment(ask, monkeypatch, member, make_member):
    """The other member's row is committed after we looked: PostgreSQL's unique index decides."""
    token = ask().split("/")[-2]
    make_member("right@example.org")
    monkeypatch.setattr(correcting, "find_member", lambda email: None)
    with pytest.raises(AccountError, match="belongs to an account"):
        prove_new_address(token=token)
    assert email_of(member) == "member@example.org" and AddressChange.objects.get().state == "open"


def test_it_passes_an_account_that_only_asked_for_a_code(ask, client, member):
    """Whoever tries the new address at the door too early must not shut it before themselves."""
    path = ask()
    early = admit_address(email="right@example.org", language="en")
    Letter.objects.create(
        kind="members/sign_in_code", cause="c", to_email="right@example.org", language="en", member=early
    )
    assert client.post(path).status_code == 200
    assert email_of(member) == "right@example.org" and not Member.objects.filter(pk=early.pk).exists()


def test_two_members_asked_for_one_address(ask, client, member, stranger):
    first, second = ask(), ask(whose=stranger)
    assert client.post(second).status_code == 200 and client.post(first).status_code == 410
    assert (email_of(member), email_of(stranger)) == ("member@example.org", "right@example.org")


def test_it_does_nothing_for_whoever_was_erased(ask, client, member):
    path = ask()
    Member.objects.filter(pk=member.pk).update(email=None, erased_at=timezone.now())
    assert client.post(path).status_code == 410 and email_of(member) is None


def test_it_moves_nobody_who_has_come_to_the_desk_meanwhile(ask, client, member):
    """Else who looks after members could ask for their own address today and sign in as an editor tomorrow."""
    path = ask()
    roles.grant_role(user=None, member=member, role=roles.EDITOR)
    assert client.post(path).status_code == 410 and email_of(member) == "member@example.org"


def test_it_ends_with_the_rights_of_who_asked(ask, client, manager, member):
    path = ask()
    roles.revoke_role(user=None, member=manager, role=roles.MEMBERSHIP_MANAGER)
    assert client.post(path).status_code == 410 and email_of(member) == "member@example.org"


def test_it_leaves_an_account_that_is_being_erased_alone(ask, client, manager, member):
    path = ask()
    Member.objects.filter(pk=member.pk).update(is_active=False)
    assert client.post(path).status_code == 410 and email_of(member) == "member@example.org"
    with pytest.raises(AccountError, match="closed"):
        ask_address(user=manager, member=member, email="other@example.org", why="lost")


def test_it_keeps_addresses_and_tokens_out_of_the_audit_and_the_rows(ask, client, manager):
    path = ask()
    client.post(path)
    entries = AuditEntry.objects.filter(action__startswith="member.address")
    assert sorted(entries.values_list("action", flat=True)) == ["member.address_asked", "member.address_proved"]
    assert entries.get(action="member.address_asked").actor == manager
    assert not any("@" in f"{entry.target_label}{entry.details}" for entry in entries)
    assert AddressChange.objects.get().token_hash not in path and path.split("/")[-2] not in str(
        list(AddressChange.objects.values())
    )


def test_the_letter_forgets_the_link_once_it_is_sent(ask, mailoutbox):
    path = ask()
    letter = Letter.objects.get(to_email="right@example.org")
    send(letter.pk)
    letter.refresh_from_db()
    assert letter.state == Letter.State.SENT and path not in letter.text


@pytest.mark.parametrize(("email", "why"), [
    ("stranger@example.org", "x"), ("right@example.org", " "), ("no", "x"), ("member@example.org", "x"),
])  # fmt: skip
def test_it_asks_nothing_wrongly(manager, member, stranger, email, why):
    with pytest.raises(AccountError):
        ask_address(user=manager, member=member, email=email, why=why)
    assert not AddressChange.objects.exists() and not Letter.objects.exists()


def test_it_leaves_the_address_of_staff_to_a_publisher(manager, publisher, writer, editor, member):
    for user, whose in ((manager, writer), (editor, member)):
        with pytest.raises(PermissionDenied):
            ask_address(user=user, member=whose, email="new@example.org", why="lost")
        with pytest.raises(PermissionDenied):
            withdraw_address(user=user, member=whose)
    assert ask_address(user=publisher, member=writer, email="new@example.org", why="lost").pk


@pytest.mark.parametrize("token", ["x", "a" * 43])
def test_it_knows_no_other_link(db, token):
    path = reverse("account_prove_address", args=[token])
    assert Client().get(path).status_code == Client().post(path).status_code == 410
