"""From a vote to a promise to a story."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from articles.models import Article, Author
from members.accounts.models import Member
from members.voting.errors import NotAllowed, TopicError
from members.voting.models import Ballot, Commission, Round, Topic
from newsroom.lib.audit import record
from newsroom.lib.outbox import owe
from newsroom.lib.page_cache import purge

COMMISSION = "members.add_commission"


def commission_topic(
    *, user: Member, topic: Topic, round_: Round | None = None, reporter: Author | None = None
) -> Commission:
    """Promises that the newsroom reports the topic. The number of patrons who voted for it is frozen here.
    Raises TopicError when it is promised already or not open."""
    _check(user)
    with transaction.atomic():
        held = Topic.objects.select_for_update().get(pk=topic.pk)
        if held.state != Topic.State.OPEN:
            raise TopicError(_("Only an open topic can be commissioned; this one is %(state)s.") % {
                "state": held.get_state_display()
            })  # fmt: skip
        commission = Commission.objects.create(
            topic=held,
            round=round_ or Round.objects.filter(candidates__topic=held).order_by("-number").first(),
            reporter=reporter,
            patrons=voters_of(held).count(),
            commissioned_by=user,
        )
        held.state = Topic.State.COMMISSIONED
        held.save(update_fields=["state"])
        record("topic.commissioned", actor=user, target=held, patrons=commission.patrons)
        purge([held.page_key, "topics", "rounds"])
    return commission


def link_story(*, user: Member, commission: Commission, article: Article) -> Commission:
    """Says which story keeps the promise. When it is published already, the voters are told now; else when it is
    published. Raises TopicError once voters have been told of another."""
    _check(user)
    with transaction.atomic():
        held = Commission.objects.select_for_update().get(pk=commission.pk)
        if held.state == Commission.State.PUBLISHED and held.article_id != article.pk:
            raise TopicError(_("Voters have been told of another story already."))
        held.article = article
        held.save(update_fields=["article"])
        record("commission.linked", actor=user, target=held, article=article.pk)
        if article.is_published():
            owe("commission.published", held.pk, commission_id=held.pk)
        purge([article.page_key, held.topic.page_key, "topics"])
    return held


def withdraw_commission(*, user: Member, commission: Commission, reason: str) -> Commission:
    """Takes the promise back, with a reason that readers can read; the topic is declined for that reason."""
    _check(user)
    if not reason.strip():
        raise TopicError(_("Please say why, in a sentence that readers may read."))
    with transaction.atomic():
        held = Commission.objects.select_for_update().select_related("topic").get(pk=commission.pk)
        if held.state != Commission.State.PROMISED:
            raise TopicError(_("Only a promise that is still open can be withdrawn."))
        held.state, held.withdrawn_why = Commission.State.WITHDRAWN, reason.strip()
        held.save(update_fields=["state", "withdrawn_why"])
        Topic.objects.filter(pk=held.topic_id).update(state=Topic.State.DECLINED, decline_reason=reason.strip())
        record("commission.withdrawn", actor=user, target=held)
        purge([held.topic.page_key, "topics", "rounds"])
    return held


def voters_of(topic: Topic) -> QuerySet[Member]:
    """The members who gave the topic at least one vote, in any round."""
    return Member.objects.filter(
        pk__in=Ballot.objects.filter(votes__candidate__topic=topic).values("member_id")
    )


def _check(user: Member) -> None:
    if not user.has_perm(COMMISSION):
        raise NotAllowed(_("Only editors commission stories."))
