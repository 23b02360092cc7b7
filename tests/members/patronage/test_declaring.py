"""Ending support without signing in: nobody learns who gives, the owner of the address clicks once, one receipt."""

import threading
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from members.patronage import carrying_out, declarations, declaring
from members.patronage.client import stripe_api
from members.patronage.models import Declaration, DeclaredEffect, Payment, Period, Subscription, SupportChange
from members.patronage.rights import is_patron
from newsroom.lib.models import AuditEntry
from newsroom.site.erasing import erase_member
from newsroom.site.purging import purge_expired
from tests.members.patronage.conftest import OUR_PAGE, receive
from tests.members.patronage.declaring import (
    ASKED,
    END,
    WITHDRAW,
    confirm_letters,
    declare,
    mailed_link,
    page_of,
    press,
    receipts,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_no_fault_left")]
READER = "reader@example.org"


@pytest.fixture
def subscription(bought):
    bought("month")
    return Subscription.objects.get()


def at_stripe(subscription):
    return stripe_api().subscriptions.retrieve(subscription.stripe_id)


def test_it_answers_known_and_unknown_alike(subscription):
    number = Payment.objects.get().receipt_number
    known = Client().post(END, {"given": READER}, **OUR_PAGE)
    pages = [Client().post(END, {"given": given}, **OUR_PAGE) for given in ("nobody@example.org", number, "N-999999")]
    for answer in pages:
        assert (answer.status_code, answer.content, dict(answer.headers)) == (
            known.status_code, known.content, dict(known.headers),
        )  # fmt: skip
    assert confirm_letters().count() == 2  # to the address, and for the number


@pytest.mark.parametrize("address", [END, WITHDRAW])
def test_it_writes_only_to_the_address_that_the_support_belongs_to(bought, member, address):
    """Whoever knows the receipt's number learns nothing by it."""
    bought("month", member=member)
    declare(address, f" {Payment.objects.get().receipt_number.lower()} ")
    letter = confirm_letters().get()
    assert letter.to_email == member.email and mailed_link(letter).startswith("/support/declaration/")


def test_it_finds_a_gift_by_the_number_of_our_own_receipt(bought):
    bought("once", 700)
    payment = Payment.objects.get()
    Payment.objects.update(receipt_number="")
    payment.refresh_from_db()
    assert payment.number.startswith(f"N-{payment.pk:06}-")
    declare(WITHDRAW, f"N-{payment.pk:06}")  # as somebody would guess
    assert not confirm_letters().exists()
    declare(WITHDRAW, payment.number.lower())
    assert confirm_letters().get().to_email == READER


def test_it_ends_nothing_before_the_click(subscription):
    declare(END, READER)
    link = mailed_link()
    page = page_of(link)  # as a scanner would
    assert "One click, and this happens" in page and "€5 a month ends on" in page
    assert Declaration.objects.get().state == "asked" and not SupportChange.objects.exists()
    assert at_stripe(subscription).cancel_at_period_end is False and not receipts().exists()


def test_it_ends_with_the_paid_time_and_says_so_in_a_dated_receipt(subscription, sandbox):
    declare(END, READER, name="Ada Marsh", reason="unused")
    made_at = Declaration.objects.get().made_at
    page = press(mailed_link()).content.decode()
    assert "Your receipt" in page and "It is done." in page and "I end my support." in page
    row = Declaration.objects.get()
    assert (row.state, row.carried_as, row.made_at, row.name) == ("done", "end", made_at, "Ada Marsh")
    found = at_stripe(subscription)
    assert found.cancel_at_period_end and found.cancellation_details.feedback == "unused"
    letter = receipts().get()
    stamp = timezone.localtime(made_at)
    assert f"{stamp.day} {stamp:%B} {stamp.year}, {stamp:%H:%M}" in letter.text and stamp.tzname() in letter.text
    ends = timezone.localtime(subscription.current_period_end)
    assert f"ends on {ends.day} {ends:%B} {ends.year}" in letter.text and "Ada Marsh" in letter.text
    receive(sandbox.events())
    assert is_patron(row.member) and Payment.objects.get().refunded == 0


def test_it_keeps_no_token(subscription):
    declare(END, READER)
    token = mailed_link().rstrip("/").rpartition("/")[2]
    assert len(token) > 40 and token not in str(list(Declaration.objects.values()))


def test_it_does_it_once_however_often_it_is_pressed(subscription):
    declare(END, READER)
    link = mailed_link()
    pages = [press(link).content for _click in range(3)]
    assert pages[0] == pages[1] == pages[2]
    assert SupportChange.objects.count() == receipts().count() == DeclaredEffect.objects.count() == 1


def test_a_link_is_good_for_a_week(subscription):
    declare(END, READER)
    link = mailed_link()
    Declaration.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    answers = [Client().get(link), Client().post(link), Client().get("/support/declaration/made-up/")]
    assert [answer.status_code for answer in answers] == [410, 410, 404]
    assert b"too old" in answers[0].content and not SupportChange.objects.exists()
    assert timedelta(days=6, hours=23) < declaring.LASTS <= timedelta(days=7)


def test_it_stays_asked_while_stripe_is_silent_and_is_found_by_the_sweep(subscription, sandbox):
    declare(END, READER)
    sandbox.control("faults", kind="silence", path="/v1/subscriptions/*", method="POST", count=9)
    page = press(mailed_link()).content.decode()
    assert "wait for its answer" in page and receipts().count() == 1
    assert DeclaredEffect.objects.get().state == "asked" and Declaration.objects.get().state == "confirmed"
    sandbox.control("faults", count=0)
    long_ago = timezone.now() - timedelta(minutes=5)
    SupportChange.objects.update(checked_at=long_ago)
    DeclaredEffect.objects.update(checked_at=long_ago)
    carrying_out.sweep_changes()
    declarations.sweep_declarations()
    assert Declaration.objects.get().state == "done" and at_stripe(subscription).cancel_at_period_end
    assert (SupportChange.objects.count(), receipts().count()) == (1, 1)


def test_it_waits_for_a_change_that_is_under_way(subscription):
    other = carrying_out.begin(subscription, SupportChange.Kind.PAUSE, actor=None)
    declare(END, READER)
    press(mailed_link())
    assert DeclaredEffect.objects.get().change is None
    SupportChange.objects.filter(pk=other.pk).update(state="failed")
    DeclaredEffect.objects.update(checked_at=timezone.now() - timedelta(minutes=5))
    declarations.sweep_declarations()
    assert Declaration.objects.get().state == "done" and at_stripe(subscription).cancel_at_period_end


@pytest.mark.parametrize("status", ["paused", "past_due"])
def test_what_is_paused_or_unpaid_ends_at_once(subscription, status):
    Subscription.objects.update(status=status)
    declare(END, READER)
    link = mailed_link()
    said = {"paused": "Your support is paused", "past_due": "The last payment did not go through"}[status]
    assert said in page_of(link) and "ends at once" in page_of(link)
    press(link)
    assert at_stripe(subscription).status == "canceled"


def test_it_says_when_it_ended_already(subscription):
    declare(END, READER)
    press(mailed_link())
    declare(END, READER)
    again = mailed_link()
    assert "was about to end already, on" in page_of(again)
    press(again)
    assert SupportChange.objects.count() == 1 and receipts().count() == 2
    Subscription.objects.update(status="canceled", ended_at=timezone.now())
    declare(END, READER)
    page = page_of(mailed_link())
    assert "There is nothing to do" in page and "Your support ended on" in page and "<button" not in page
    assert press(mailed_link()).status_code == 409


def test_it_tells_a_donor_that_nothing_runs(bought):
    bought("once", 700)
    declare(END, READER)
    page = page_of(mailed_link())
    assert "You gave €7 once" in page and "nothing to end" in page


def test_it_tells_a_member_without_support_that_nothing_runs(member):
    declare(END, member.email)
    assert "No running support belongs to this address" in page_of(mailed_link())


def test_an_erased_member_is_written_to_by_nobody(subscription):
    number = Payment.objects.get().receipt_number
    member = subscription.member
    member.email, member.erased_at = None, timezone.now()
    member.save()
    declare(END, number)
    declare(END, READER)
    assert not Declaration.objects.exists() and b"An account that was erased" in Client().get(ASKED).content


def test_it_lists_all_that_runs_and_ends_all(bought, member, sandbox):
    bought("month", member=member)
    Subscription.objects.update(status="canceled")  # as if it had run unnoticed beside the second one
    bought("year", 5000, member=member)
    Subscription.objects.update(status="active")
    declare(END, member.email)
    page = page_of(mailed_link())
    assert "€5 a month ends on" in page and "€50 a year ends on" in page
    press(mailed_link())
    assert all(at_stripe(row).cancel_at_period_end for row in Subscription.objects.all())
    assert receipts().count() == 1 and DeclaredEffect.objects.filter(state="done").count() == 2


@pytest.mark.parametrize("given", ["", "no@address", "???", "a" * 300, "x"])
def test_it_says_beside_the_field_what_it_cannot_read(given):
    answer = Client().post(END, {"given": given, "name": "Ada"}, **OUR_PAGE)
    assert answer.status_code == 422 and answer["Cache-Control"] == "no-store"
    assert b'role="alert"' in answer.content and b'value="Ada"' in answer.content


def test_it_takes_the_form_from_our_page_only(subscription):
    assert Client().post(END, {"given": READER}, HTTP_SEC_FETCH_SITE="cross-site").status_code == 403
    assert Client().post(END, {"given": READER}).status_code == 403
    assert not Declaration.objects.exists()


def test_a_stranger_s_typing_keeps_nobody_s_declaration_out(subscription):
    """From other networks, by the reader's address: hers is kept with its time whatever they typed before."""
    strangers = [Client().post(END, {"given": READER}, **OUR_PAGE, REMOTE_ADDR=f"192.0.{n}.2") for n in range(12)]
    assert {answer.status_code for answer in strangers} == {302}
    assert Client().post(END, {"given": READER}, **OUR_PAGE).status_code == 302
    assert Declaration.objects.count() == 13 and confirm_letters().count() == declaring.MOST_A_DAY


def test_it_counts_for_a_network(subscription):
    many = [Client().post(END, {"given": f"r{n}@example.org"}, **OUR_PAGE).status_code for n in range(11)]
    assert many == [302] * 10 + [429]


@pytest.mark.parametrize("page", [END, WITHDRAW])
def test_it_takes_declarations_while_nothing_can_be_counted(subscription, redis_down, page):
    assert Client().post(page, {"given": READER}, **OUR_PAGE).status_code == 302
    assert Declaration.objects.count() == confirm_letters().count() == 1


def test_it_floods_no_inbox_whatever_is_typed_and_keeps_what_was_declared(subscription):
    number = Payment.objects.get().receipt_number
    for given in [READER, number] * 4:
        cache.clear()
        declare(END, given)
    assert confirm_letters().count() == declaring.MOST_A_DAY and Declaration.objects.count() == 8
    written = AuditEntry.objects.filter(action="declaration.made").order_by("pk").values_list("details", flat=True)
    assert [entry["written"] for entry in written] == [True] * 5 + [False] * 3


def test_it_writes_again_the_day_after_though_somebody_went_on_typing(subscription):
    yesterday = timezone.now() - timedelta(hours=25)
    for number in range(declaring.MOST_A_DAY + 4):
        cache.clear()
        declare(END, READER)
        if number < declaring.MOST_A_DAY:
            Declaration.objects.update(made_at=yesterday)
    assert confirm_letters().count() == declaring.MOST_A_DAY + 4


def test_a_withdrawal_is_written_about_though_letters_about_an_end_came(subscription):
    for _time in range(declaring.MOST_A_DAY):
        cache.clear()
        declare(END, READER)
    cache.clear()
    declare(WITHDRAW, READER)
    assert confirm_letters().count() == declaring.MOST_A_DAY + 1


def test_both_ways_stand_in_every_footer_in_both_languages(db):
    for prefix in ("", "/uk"):
        page = Client().get(f"{prefix}/").content.decode()
        assert f'href="{prefix}/support/end/"' in page and f'href="{prefix}/support/withdraw/"' in page
    assert "Завершити підтримку" in Client().get("/uk/support/end/").content.decode()


def test_the_links_page_is_kept_by_nobody(subscription):
    declare(END, READER)
    answer = Client().get(mailed_link())
    assert "no-store" in answer["Cache-Control"] and answer["Referrer-Policy"] == "same-origin"
    assert b"noindex" in answer.content


def test_it_writes_in_the_readers_language(bought):
    bought("month")
    Client().post("/uk/support/end/", {"given": READER}, **OUR_PAGE)
    link = mailed_link()
    assert link.startswith("/uk/support/declaration/") and "Завершити підтримку" in page_of(link)
    press(link)
    assert receipts().get().language == "uk" and "Ваша підтримка (5" in receipts().get().text


def test_it_is_told_at_the_desk(subscription, manager_client, member):
    declare(END, READER, reason="unused")
    press(mailed_link())
    listed = manager_client.get(reverse("admin:members_declaration_changelist")).content.decode()
    assert "€5 a month ends on" in listed
    row = Declaration.objects.get()
    assert manager_client.get(reverse("admin:members_declaration_change", args=[row.pk])).status_code == 200
    life = manager_client.get(reverse("desk-member", args=[row.member_id])).content.decode()
    assert "End of support (done)" in life
    assert AuditEntry.objects.filter(action="declaration.confirmed", target_id=str(row.member_id)).exists()


@pytest.mark.parametrize("who", ["writer_client", "editor_client"])
def test_writers_and_editors_see_no_declaration(request, who):
    assert request.getfixturevalue(who).get(reverse("admin:members_declaration_changelist")).status_code == 403


def test_a_person_carries_out_again_what_stripe_refused(subscription, manager_client, sandbox):
    declare(END, READER)
    sandbox.control("faults", kind="error", status=400, path="/v1/subscriptions/*", method="POST", count=1)
    page = press(mailed_link()).content.decode()
    assert "A person of ours sees to it" in page and Declaration.objects.get().state == "failed"
    row = Declaration.objects.get()
    assert "1 declaration could not be carried out" in manager_client.get("/admin/").content.decode()
    manager_client.post(
        reverse("admin:members_declaration_changelist"), {"action": "carry_out_again", "_selected_action": row.pk}
    )
    row.refresh_from_db()
    assert row.state == "done" and at_stripe(subscription).cancel_at_period_end and receipts().count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_are_one(bought):
    bought("month")
    declare(END, READER)
    link = mailed_link()
    ready = threading.Barrier(4)
    pages = []

    def click():
        ready.wait(30)
        pages.append(press(link).status_code)
        connection.close()

    threads = [threading.Thread(target=click) for _click in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    declarations.sweep_declarations()
    assert pages == [200] * 4 and Declaration.objects.get().state == "done"
    assert (SupportChange.objects.count(), receipts().count(), Period.objects.count()) == (1, 1, 1)


def test_erasing_keeps_that_it_was_declared_and_not_by_whom(subscription):
    declare(END, READER, name="Ada Marsh")
    press(mailed_link())
    declare(WITHDRAW, READER)
    erase_member(member_id=subscription.member_id)
    row = Declaration.objects.get()
    assert (row.kind, row.given, row.name, row.carried_as) == ("end", "", "", "end")


def test_what_nobody_confirmed_is_forgotten_a_month_after_its_link(subscription):
    declare(END, READER)
    declare(END, READER)
    press(mailed_link())
    Declaration.objects.update(expires_at=timezone.now() - timedelta(days=29))
    purge_expired()
    assert Declaration.objects.count() == 2
    Declaration.objects.update(expires_at=timezone.now() - timedelta(days=31))
    purge_expired()
    assert Declaration.objects.get().state == "done"


def test_it_works_as_much_for_an_unknown_address(subscription):
    with CaptureQueriesContext(connection) as known:
        declare(END, READER)
    with CaptureQueriesContext(connection) as unknown:
        declare(END, "nobody@example.org")
    written = [sum('INTO "lib_letter"' in one["sql"] for one in asked) for asked in (known, unknown)]
    assert written == [1, 1] and confirm_letters().count() == 1
