"""What editors do with suggestions."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.accounts.models import Member
from members.voting.errors import NotAllowed, TopicError
from members.voting.models import Candidate, Round, Topic
from newsroom.lib.audit import record
from newsroom.lib.page_cache import purge

MODERATE = "members.change_topic"


def open_topic(*, user: Member, topic: Topic, round_: Round | None = None) -> Topic:
    """Shows the topic to readers and, with a round, puts it to the vote there."""
    with transaction.atomic():
        held = _hold(user, topic)
        if held.state not in (Topic.State.SUGGESTED, Topic.State.OPEN, Topic.State.DECLINED):
            raise TopicError(_("This topic is already %(state)s.") % {"state": held.get_state_display()})
        _move(held, Topic.State.OPEN, decline_reason="")
        if round_ is not None:
            if round_.state == Round.State.CLOSED:
                raise TopicError(_("That round is closed."))
            Candidate.objects.get_or_create(round=round_, topic=held)
            purge([round_.page_key])
        record("topic.opened", actor=user, target=held)
    return held


def decline_topic(*, user: Member, topic: Topic, reason: str) -> Topic:
    """Says no, with a reason that readers can read."""
    if not reason.strip():
        raise TopicError(_("Please say why, in a sentence that readers may read."))
    with transaction.atomic():
        held = _hold(user, topic)
        if held.state in (Topic.State.COMMISSIONED, Topic.State.PUBLISHED):
            raise TopicError(_("It is promised already: withdraw the commission instead."))
        _move(held, Topic.State.DECLINED, decline_reason=reason.strip())
        record("topic.declined", actor=user, target=held)
    return held


def merge_topic(*, user: Member, topic: Topic, into: Topic) -> Topic:
    """Two topics that ask the same become one; only one that has no votes may vanish into another."""
    if topic.pk == into.pk or into.state == Topic.State.MERGED:
        raise TopicError(_("Choose another topic that still stands."))
    with transaction.atomic():
        held = _hold(user, topic)
        if held.candidacies.filter(cast_votes__isnull=False).exists():
            raise TopicError(_("Readers have voted for this one. Let the round close first."))
        held.candidacies.all().delete()
        _move(held, Topic.State.MERGED, merged_into=into)
        record("topic.merged", actor=user, target=held, into=into.pk)
    return held


def _hold(user: Member, topic: Topic) -> Topic:
    if not user.has_perm(MODERATE):
        raise NotAllowed(_("Only editors look after topics."))
    return Topic.objects.select_for_update().get(pk=topic.pk)


def _move(topic: Topic, state: Topic.State, **changes: object) -> None:
    topic.state = state
    topic.moderated_at = timezone.now()
    for field, value in changes.items():
        setattr(topic, field, value)
    topic.save()
    purge([topic.page_key, "topics", "rounds"])
