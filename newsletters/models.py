from __future__ import annotations

import secrets
import uuid
from typing import Any, Self

from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from newsroom.lib.languages import main_language

TAKEN_WORDS = frozenset({"asked", "confirm", "unsubscribe"})  # of the newsletters' own addresses


def new_token() -> str:
    return secrets.token_urlsafe(24)


def published_stories() -> dict[str, Any]:
    """What may be chosen for an edition: what a reader may see now."""
    return {"pk__in": apps.get_model("articles", "Article").objects.published().values("pk")}


class Newsletter(models.Model):
    """A letter that readers sign up for, in one language."""

    language = models.CharField(_("language"), max_length=12, default=main_language)
    translation_key = models.UUIDField(default=uuid.uuid4, editable=False)
    slug = models.SlugField(_("slug"), max_length=60)
    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(_("what it is"), blank=True)
    schedule = models.CharField(_("when it comes"), max_length=120, blank=True)
    sender_name = models.CharField(_("sender’s name"), max_length=120, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("offered"), default=True)

    class Meta:
        verbose_name = _("newsletter")
        verbose_name_plural = _("newsletters")
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["language", "slug"], name="newsletter_address_unique"),
            models.UniqueConstraint(fields=["translation_key", "language"], name="newsletter_one_per_language"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        with translation.override(self.language):
            return reverse("newsletters:newsletter", args=[self.slug])

    def clean(self) -> None:
        if self.slug in TAKEN_WORDS:
            raise ValidationError({"slug": _("This word has a meaning in the site’s addresses: choose another.")})

    @property
    def page_key(self) -> str:
        return f"newsletter:{self.pk}"


class SignupQuerySet(models.QuerySet["Signup"]):
    def confirmed(self) -> Self:
        """Those to whom the newsletter may be sent: they asked, and proved that the address is theirs."""
        return self.filter(state=Signup.State.CONFIRMED, member__is_active=True, member__email__isnull=False)


class Signup(models.Model):
    """A member's wish to get a newsletter, with the proof of consent: when, on which page, from which network (a keyed
    hash), and when the address proved itself. pending → confirmed → left."""

    class State(models.TextChoices):
        PENDING = "pending", _("pending")
        CONFIRMED = "confirmed", _("confirmed")
        LEFT = "left", _("left")

    newsletter = models.ForeignKey(Newsletter, on_delete=models.PROTECT, related_name="signups")
    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="signups")
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    token = models.CharField(max_length=40, unique=True, default=new_token)  # unsubscribes; never signs in
    source = models.CharField(max_length=200, blank=True)  # the page's path
    network_hash = models.CharField(max_length=64, blank=True)
    asked_at = models.DateTimeField(auto_now_add=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)

    objects = SignupQuerySet.as_manager()

    class Meta:
        verbose_name = _("sign-up")
        verbose_name_plural = _("sign-ups")
        constraints = [
            models.UniqueConstraint(fields=["newsletter", "member"], name="signup_once"),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | Q(confirmed_at__isnull=False), name="signup_confirmed_has_time"
            ),
        ]
        indexes = [
            models.Index(fields=["newsletter", "member"], condition=Q(state="confirmed"), name="signup_confirmed")
        ]

    def __str__(self) -> str:
        return f"sign-up {self.pk}"


class Edition(models.Model):
    """One issue of a newsletter. draft → sending → sent (or stopped). A draft with `send_at` is started by the clock,
    as it stands then. `html` and `text` are frozen when sending begins; per recipient only the unsubscribe address
    differs."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        SENDING = "sending", _("sending")
        SENT = "sent", _("sent")
        STOPPED = "stopped", _("stopped")

    newsletter = models.ForeignKey(Newsletter, on_delete=models.PROTECT, related_name="editions")
    number = models.PositiveIntegerField(_("number of the day"), default=1)
    subject = models.CharField(_("subject"), max_length=200)
    preheader = models.CharField(_("preheader"), max_length=200, blank=True)
    intro = models.TextField(_("opening words"), blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.DRAFT)
    dated_on = models.DateField(_("date"), null=True, blank=True)
    html = models.TextField(blank=True, editable=False)
    text = models.TextField(blank=True, editable=False)
    job = models.ForeignKey("lib.Job", on_delete=models.SET_NULL, null=True, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    send_at = models.DateTimeField(_("send at"), null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("edition")
        verbose_name_plural = _("editions")
        ordering = ["-id"]
        permissions = [("send_edition", "May send editions")]
        constraints = [
            models.UniqueConstraint(
                fields=["newsletter", "dated_on", "number"], condition=Q(dated_on__isnull=False),
                name="edition_address_unique",
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | (Q(dated_on__isnull=False) & ~Q(html="")), name="edition_sent_is_frozen"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.subject

    def get_absolute_url(self) -> str:
        if self.dated_on is None:
            return ""
        with translation.override(self.newsletter.language):
            return reverse("newsletters:edition", args=[self.newsletter.slug, self.dated_on, self.number])


class EditionItem(models.Model):
    """A story in an edition, in order, with words of the edition's own where the editor wrote some."""

    edition = models.ForeignKey(Edition, on_delete=models.CASCADE, related_name="items")
    article = models.ForeignKey(
        "articles.Article", on_delete=models.PROTECT, related_name="+", verbose_name=_("story"),
        limit_choices_to=published_stories,
    )  # fmt: skip
    blurb = models.TextField(_("words for it"), blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("story in the edition")
        verbose_name_plural = _("stories in the edition")
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["edition", "article"], name="edition_item_once")]

    def __str__(self) -> str:
        return str(self.article)


class Delivery(models.Model):
    """One edition to one recipient, once. queued → claimed → handing over → sent | failed | unknown; skipped when the
    reader left or is suppressed. Only *handing over* may mean that bytes left: a dead worker's is shown to a person
    and never silently sent again."""

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        CLAIMED = "claimed", _("claimed")
        HANDING_OVER = "handing_over", _("handing over")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")
        UNKNOWN = "unknown", _("unknown")
        SKIPPED = "skipped", _("skipped")

    edition = models.ForeignKey(  # its index would be the unique one's beginning
        Edition, on_delete=models.PROTECT, related_name="deliveries", db_index=False
    )
    signup = models.ForeignKey(Signup, on_delete=models.PROTECT, related_name="deliveries")
    state = models.CharField(max_length=12, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True)
    provider_id = models.CharField(max_length=120, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    next_attempt_at = models.DateTimeField(db_default=Now())
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [models.UniqueConstraint(fields=["edition", "signup"], name="delivery_once")]
        indexes = [
            models.Index(
                fields=["edition", "id"], condition=Q(state__in=("queued", "claimed", "handing_over")),
                name="delivery_open",
            )
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"delivery {self.pk}"


class Suppression(models.Model):
    """An address that must get no mail. Kept as a keyed hash, so that it outlives erasure without being an address."""

    class Reason(models.TextChoices):
        BOUNCE = "bounce", _("the address does not exist")
        COMPLAINT = "complaint", _("complained of spam")
        ERASED = "erased", _("asked to be erased")
        STAFF = "staff", _("by the newsroom")

    address_hash = models.CharField(max_length=64, unique=True)
    reason = models.CharField(max_length=10, choices=Reason)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("suppression")
        verbose_name_plural = _("suppressions")

    def __str__(self) -> str:
        return self.address_hash[:12]
