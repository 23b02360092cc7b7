"""Whatever the code records of a member, their money and their gifts has its sentence, in every language: found in the
source, as auditors would."""

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path

import allauth
import pytest
from django.conf import settings
from django.utils import translation

from members.patronage.audit_words import ACTIONS, ACTORS, DETAILS, say_action
from members.patronage.models import Declaration, Double, Gift, Subscription, SupportChange
from members.patronage.timeline import timeline_of
from newsroom.lib.audit import record
from newsroom.lib.models import AuditEntry
from tests.members.patronage.gifts import begin_gift

APPS = ("articles", "members", "newsletters", "newsroom")
# What is recorded of a member, and of subscriptions, payments, checkouts and gifts, all of which the timeline shows.
SHOWN = {
    "checkout", "declaration", "dispute", "donation", "double", "gift", "member", "payment", "period", "publishing",
    "refund", "signups", "staff_link", "subscription", "support",
}  # fmt: skip
# What stands on other things, which no member's timeline shows.
ELSEWHERE = {
    "article", "asset", "author", "ballot", "campaign", "checkout_breaker", "commission", "drift", "edition",
    "follow_up", "hold", "image", "letter", "menu", "newsletter", "page", "price", "reconciliation", "redirect",
    "round", "section", "series", "settings", "signup", "stripe_event", "tag", "tier", "topic", "webhook_alarm",
}  # fmt: skip
SHELVES = ("author", "section", "series", "tag")  # of the desk's lists, which record by a model's name
WRITERS = {"record", "record_act"}
PASSED_ON = "articles/moving.py"  # here `record_act` hands to `record` what its callers name
OF_RECORD = ("actor", "actor_label", "target")


@dataclass
class Recorded:
    """One call of `record`: each name it may write, the details it gives, and who it says did it."""

    place: str
    actions: set[str]
    details: set[str]
    actors: set[str] = field(default_factory=set)


def said_by_allauth():
    """The templates of its notices, whose last word our adapter records."""
    source = "".join(path.read_text() for path in (Path(allauth.__file__).parent / "mfa").rglob("*.py"))
    return set(re.findall(r'send_notification_mail\(\s*"mfa/email/(\w+)"', source))


def endings():
    """What stands in the place of what is only known when it runs."""
    return {
        "{}.{}": {f"{name}.{what}" for name in SHELVES for what in ("added", "changed")},
        "{}.deleted": {f"{name}.deleted" for name in SHELVES},
        "{}.restored": {"article.restored", "page.restored"},
        "{}.revision_named": {"article.revision_named", "page.revision_named"},
        "declaration.{}": {f"declaration.{state}" for state in Declaration.State},
        "member.{}": {f"member.{notice}" for notice in said_by_allauth()},
        "payment.{}_written_off": {"payment.refund_written_off", "payment.dispute_written_off"},
        "support.{}_asked": {f"support.{kind}_asked" for kind in SupportChange.Kind},
        "support.{}_{}": {f"support.{kind}_{end}" for kind in SupportChange.Kind for end in ("done", "failed")},
    }


def texts_of(node, tree):
    """Each text that an expression may be: both sides of an `if`, and what is given to a name in the same file."""
    if isinstance(node, ast.Constant):
        return {node.value} if isinstance(node.value, str) else set()
    if isinstance(node, ast.IfExp):
        return texts_of(node.body, tree) | texts_of(node.orelse, tree)
    if isinstance(node, ast.JoinedStr):
        pattern = "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
        return endings()[pattern]
    if isinstance(node, ast.Name):
        given = [row.value for row in ast.walk(tree) if isinstance(row, ast.Assign) and _names(row, node.id)]
        return set().union(*(texts_of(value, tree) for value in given))
    return set()


def _names(row, name):
    return any(isinstance(target, ast.Name) and target.id == name for target in row.targets)


def recorded_in(path):
    tree = ast.parse(path.read_text())
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2] in WRITERS:
            keywords = {word.arg: word.value for word in call.keywords}
            actors = texts_of(keywords.get("actor_label", ast.Constant("")), tree) - {""}
            place = f"{path}:{call.lineno}"
            yield Recorded(place, texts_of(call.args[0], tree), keywords.keys() - set(OF_RECORD), actors)


def all_recorded():
    files = [path for app in APPS for path in (settings.BASE_DIR / app).rglob("*.py")]
    rows = [row for path in files for row in recorded_in(path)]
    return [row for row in rows if row.actions or PASSED_ON not in row.place]


def family(action):
    return action.partition(".")[0]


def shown(rows):
    return [row for row in rows if any(family(action) in SHOWN for action in row.actions)]


def test_it_reads_every_name_that_is_recorded():
    rows = all_recorded()
    assert len(rows) > 90 and [row.place for row in rows if not row.actions] == []
    found = {action for row in rows for action in row.actions}
    assert {"declaration.failed", "support.pause_done", "member.totp_activated", "period.restored"} <= found


def test_it_knows_of_each_family_whether_a_timeline_shows_it():
    families = {family(action) for row in all_recorded() for action in row.actions}
    assert families - SHOWN - ELSEWHERE == set()


def test_it_has_words_for_all_that_a_timeline_shows():
    found = {action for row in shown(all_recorded()) for action in row.actions}
    assert found - ACTIONS.keys() == {"declaration.asked"}  # a state in which nothing is recorded


def test_it_has_words_for_all_details_and_doers():
    rows = shown(all_recorded())
    said = {
        f"{family(action)}.{name}" for row in rows for action in row.actions for name in row.details
        if name not in DETAILS and f"{family(action)}.{name}" not in DETAILS
    }  # fmt: skip
    assert said == set()
    assert {actor for row in rows for actor in row.actors} - ACTORS.keys() == set()


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES if code != "en"])
def test_it_says_all_of_it_in_each_language(language):
    with translation.override("en"):
        english = {action: say_action(AuditEntry(action=action)) for action in ACTIONS}
    with translation.override(language):
        same = [action for action, words in english.items() if say_action(AuditEntry(action=action)) == words]
    assert same == []


@pytest.mark.django_db
def test_it_says_what_was_declared_and_given(member, prices, bought, make_member):
    bought("month", member=member)
    _address, gift = begin_gift(member)
    Gift.objects.filter(pk=gift.pk).update(giver=member)
    record("declaration.made", actor_label="reader", target=member, kind=Declaration.Kind.END, declaration=7)
    record("gift.paid", actor_label="stripe", target=gift, months=3, payment=9)
    record("double.found", actor_label="stripe", target=Subscription.objects.get(), first=4, why=str(Double.Why.CARD))
    record("publishing.lent", actor=make_member("ed@example.org"), target=member, loan=1, until="2026-12-24")
    said = {row.text: row.detail for row in timeline_of(member) if row.kind == "audit"}
    assert said["Somebody declared without signing in; it waits for the link in our letter"] == (
        "a reader who was not signed in · end of support"
    )
    assert said["A gift for somebody else was paid"] == "Stripe · 3 months"
    assert said["It seems that this support is given twice"] == "Stripe · €5 · one card or account"
    assert said["May publish for a time"].endswith(" · until 24 December 2026")
