"""Two running supports of one reader: found when the mirror learns of the younger, and told to the reader and to the
newsroom. Who paid again without signing in did it under the same address, under another spelling of it, or with the
same card under a second address. A couple may share a card and mean both, so nothing is ended here: see `repairing`."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Case, CharField, Count, Func, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Concat, Lower, Replace, Trim
from django.urls import reverse
from django.utils import translation

from members.accounts.models import Member
from members.patronage.desk_letters import write_to_desk
from members.patronage.models import Double, Subscription
from members.patronage.models.mirror import OWING, RUNNING
from newsroom.lib.audit import record
from newsroom.lib.letters import withdraw_letters, write_letter
from newsroom.lib.models import AuditEntry, Letter
from newsroom.lib.sweeping import for_each

Why, State = Double.Why, Double.State
DOTLESS = ("gmail.com", "googlemail.com")  # https://support.google.com/mail/answer/7436150
SALT = "members.double"
FOUND = "double.found"
GOES_BACK = timedelta(days=45)  # what was taken within: two monthly payments; older money the desk returns
STOPPED = (*OWING, "paused")
SWEEP_AT_ONCE = 200


def taking() -> QuerySet[Subscription]:
    """Subscriptions that go on taking money, or will after a pause."""
    running = Subscription.objects.of_our_mode().filter(status__in=RUNNING, cancel_at_period_end=False)
    return running.select_related("member")


def surplus_of(pair: Double) -> Subscription:
    """The younger; or the older when it takes nothing just now and was given anew instead. Not the older one of who
    only shares a card: the younger's owner speaks for no other."""
    is_anew = pair.first.status in STOPPED and pair.second.status not in STOPPED
    return pair.first if is_anew and _is_one_reader(pair) else pair.second


def _is_one_reader(pair: Double) -> bool:
    """By the account or the mailbox: whoever reads the letter there reads both."""
    first, second = pair.first.member, pair.second.member
    mailbox = mailbox_of(first.email or "")
    return first.pk == second.pk or (bool(mailbox) and mailbox == mailbox_of(second.email or ""))


def note_double(row: Subscription) -> None:
    """Writes down each pair that `row` belongs to, once, and tells of it; a pair of which one has ended is over. Called
    with the subscription's row locked. Two that begin at the same moment may miss each other: the sweep finds them."""
    if not taking().filter(pk=row.pk).exists():
        _close_pairs_of(row)
        return
    others = _others_of(row)
    if not others:
        return
    everyone = sorted([row, *others], key=lambda each: (each.created_at, each.pk))
    first = everyone[0]
    for second in everyone[1:] if row == first else [row]:
        _note_pair(first, second, _why_of(first, second))


def _close_pairs_of(row: Subscription) -> None:
    for pair in Double.objects.filter(Q(first=row) | Q(second=row), state=State.OPEN):
        Double.objects.filter(pk=pair.pk, state=State.OPEN).update(state=State.OVER)
        withdraw_letters(f"double:{pair.pk}:")


def _others_of(row: Subscription) -> list[Subscription]:
    alike = Q(member=row.member_id)
    if row.fingerprint:
        alike |= Q(fingerprint=row.fingerprint)
    spellings = _spellings_of(row.member)
    if spellings:
        alike |= Q(member__in=spellings)
    return list(taking().filter(alike).exclude(pk=row.pk))


def _why_of(first: Subscription, second: Subscription) -> Double.Why:
    if first.member_id == second.member_id:
        return Why.MEMBER
    return Why.CARD if first.fingerprint and first.fingerprint == second.fingerprint else Why.ADDRESS


def _spellings_of(member: Member) -> list[int]:
    """Members whose address leads into the same mailbox: what follows a + does not count, nor do Google's dots."""
    mailbox = mailbox_of(member.email or "")
    if not mailbox:
        return []
    begin, _at, domain = mailbox.partition("@")
    stem = begin[0] if domain in DOTLESS else begin
    alike = Member.objects.alias(folded=Lower("email")).filter(folded__startswith=stem, folded__endswith=f"@{domain}")
    tagged = alike.exclude(pk=member.pk).filter(subscriptions__in=taking()).distinct()
    return [other.pk for other in tagged if mailbox_of(other.email or "") == mailbox]


def mailbox_of(email: str) -> str:
    """The address as its mailbox knows it; empty for none."""
    name, at, domain = email.strip().lower().rpartition("@")
    name = name.partition("+")[0] or name
    if domain in DOTLESS:
        name, domain = name.replace(".", ""), DOTLESS[0]
    return f"{name}{at}{domain}" if name else ""


def _mailbox() -> Case:
    """`mailbox_of` the member's address, for the database to group by."""
    email: Func = Lower(Trim("member__email"))
    plain = Func(email, Value(r"^([^@]+?)\+[^@]*@"), Value(r"\1@"), function="regexp_replace")
    name = Func(plain, Value("@"), Value(1), function="split_part", output_field=CharField())
    dotless = Concat(Replace(name, Value("."), Value("")), Value(f"@{DOTLESS[0]}"))
    googles = Q()
    for domain in DOTLESS:
        googles |= Q(member__email__iendswith=f"@{domain}")
    return Case(When(googles, then=dotless), default=Coalesce(plain, Value("")), output_field=CharField())


def _note_pair(first: Subscription, second: Subscription, why: Double.Why) -> None:
    pair, is_new = Double.objects.get_or_create(second=second, defaults={"first": first, "why": why})
    if not is_new:  # it was over, and the younger runs beside another one, or beside one that goes on after all
        over = Double.objects.filter(pk=pair.pk, state=State.OVER)
        is_new = bool(over.update(first=first, why=why, state=State.OPEN))
    if is_new:
        pair.refresh_from_db()
        record(FOUND, actor_label="stripe", target=second, first=first.pk, why=str(why))
        _tell(pair)


def _tell(pair: Double) -> None:
    first, second = pair.first, pair.second
    _tell_owner(pair, "double")
    if first.member_id != second.member_id:
        _write("double", pair, first.member, is_own=False)
    write_to_desk("double_desk", cause=f"{_cause(pair)}:double_desk", page="double", **_both(pair))


def _tell_owner(pair: Double, cause: str) -> None:
    owner = pair.second.member
    is_younger = surplus_of(pair) == pair.second
    address = repair_address(pair, owner.language)
    _write(cause, pair, owner, is_own=True, repair_url=address, is_younger=is_younger, days=GOES_BACK.days)


def tell_anew(*, member: Member, change_id: int) -> None:
    """The member's address has changed: the way to mend a double that went to the one before ends, and goes to the one
    that holds now, once for a change. Called in a transaction."""
    pairs = Double.objects.select_for_update(of=("self",), no_key=True).filter(second__member=member, state=State.OPEN)
    for pair in pairs.select_related("first__member", "second__member"):
        name = f"moved-{change_id}"
        if not Letter.objects.filter(cause=_cause_to(pair, name, member)).exists():
            pair.key = uuid4()
            pair.save(update_fields=["key"])
            _tell_owner(pair, name)


def _cause_to(pair: Double, name: str, member: Member) -> str:
    return f"{_cause(pair)}:{name}:{member.pk}"


def _write(name: str, pair: Double, member: Member, **context: Any) -> None:
    """The letter to who holds one of the two never names the other's address. `name` is the cause's."""
    if member.email:
        write_letter(
            "members/double", cause=_cause_to(pair, name, member), to_email=member.email,
            language=member.language, member_id=member.pk, context={"member": member, **_both(pair), **context},
        )  # fmt: skip


def _cause(pair: Double) -> str:
    """Another one each time that the pair is found: who was told of it before is told that it is so again."""
    found = AuditEntry.objects.filter(
        action=FOUND, target_type=pair.second._meta.label_lower, target_id=str(pair.second_id)
    )
    times = found.count()
    return f"double:{pair.pk}:{pair.first_id}" + (f":{times}" if times > 1 else "")


def _both(pair: Double) -> dict[str, Any]:
    return {"double": pair, "first": pair.first, "second": pair.second}


def repair_address(pair: Double, language: str) -> str:
    """Absolute; whoever has it may end the second one, and nothing else. It is sent to the second one's owner alone."""
    with translation.override(language):
        return settings.SITE_URL + reverse("members:double", args=[signing.dumps(str(pair.key), salt=SALT)])


def find_double(token: str) -> Double | None:
    """None for a token that was not made here."""
    try:
        key = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    return Double.objects.filter(key=key).select_related("first__member", "second__member").first()


def open_double_of(member: Member) -> Double | None:
    """The newest that waits for this member's word."""
    return Double.objects.filter(second__member=member, state=State.OPEN).select_related("first", "second").first()


def sweep_doubles() -> None:
    """Finds pairs that two workers wrote down at the same moment, by each of the three marks, those whose mark came
    later (an address that was corrected), and a third support beside the second of a pair that is over. Safe to run
    twice: of a pair there is one row."""
    for field in ("member", "fingerprint", "mailbox"):
        rows = taking().annotate(mailbox=_mailbox()).exclude(**{field: ""} if field != "member" else {"pk": None})
        values = rows.order_by().values(field).annotate(number=Count("pk")).filter(number__gt=1).values(field)
        is_unnoticed = Q(double__isnull=True) | Q(double__state=State.OVER)
        unnoticed = rows.filter(is_unnoticed, **{f"{field}__in": values}).order_by("?")  # none stands before others
        for_each(unnoticed[:SWEEP_AT_ONCE], _note_anew, failed="double_not_noted")


@transaction.atomic
def _note_anew(found: Subscription) -> None:
    note_double(Subscription.objects.select_for_update(of=("self",), no_key=True).get(pk=found.pk))
