from __future__ import annotations

from datetime import datetime, time

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

HANDED_OVER_AT = time(7)  # of the chosen day, by the newsroom's clock: a letter to open at breakfast


class Gift(models.Model):
    """A patron's time that one person pays for another: `months` of a tier, paid once, taken with a link by whoever it
    was handed to.

    new → paid → given → taken | lapsed. *paid* waits for its day. All but *taken* may become *withdrawn* when the money
    goes back, and come back with it; of a taken one the Period follows the money. The address and the words are what
    the giver typed, and are blanked when they are of no more use (`forgetting`).
    """

    class State(models.TextChoices):
        NEW = "new", _("not paid")
        PAID = "paid", _("waits for its day")
        GIVEN = "given", _("handed over")
        TAKEN = "taken", _("taken")
        LAPSED = "lapsed", _("lapsed")
        WITHDRAWN = "withdrawn", _("withdrawn")

    checkout = models.OneToOneField("members.Checkout", on_delete=models.PROTECT, related_name="gift")
    payment = models.OneToOneField("members.Payment", on_delete=models.PROTECT, null=True, related_name="gift")
    giver = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="gifts_given")
    giver_name = models.CharField(_("name of the giver"), max_length=80, blank=True)
    recipient_email = models.EmailField(_("address of the recipient"), blank=True)
    message = models.TextField(_("words to the recipient"), max_length=500, blank=True)
    tier = models.ForeignKey("members.Tier", on_delete=models.PROTECT, related_name="+")
    months = models.PositiveSmallIntegerField(_("months"))
    hand_over_on = models.DateField(_("day on which it is handed over"), null=True, blank=True)  # empty: at once
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.NEW)
    handed_over_at = models.DateTimeField(_("handed over"), null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    redeemed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="gifts_received"
    )
    redeemed_at = models.DateTimeField(_("taken"), null=True, blank=True)
    period = models.OneToOneField(
        "members.Period", on_delete=models.PROTECT, null=True, blank=True, related_name="gift"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("gift")
        verbose_name_plural = _("gifts")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(months__gt=0), name="gift_some_months"),
            models.CheckConstraint(condition=Q(state="new") | Q(payment__isnull=False), name="gift_paid_has_payment"),
            models.CheckConstraint(
                condition=~Q(state="taken")
                | Q(redeemed_by__isnull=False, redeemed_at__isnull=False, period__isnull=False),
                name="gift_taken_has_period",
            ),
        ]
        indexes = [
            models.Index(fields=["hand_over_on"], condition=Q(state="paid"), name="gift_waits"),
            models.Index(fields=["handed_over_at"], condition=Q(state="given"), name="gift_given"),
        ]

    def __str__(self) -> str:
        return f"{self.tier}, {self.months}"

    @property
    def hand_over_at(self) -> datetime | None:
        """The moment of the chosen day; None for at once."""
        if self.hand_over_on is None:
            return None
        return datetime.combine(self.hand_over_on, HANDED_OVER_AT, timezone.get_default_timezone())

    @property
    def is_due(self) -> bool:
        moment = self.hand_over_at
        return moment is None or moment <= timezone.now()


class GiftLink(models.Model):
    """A link that takes a gift. Each letter has one of its own, of which only the hash is kept; all of a gift's are
    good until the first is used. When the address of the recipient changes, those before it end."""

    gift = models.ForeignKey(Gift, on_delete=models.CASCADE, related_name="links")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("link of a gift")
        verbose_name_plural = _("links of gifts")

    def __str__(self) -> str:
        return f"link {self.pk}"
