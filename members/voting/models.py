from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from newsroom.lib.languages import main_language

if TYPE_CHECKING:
    from articles.models import Article


class TopicQuerySet(models.QuerySet["Topic"]):
    def shown(self) -> Self:
        """What readers may see: everything but suggestions not yet looked at and merged ones."""
        return self.filter(state__in=Topic.SHOWN)


class Topic(models.Model):
    """A question that readers want answered. suggested → open → commissioned → published; or declined (with a
    reason), or merged into another."""

    class State(models.TextChoices):
        SUGGESTED = "suggested", _("suggested")
        OPEN = "open", _("open")
        COMMISSIONED = "commissioned", _("commissioned")
        PUBLISHED = "published", _("published")
        DECLINED = "declined", _("declined")
        MERGED = "merged", _("merged")

    SHOWN = (State.OPEN, State.COMMISSIONED, State.PUBLISHED, State.DECLINED)

    slug = models.SlugField(max_length=90, unique=True)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.SUGGESTED)
    language = models.CharField(_("language"), max_length=12, default=main_language)  # it was suggested in
    suggested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="suggested_topics"
    )
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged")
    created_at = models.DateTimeField(auto_now_add=True)
    moderated_at = models.DateTimeField(null=True, blank=True)

    objects = TopicQuerySet.as_manager()

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "-id"], name="topic_state")]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="merged") | Q(merged_into__isnull=False), name="topic_merged_into_one"
            )
        ]

    def __str__(self) -> str:
        return self.question or self.slug

    def get_absolute_url(self) -> str:
        return reverse("members:topic", args=[self.slug])

    def _texts(self) -> list[TopicText]:
        """That in the active language first, then that in which it was suggested. Reads the prefetched `texts`."""
        wanted = (get_language(), self.language)
        return sorted(self.texts.all(), key=lambda text: [text.language != language for language in wanted])

    @property
    def question(self) -> str:
        return next((text.question for text in self._texts()), "")

    @property
    def why(self) -> str:
        return next((text.why for text in self._texts()), "")

    @property
    def decline_reason(self) -> str:
        """In another language rather than none at all."""
        return next((text.decline_reason for text in self._texts() if text.decline_reason), "")

    @property
    def page_key(self) -> str:
        return f"topic:{self.pk}"


class TopicText(models.Model):
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(_("language"), max_length=12)
    question = models.CharField(_("question"), max_length=200)
    why = models.TextField(_("why it matters"), max_length=1000)
    decline_reason = models.TextField(_("why it is declined"), blank=True)

    class Meta:
        verbose_name = _("topic text")
        verbose_name_plural = _("topic texts")
        constraints = [models.UniqueConstraint(fields=["topic", "language"], name="topic_text_once")]

    def __str__(self) -> str:
        return self.question


class RoundQuerySet(models.QuerySet["Round"]):
    def open_now(self) -> Self:
        now = timezone.now()
        return self.filter(state=Round.State.OPEN, opens_at__lte=now, closes_at__gt=now)


class Round(models.Model):
    """A vote with its candidates; one is open at a time. planned → open → closed."""

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")

    number = models.PositiveIntegerField(_("number"), unique=True)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.PLANNED)
    opens_at = models.DateTimeField(_("opens"))
    closes_at = models.DateTimeField(_("closes"))
    topics = models.ManyToManyField(Topic, through="members.Candidate", related_name="rounds")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = RoundQuerySet.as_manager()

    class Meta:
        verbose_name = _("round")
        verbose_name_plural = _("rounds")
        ordering = ["-number"]
        constraints = [
            models.CheckConstraint(condition=Q(closes_at__gt=F("opens_at")), name="round_closes_after_it_opens"),
            models.UniqueConstraint(fields=["state"], condition=Q(state="open"), name="round_one_open"),
        ]

    def __str__(self) -> str:
        return str(_("Round %(number)s") % {"number": self.number})

    def get_absolute_url(self) -> str:
        return reverse("members:round", args=[self.number])

    def is_open(self) -> bool:
        now = timezone.now()
        return self.state == self.State.OPEN and self.opens_at <= now < self.closes_at

    @property
    def page_key(self) -> str:
        return f"round:{self.pk}"


class CandidateQuerySet(models.QuerySet["Candidate"]):
    def with_votes(self) -> Self:
        """`votes`: the sum over all ballots; leading first, then the older candidate."""
        return self.annotate(votes=Coalesce(Sum("cast_votes__count"), 0)).order_by("-votes", "id")

    def votable(self) -> Self:
        """Those that still take votes. What is promised already keeps the votes that made it so."""
        return self.filter(topic__state=Topic.State.OPEN)

    def with_topics(self) -> Self:
        """With the topics in all their languages: two queries however many."""
        return self.select_related("topic").prefetch_related("topic__texts")


class Candidate(models.Model):
    """One topic in one round."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="candidates")
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="candidacies")

    objects = CandidateQuerySet.as_manager()
    votes: int  # of `with_votes`

    class Meta:
        verbose_name = _("candidate")
        verbose_name_plural = _("candidates")
        constraints = [models.UniqueConstraint(fields=["round", "topic"], name="candidate_once")]

    def __str__(self) -> str:
        return str(self.topic)

    def is_votable(self) -> bool:
        """The instance's twin of `votable()`."""
        return self.topic.state == Topic.State.OPEN


class Ballot(models.Model):
    """One patron in one round. The allowance is frozen when the ballot is first cast; `spent` is the sum of its votes,
    kept here so that the database can refuse an overdraft."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="ballots")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="ballots")
    allowance = models.PositiveSmallIntegerField()
    spent = models.PositiveSmallIntegerField(default=0)
    cast_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("ballot")
        verbose_name_plural = _("ballots")
        constraints = [
            models.UniqueConstraint(fields=["round", "member"], name="ballot_once"),
            models.CheckConstraint(condition=Q(spent__lte=F("allowance")), name="ballot_within_allowance"),
        ]

    def __str__(self) -> str:
        return f"ballot {self.pk}"

    @property
    def left(self) -> int:
        return self.allowance - self.spent


class Vote(models.Model):
    """How many of a ballot's votes one candidate has."""

    ballot = models.ForeignKey(Ballot, on_delete=models.CASCADE, related_name="votes")
    candidate = models.ForeignKey(Candidate, on_delete=models.PROTECT, related_name="cast_votes")
    count = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = _("vote")
        verbose_name_plural = _("votes")
        constraints = [
            models.UniqueConstraint(fields=["ballot", "candidate"], name="vote_once"),
            models.CheckConstraint(condition=Q(count__gt=0), name="vote_counts"),
        ]

    def __str__(self) -> str:
        return f"vote {self.pk}"


class CommissionQuerySet(models.QuerySet["Commission"]):
    def on_board(self) -> Self:
        """With all that a list of promises shows, in two queries; newest first."""
        return (
            self.select_related("article", "topic", "reporter")
            .defer("article__body", "article__search_text", "article__search_vector")
            .prefetch_related("topic__texts")
        )


class Commission(models.Model):
    """The newsroom's promise to report a topic. promised → published, or withdrawn with a reason. `patrons` is the
    number of those who voted for the topic, frozen when it is commissioned."""

    class State(models.TextChoices):
        PROMISED = "promised", _("promised")
        PUBLISHED = "published", _("published")
        WITHDRAWN = "withdrawn", _("withdrawn")

    topic = models.OneToOneField(Topic, on_delete=models.PROTECT, related_name="commission")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, null=True, blank=True, related_name="commissions")
    article = models.ForeignKey(
        "articles.Article", on_delete=models.PROTECT, null=True, blank=True, related_name="commissions",
        verbose_name=_("story"),
    )  # fmt: skip
    reporter = models.ForeignKey(
        "articles.Author", on_delete=models.PROTECT, null=True, blank=True, related_name="commissions",
        verbose_name=_("reporter"),
    )  # fmt: skip
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PROMISED)
    patrons = models.PositiveIntegerField(_("patrons who asked"), default=0, editable=False)
    withdrawn_reasons = models.JSONField(_("why it is withdrawn, by language"), default=dict, blank=True)
    commissioned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    commissioned_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True, blank=True)

    objects = CommissionQuerySet.as_manager()

    class Meta:
        verbose_name = _("commission")
        verbose_name_plural = _("commissions")
        ordering = ["-commissioned_at"]

    def __str__(self) -> str:
        return str(self.topic)

    @property
    def withdrawn_why(self) -> str:
        """In the active language, else in the topic's own, else in any rather than none."""
        given: dict[str, str] = self.withdrawn_reasons
        wanted = (get_language() or "", self.topic.language)
        return next((given[code] for code in wanted if given.get(code)), next(iter(given.values()), ""))

    @property
    def story(self) -> Article | None:
        """The story that keeps the promise, once readers may see it."""
        return self.article if self.article is not None and self.article.is_published() else None
