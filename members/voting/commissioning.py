"""From a vote to a promise to a story."""

from collections.abc import Mapping

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.models import Article, Author
from members.accounts.models import Member
from members.voting.errors import NotAllowed, TopicError
from members.voting.models import Ballot, Commission, Round, Topic
from members.voting.moderating import explain
from newsroom.lib.audit import record
from newsroom.lib.outbox import owe
from newsroom.lib.page_cache import purge

COMMISSION = "members.add_commission"


def commission_topic(
    *, user: Member, topic: Topic, round_: Round | None = None, reporter: Author | None = None
) -> Commission:
    """Promises that the newsroom reports the topic. The number of patrons who voted for it is frozen here. A promise
    that was withdrawn once is made again. Raises TopicError when the topic is not open."""
    _check(user)
    with transaction.atomic():
        held = Topic.objects.select_for_update().get(pk=topic.pk)
        if held.state != Topic.State.OPEN:
            raise TopicError(
                _("Only an open topic can be commissioned; this one is %(state)s.")
                % {"state": held.get_state_display()}
            )
        _await_ballots(held)
        commission = _promise(user, held, round_, reporter)
        held.state = Topic.State.COMMISSIONED
        held.save(update_fields=["state"])
        record("topic.commissioned", actor=user, target=held, patrons=commission.patrons)
        purge([held.page_key, "topics", "rounds"])
    return commission


def link_story(*, user: Member, commission: Commission, article: Article) -> Commission:
    """Says which story keeps the promise. When it is published already, the voters are told now; else when it is
    published. Raises TopicError for a promise taken back, and once voters have been told of another story."""
    _check(user)
    with transaction.atomic():
        held = _lock(commission)
        if held.state == Commission.State.WITHDRAWN:
            raise TopicError(_("This promise was withdrawn. Commission the topic again first."))
        if held.state == Commission.State.PUBLISHED and held.article_id != article.pk:
            raise TopicError(_("Voters have been told of another story already."))
        # Publishing locks the story too: either it sees this link, or we see that it is published.
        story = Article.objects.select_for_update().only("state", "published_at", "embargo_until").get(pk=article.pk)
        keys = _story_keys(held) if held.article_id else set()
        held.article = article
        held.save(update_fields=["article"])
        record("commission.linked", actor=user, target=held, article=article.pk)
        if story.is_published():
            owe("commission.published", f"{held.pk}:{article.pk}", commission_id=held.pk)
        purge(keys | _story_keys(held) | {held.topic.page_key, "topics"})
    return held


def unlink_story(*, user: Member, commission: Commission) -> Commission:
    """Takes a wrong link back. Raises TopicError once voters have been told."""
    _check(user)
    with transaction.atomic():
        held = _lock(commission)
        if held.state == Commission.State.PUBLISHED:
            raise TopicError(_("Voters have been told of this story already."))
        if held.article_id:
            purge(_story_keys(held) | {held.topic.page_key, "topics"})
            record("commission.unlinked", actor=user, target=held, article=held.article_id)
            held.article = None
            held.save(update_fields=["article"])
    return held


def name_reporter(*, user: Member, commission: Commission, reporter: Author | None) -> Commission:
    """Who reports it, for readers to see."""
    _check(user)
    with transaction.atomic():
        held = _lock(commission)
        held.reporter = reporter
        held.save(update_fields=["reporter"])
        record("commission.reporter_named", actor=user, target=held, author=reporter.pk if reporter else None)
        purge([held.topic.page_key, "topics"])
    return held


def note_reasons(*, user: Member, commission: Commission, reasons: Mapping[str, str]) -> Commission:
    """Drafts why the promise may be taken back, by language; no reader sees it before. Raises TopicError once it is
    kept or taken back."""
    _check(user)
    with transaction.atomic():
        held = _lock_promised(commission)
        held.withdrawn_reasons = _written(reasons)
        held.save(update_fields=["withdrawn_reasons"])
    return held


def withdraw_commission(*, user: Member, commission: Commission, reasons: Mapping[str, str]) -> Commission:
    """Takes the promise back, with a reason by language that readers can read; the topic is declined for it. Raises
    TopicError without a reason in any language."""
    _check(user)
    if not (written := _written(reasons)):
        raise TopicError(_("Please say why, in a sentence that readers may read."))
    with transaction.atomic():
        held = _lock_promised(commission)
        held.state, held.withdrawn_reasons = Commission.State.WITHDRAWN, written
        held.save(update_fields=["state", "withdrawn_reasons"])
        Topic.objects.filter(pk=held.topic_id).update(state=Topic.State.DECLINED)
        explain(held.topic, written)
        record("commission.withdrawn", actor=user, target=held)
        purge([held.topic.page_key, "topics", "rounds"])
    return held


def voters_of(topic: Topic) -> QuerySet[Member]:
    """The members who gave the topic, or one merged into it, at least one vote, in any round."""
    asked = Q(votes__candidate__topic=topic) | Q(votes__candidate__topic__merged_into=topic)
    return Member.objects.filter(pk__in=Ballot.objects.filter(asked).values("member_id"))


def _promise(user: Member, topic: Topic, round_: Round | None, reporter: Author | None) -> Commission:
    commission, _is_new = Commission.objects.update_or_create(
        topic=topic,
        defaults={
            "round": round_ or Round.objects.filter(candidates__topic=topic).order_by("-number").first(),
            "reporter": reporter,
            "article": None,
            "patrons": voters_of(topic).count(),
            "state": Commission.State.PROMISED,
            "withdrawn_reasons": {},
            "commissioned_by": user,
            "commissioned_at": timezone.now(),
        },
    )
    return commission


def _await_ballots(topic: Topic) -> None:
    """Waits for the ballots in hand, which hold their round: who is counted now is who will be told."""
    standing = Round.objects.filter(candidates__topic=topic, state=Round.State.OPEN)
    list(standing.select_for_update().values_list("pk"))


def _story_keys(commission: Commission) -> set[str]:
    """The pages of the linked story in every language; each carries the line of honour."""
    key = Article.objects.filter(pk=commission.article_id).values("translation_key")
    return {row.page_key for row in Article.objects.filter(translation_key__in=key).only("pk")}


def _lock(commission: Commission) -> Commission:
    return Commission.objects.select_for_update(of=("self",)).select_related("topic").get(pk=commission.pk)


def _lock_promised(commission: Commission) -> Commission:
    held = _lock(commission)
    if held.state != Commission.State.PROMISED:
        raise TopicError(_("Only a promise that is still open can be withdrawn."))
    return held


def _written(reasons: Mapping[str, str]) -> dict[str, str]:
    return {language: reason.strip() for language, reason in reasons.items() if reason.strip()}


def _check(user: Member) -> None:
    if not user.has_perm(COMMISSION):
        raise NotAllowed(_("Only editors commission stories."))
