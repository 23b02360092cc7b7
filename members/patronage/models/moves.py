from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from members.patronage.models.tiers import Price
from newsroom.lib.money import Money


class PriceMove(models.Model):
    """Running support that is to pay a tier's new price: begun once at the desk, then worked off row by row."""

    price = models.ForeignKey(Price, on_delete=models.PROTECT, related_name="moves")
    job = models.OneToOneField("lib.Job", on_delete=models.PROTECT, related_name="+")
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    stopped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("move to a new price")
        verbose_name_plural = _("moves to new prices")
        ordering = ["-id"]

    def __str__(self) -> str:
        return str(self.price)


class SupportMove(models.Model):
    """One subscription on its way to a new price: waiting → told → done | kept | skipped | failed | stopped.

    A letter comes first; Stripe is asked when it was sent long enough ago, by a SupportChange, and takes the new amount
    with the next payment. `from_amount` is in minor units of the price's currency, as the letter names it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("to be written to")
        TOLD = "told", _("written to")
        DONE = "done", _("pays the new price")
        KEPT = "kept", _("keeps the old amount")
        SKIPPED = "skipped", _("left out")
        FAILED = "failed", _("failed")
        STOPPED = "stopped", _("stopped")

    class Why(models.TextChoices):
        """Why support is left out, or was not moved."""

        ENDING = "ending", _("it is about to end")
        PAUSED = "paused", _("it is paused")
        UNPAID = "unpaid", _("a payment did not go through")
        TRIAL = "trial", _("it is on trial at Stripe and pays nothing yet")
        OVER = "over", _("it has ended")
        NO_ADDRESS = "no_address", _("there is no address to write to")
        MOVING = "moving", _("another move is under way")
        NOT_OFFERED = "not_offered", _("the price is not offered any more")
        CHANGED = "changed", _("it was changed meanwhile")
        NO_LETTER = "no_letter", _("the letter did not reach them")
        REFUSED = "refused", _("Stripe did not accept it")

    move = models.ForeignKey(PriceMove, on_delete=models.PROTECT, related_name="supports")
    subscription = models.ForeignKey("members.Subscription", on_delete=models.PROTECT, related_name="moves")
    from_amount = models.PositiveIntegerField()
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    why = models.CharField(_("why"), max_length=12, choices=Why, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    first_at = models.DateTimeField(null=True, blank=True)  # the first payment of the new amount, as the letter says
    checked_at = models.DateTimeField(null=True, blank=True)  # when it was this row's turn last
    change = models.OneToOneField(
        "members.SupportChange", on_delete=models.PROTECT, null=True, blank=True, related_name="move"
    )
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("support on its way to a new price")
        verbose_name_plural = _("support on its way to a new price")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["subscription"], condition=Q(state__in=("waiting", "told")), name="support_move_one_open"
            )
        ]
        indexes = [
            models.Index(
                fields=["checked_at"], condition=Q(state__in=("waiting", "told", "failed")), name="support_move_open"
            )
        ]

    def __str__(self) -> str:
        return f"{self.from_money} → {self.move.price.money}"

    @property
    def from_money(self) -> Money:
        return Money(self.from_amount, self.move.price.currency)

    @property
    def to_money(self) -> Money:
        return self.move.price.money

    @property
    def taken_money(self) -> Money:
        """What the first payment of the new price takes, less what a promotion code takes off then."""
        return self.subscription.discounted(self.to_money, self.first_at)

    @property
    def is_discounted(self) -> bool:
        return self.taken_money != self.to_money
