"""The desk's first page: what wants a person now."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Min
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.models import Article
from articles.models.publication import State
from articles.reviewing import in_review
from articles.scheduling import late_stories
from members.patronage.checkout import given_up_of_late
from members.patronage.defence.breaker import open_breaker
from members.patronage.handing_over import homeless_gifts
from members.patronage.leaving import still_taking_of_erased
from members.patronage.models import Declaration, Dispute, StripeEvent
from members.patronage.models.mirror import WANTS_AN_ANSWER
from members.patronage.reconciling import count_open, last_failed
from members.patronage.refused_refunds import refused_of_late, unknown_refunds
from members.patronage.rights import count_patrons
from members.patronage.watching import open_alarms
from members.voting.models import Commission, Round, Topic
from newsletters.models import Edition
from newsroom.lib.models import Letter, Outbox
from newsroom.settings.environment import NEWSROOM_MODE


def environment(request: HttpRequest) -> list[str] | None:
    """A label beside the name wherever the desk is not the real one."""
    return [_("Demo"), "warning"] if NEWSROOM_MODE == "demo" else None


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What each role may act on; counted only where the sets are small by nature."""
    user = request.user
    if user.has_perm("articles.view_article"):
        mine = Article.objects.editable_by(user).select_related("latest_revision", "section")
        context["recent_stories"] = mine.order_by("-edited_at", "-id")[:8]
        context["waiting_stories"] = mine.filter(state__in=(State.IN_REVIEW, State.SCHEDULED)).order_by("-edited_at")[
            :8
        ]
    if user.has_perm("articles.publish_article"):
        context["late_stories"] = late_stories(timezone.now() - timedelta(days=1))
        context["in_review"] = in_review().count()
    if user.has_perm("members.view_topic"):
        context["suggested_topics"] = Topic.objects.filter(state=Topic.State.SUGGESTED).prefetch_related("texts")[:6]
        context["open_round"] = Round.objects.open_now().first()
        context["promised"] = Commission.objects.on_board().filter(state=Commission.State.PROMISED)[:6]
    if user.has_perm("newsletters.view_edition"):
        context["editions"] = Edition.objects.select_related("newsletter", "job")[:4]
    if user.has_perm("members.view_period"):
        context["patrons"] = count_patrons()
        context["webhook_alarms"] = open_alarms()
        context["failed_declarations"] = Declaration.objects.filter(state=Declaration.State.FAILED).count()
        context["homeless_gifts"] = homeless_gifts().count()
        unanswered = Dispute.objects.of_our_mode().filter(status__in=WANTS_AN_ANSWER)
        context["disputes"] = unanswered.aggregate(count=Count("pk"), due_at=Min("evidence_due_at"))
        context["checkout_breaker"] = open_breaker()
        context["given_up_checkouts"] = given_up_of_late().count()
        context["unknown_refunds"] = unknown_refunds().count()
        context["refused_refunds"] = refused_of_late().count()
        context["still_taking"] = still_taking_of_erased().count()
        context["differences"] = count_open()
        context["failed_comparison"] = last_failed()
        failed = StripeEvent.objects.filter(livemode=settings.STRIPE_LIVEMODE, state=StripeEvent.State.FAILED)
        context["failed_events"] = failed.count()
    context["stuck_letters"] = Letter.objects.filter(state__in=("failed", "unknown")).count()
    context["stuck_follow_ups"] = Outbox.objects.filter(state=Outbox.State.FAILED).count()
    return context
