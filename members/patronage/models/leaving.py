from __future__ import annotations

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.patronage.models.changes import SupportChange
from members.patronage.models.refunding import RefundRequest, say_refund_error
from members.patronage.models.tiers import Interval
from newsroom.lib.money import Money


class DeclarationQuerySet(models.QuerySet["Declaration"]):
    def made_in_earnest(self) -> Self:
        """Those that the owner of the address has confirmed."""
        return self.exclude(state=Declaration.State.ASKED)


class Declaration(models.Model):
    """What somebody declared without signing in: that support ends, or that the contract is withdrawn from.

    asked → confirmed → done | failed. *asked*: its owner was written to and has not pressed the button yet. `made_at`
    is when the form reached us; a confirmation makes the declaration count from then. *failed* waits for a person.
    Only the link's hash is kept.
    """

    class Kind(models.TextChoices):
        END = "end", gettext_lazy("end of support")
        WITHDRAW = "withdraw", gettext_lazy("withdrawal")

    class State(models.TextChoices):
        ASKED = "asked", gettext_lazy("written to, not confirmed")
        CONFIRMED = "confirmed", gettext_lazy("being carried out")
        DONE = "done", gettext_lazy("done")
        FAILED = "failed", gettext_lazy("failed: a person must look")

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="declarations")
    kind = models.CharField(gettext_lazy("what"), max_length=8, choices=Kind)
    carried_as = models.CharField(max_length=8, choices=Kind, blank=True)  # a withdrawal that came late may end support
    state = models.CharField(gettext_lazy("state"), max_length=10, choices=State, default=State.ASKED)
    given = models.CharField(gettext_lazy("address or receipt number given"), max_length=254)
    name = models.CharField(gettext_lazy("name given"), max_length=150, blank=True)
    reason = models.CharField(gettext_lazy("reason"), max_length=24, choices=SupportChange.Reason, blank=True)
    language = models.CharField(max_length=12)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField(gettext_lazy("received"), default=timezone.now)
    expires_at = models.DateTimeField()  # the link
    confirmed_at = models.DateTimeField(gettext_lazy("confirmed"), null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = DeclarationQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_lazy("declaration")
        verbose_name_plural = gettext_lazy("declarations")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="asked") | (Q(confirmed_at__isnull=False) & ~Q(carried_as="")),
                name="declaration_confirmed",
            )
        ]
        indexes = [models.Index(fields=["member", "-made_at"], name="declaration_of_member")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.get_state_display()})"


class DeclaredEffect(models.Model):
    """One thing that comes of a declaration: a subscription that ends or a payment that goes back whole.

    asked → done | failed. Written before Stripe hears of it; the SupportChange or RefundRequest under it carries it
    out, and the sweep goes on while Stripe is silent, or until a bank that takes days has paid. A refund that the bank
    sends back is failed again, and done when the money went back otherwise. `ends_at` is the end as it was promised.
    """

    class Kind(models.TextChoices):
        END = "end", gettext_lazy("ends with the paid time")
        CANCEL = "cancel", gettext_lazy("ends at once")
        ALREADY = "already", gettext_lazy("was about to end already")
        REFUND = "refund", gettext_lazy("goes back")

    class State(models.TextChoices):
        ASKED = "asked", gettext_lazy("on its way")
        DONE = "done", gettext_lazy("done")
        FAILED = "failed", gettext_lazy("failed")

    declaration = models.ForeignKey(Declaration, on_delete=models.CASCADE, related_name="effects")
    kind = models.CharField(max_length=8, choices=Kind)
    state = models.CharField(max_length=8, choices=State, default=State.ASKED)
    subscription = models.ForeignKey(
        "members.Subscription", on_delete=models.PROTECT, null=True, blank=True, related_name="declared"
    )
    payment = models.ForeignKey(
        "members.Payment", on_delete=models.PROTECT, null=True, blank=True, related_name="declared"
    )
    amount = models.PositiveIntegerField()  # what was given per interval, or what goes back; minor units
    currency = models.CharField(max_length=3)
    ends_at = models.DateTimeField(null=True, blank=True)
    change = models.ForeignKey(SupportChange, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    refund = models.ForeignKey(
        "members.RefundRequest", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    error = models.TextField(blank=True)
    checked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = gettext_lazy("what came of a declaration")
        verbose_name_plural = gettext_lazy("what came of declarations")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="refund", payment__isnull=False, subscription__isnull=True)
                | (~Q(kind="refund") & Q(payment__isnull=True, subscription__isnull=False)),
                name="declared_effect_on_one",
            ),
            models.UniqueConstraint(fields=["declaration", "subscription"], name="declared_end_once"),
            models.UniqueConstraint(fields=["declaration", "payment"], name="declared_refund_once"),
        ]
        indexes = [models.Index(fields=["checked_at"], condition=Q(state="asked"), name="declared_effect_open")]

    def __str__(self) -> str:
        return self.sentence

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def sentence(self) -> str:
        """What happens, with amount and day, for the page, the receipt and the desk. Reads the subscription's or the
        payment's row."""
        if self.kind == self.Kind.REFUND and self._is_unpaid():
            return self._unpaid()
        if self.kind == self.Kind.REFUND:
            return _("%(money)s goes back, the way it was paid (number %(number)s, of %(day)s).") % self._paid()
        values = {"support": self._support(), "day": _day(self.ends_at)}
        if self.kind == self.Kind.CANCEL:
            return _("Your support of %(support)s ends at once. Nothing more is taken.") % values
        if self.kind == self.Kind.ALREADY:
            return (
                _("Your support of %(support)s was about to end already, on %(day)s. Nothing more is taken.") % values
            )
        return (
            _("Your support of %(support)s ends on %(day)s, when the paid time is over. Nothing more is taken.")
            % values
        )

    @property
    def waits_for_bank(self) -> bool:
        """Of a debit: nothing is here yet that could go back."""
        return self.kind == self.Kind.REFUND and self.state == self.State.ASKED and self._is_unpaid()

    @property
    def was_sent_back(self) -> bool:
        return self.state == self.State.FAILED and self.error.startswith(RefundRequest.SENT_BACK)

    @property
    def said_error(self) -> str:
        return say_refund_error(self.error)

    def _is_unpaid(self) -> bool:
        return self.payment is not None and self.payment.paid_at is None

    def _unpaid(self) -> str:
        if self.state == self.State.DONE:
            return _("Your bank did not pay %(money)s, so nothing has to go back.") % {"money": self.money}
        return _("Should your bank still pay %(money)s, it goes back the way it came.") % {"money": self.money}

    def _support(self) -> str:
        is_yearly = self.subscription is not None and self.subscription.interval == Interval.YEAR
        return (_("%(money)s a year") if is_yearly else _("%(money)s a month")) % {"money": self.money}

    def _paid(self) -> dict[str, object]:
        payment = self.payment
        if payment is None:
            return {"money": self.money, "number": "", "day": ""}
        return {"money": self.money, "number": payment.number, "day": _day(payment.paid_at)}


def _day(moment: datetime | None) -> str:
    """The newsroom's, on which the moment falls."""
    return date_format(timezone.localtime(moment), "j E Y") if moment else ""
