"""What editors do with suggestions."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.accounts.models import Member
from members.voting.errors import NotAllowed, TopicError
from members.voting.models import Candidate, Round, Topic, TopicText
from members.voting.suggesting import Wording, clean_wording, write_topic
from newsroom.lib.audit import record
from newsroom.lib.page_cache import purge

MODERATE = "members.change_topic"
WAITING = (Topic.State.SUGGESTED, Topic.State.OPEN, Topic.State.DECLINED)  # nothing is promised yet


def add_topic(*, user: Member, language: str, question: str, why: str = "") -> Topic:
    """A question of the newsroom's own, to be opened like any other. Raises NotAllowed, TopicError."""
    _check(user)
    with transaction.atomic():
        topic = write_topic(language=language, wording=clean_wording(question, why), suggested_by=None)
        record("topic.added", actor=user, target=topic)
    return topic


def open_topic(*, user: Member, topic: Topic, round_: Round | None = None) -> Topic:
    """Shows the topic to readers and, with a round that is planned or open, puts it to the vote there."""
    _check(user)
    with transaction.atomic():
        held = _hold(topic)
        if held.state not in WAITING:
            raise TopicError(_("This topic is already %(state)s.") % {"state": held.get_state_display()})
        if round_ is not None:
            _stand(held, round_)
        explain(held, {})
        _move(held, Topic.State.OPEN)
        record("topic.opened", actor=user, target=held)
    return held


def decline_topic(*, user: Member, topic: Topic, reasons: Mapping[str, str]) -> Topic:
    """Says no, with a reason that readers can read, in one of the topic's languages at least. Raises TopicError without
    one and while readers are voting for it."""
    _check(user)
    with transaction.atomic():
        held = _hold(topic)
        if held.state not in WAITING:
            raise TopicError(_("This topic is already %(state)s.") % {"state": held.get_state_display()})
        if not explain(held, reasons):
            raise TopicError(_("Please say why, in a sentence that readers may read."))
        _leave_rounds(held)
        _move(held, Topic.State.DECLINED)
        record("topic.declined", actor=user, target=held)
    return held


def merge_topic(*, user: Member, topic: Topic, into: Topic) -> Topic:
    """Two topics that ask the same become one. Its votes of closed rounds count for the other from now on; while
    readers are voting for it, it stays. Raises TopicError."""
    _check(user)
    with transaction.atomic():
        pair = {row.pk: row for row in Topic.objects.select_for_update().filter(pk__in=(topic.pk, into.pk))}
        if len(pair) < 2 or pair[into.pk].state == Topic.State.MERGED:
            raise TopicError(_("Choose another topic that still stands."))
        held = pair[topic.pk]
        if held.state not in WAITING:
            raise TopicError(_("This topic is already %(state)s.") % {"state": held.get_state_display()})
        _leave_rounds(held)
        held.merged.update(merged_into=into)  # what was merged into this one follows it
        _move(held, Topic.State.MERGED, merged_into=into)
        record("topic.merged", actor=user, target=held, into=into.pk)
        purge([into.page_key])
    return held


def edit_texts(*, user: Member, topic: Topic, texts: Mapping[str, Wording]) -> Topic:
    """The question and why it matters in each language; languages left out lose theirs. Raises TopicError when nothing
    would be left."""
    _check(user)
    if not texts:
        raise TopicError(_("A topic needs its question in one language at least."))
    cleaned = {language: clean_wording(*wording) for language, wording in texts.items()}
    with transaction.atomic():
        held = _hold(topic)
        held.texts.exclude(language__in=cleaned).delete()
        for language, (question, why) in cleaned.items():
            TopicText.objects.update_or_create(
                topic=held, language=language, defaults={"question": question, "why": why}
            )
        record("topic.edited", actor=user, target=held)
        purge([held.page_key, "topics", "rounds"])
    return held


def note_reasons(*, user: Member, topic: Topic, reasons: Mapping[str, str]) -> Topic:
    """Writes down why it may be declined, or says better why it was, in each language. Raises TopicError for what is
    past declining."""
    _check(user)
    with transaction.atomic():
        held = _hold(topic)
        if held.state not in WAITING:
            raise TopicError(_("This topic is already %(state)s.") % {"state": held.get_state_display()})
        explain(held, reasons)
        purge([held.page_key, "topics"])
    return held


def explain(topic: Topic, reasons: Mapping[str, str]) -> bool:
    """Writes why the topic is declined, by language, in the caller's transaction; languages left out lose theirs.
    Whether a reason stands now in any of the topic's languages."""
    texts = list(topic.texts.all())
    for text in texts:
        text.decline_reason = reasons.get(text.language, "").strip()
    TopicText.objects.bulk_update(texts, ["decline_reason"])
    return any(text.decline_reason for text in texts)


def drop_candidate(*, user: Member, candidate: Candidate) -> None:
    """Takes a topic out of a round. Raises TopicError when the round is closed or has votes for it."""
    _check(user)
    with transaction.atomic():
        round_ = Round.objects.select_for_update().get(pk=candidate.round_id)
        if round_.state == Round.State.CLOSED:
            raise TopicError(_("That round is closed."))
        if candidate.cast_votes.exists():
            raise TopicError(_("Readers have voted for this one. Let the round close first."))
        record("topic.left_round", actor=user, target=candidate.topic, round=round_.number)
        candidate.delete()
        purge([round_.page_key, candidate.topic.page_key, "rounds"])


def _stand(topic: Topic, round_: Round) -> None:
    held = Round.objects.select_for_update().get(pk=round_.pk)
    if held.state == Round.State.CLOSED:
        raise TopicError(_("That round is closed."))
    Candidate.objects.get_or_create(round=held, topic=topic)
    purge([held.page_key])


def _leave_rounds(topic: Topic) -> None:
    """Out of the rounds that are not over. The rounds are locked, so that no ballot in hand names it after."""
    going_on = Round.objects.filter(candidates__topic=topic).exclude(state=Round.State.CLOSED)
    rounds = list(going_on.select_for_update())
    standing = topic.candidacies.filter(round__in=rounds)
    if standing.filter(cast_votes__isnull=False).exists():
        raise TopicError(_("Readers have voted for this one. Let the round close first."))
    standing.delete()
    purge([round_.page_key for round_ in rounds])


def _check(user: Member) -> None:
    if not user.has_perm(MODERATE):
        raise NotAllowed(_("Only editors look after topics."))


def _hold(topic: Topic) -> Topic:
    return Topic.objects.select_for_update().get(pk=topic.pk)


def _move(topic: Topic, state: Topic.State, **changes: object) -> None:
    topic.state = state
    topic.moderated_at = timezone.now()
    for field, value in changes.items():
        setattr(topic, field, value)
    topic.save()
    purge([topic.page_key, "topics", "rounds"])
