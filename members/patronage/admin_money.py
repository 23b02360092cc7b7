"""Money that goes back, at the desk: refunds are asked for here, refunds and disputes read."""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Case, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display

from members.patronage import refunding
from members.patronage.admin_colours import STATUS_COLOURS
from members.patronage.audit_words import say_reason, say_status
from members.patronage.errors import PatronageError, StripeResting
from members.patronage.models import Dispute, Payment, Refund, RefundRequest
from members.patronage.models.mirror import UNDECIDED, WANTS_AN_ANSWER
from newsroom.lib.admin import ReadOnlyAdmin
from newsroom.lib.desk_actions import person
from newsroom.lib.money import Money, writing_of


class AmountField(forms.DecimalField):
    """Takes a comma as well, whatever language the desk speaks; not "1,000", which may mean two things."""

    def to_python(self, value: Any) -> Any:
        return super().to_python(value.replace(",", ".") if isinstance(value, str) else value)


class RefundForm(forms.Form):
    """How much goes back, in the currency's units, and why. `key` makes a second click the same refund."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    amount = AmountField()
    reason = forms.ChoiceField(label=gettext_lazy("Reason"), choices=RefundRequest.Reason.choices)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.exponent = writing_of(currency).exponent
        self.fields["amount"] = AmountField(label=_("Amount"), min_value=0, max_digits=12, decimal_places=self.exponent)

    @property
    def minor_units(self) -> int:
        return int(self.cleaned_data["amount"].scaleb(self.exponent))


class PaymentMoneyMixin:
    """What a payment's page at the desk can do."""

    actions_detail = ["give_back"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.refund_view)  # type: ignore[attr-defined]
        return [path("<int:pk>/refund/", view, name="members_payment_refund"), *super().get_urls()]  # type: ignore[misc]

    @action(description=gettext_lazy("Give money back"), permissions=["refund"])
    def give_back(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return redirect("admin:members_payment_refund", object_id)

    def has_refund_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("members.add_refundrequest")

    def refund_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_refund_permission(request):
            raise PermissionDenied
        payment = get_object_or_404(Payment.objects.select_related("member"), pk=pk)
        left = refunding.refundable(payment)
        start = {"key": uuid4(), "amount": str(left.decimal)}
        form = RefundForm(request.POST or None, initial=start, currency=payment.currency)
        if request.method == "POST" and form.is_valid() and _give_back(request, payment, form):
            return redirect("admin:members_payment_change", pk)
        context = {
            **self.admin_site.each_context(request),  # type: ignore[attr-defined]
            "title": _("Give money back"), "payment": payment, "left": left, "form": form,
            "requests": payment.refund_requests.select_related("asked_by"),
        }  # fmt: skip
        return TemplateResponse(request, "admin/members/refund.html", context)


def _give_back(request: HttpRequest, payment: Payment, form: RefundForm) -> bool:
    """Whether the wish is on record; what Stripe said to it is told."""
    key: UUID = form.cleaned_data["key"]
    amount, reason = form.minor_units, form.cleaned_data["reason"]
    try:
        row = refunding.ask_refund(user=person(request), payment=payment, amount=amount, reason=reason, key=key)
    except PatronageError as error:
        form.add_error("amount", str(error))
        return False
    try:
        row = refunding.carry_out_refund(row, is_seen=True)
    except StripeResting:
        messages.warning(
            request, _("Stripe does not answer just now. It is asked again by itself; nothing is paid twice.")
        )
    except PatronageError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("%(money)s is on its way back.") % {"money": Money(amount, payment.currency)})
    return True


@admin.register(RefundRequest)
class RefundRequestAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "money", "of_whom", "asked_by", "reason", "shown_state", "said_error", "ask_again"]
    list_filter = ["state"]
    list_select_related = ["payment__member", "asked_by"]
    ordering = ["-id"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # asked for on the payment's page

    @display(description=gettext_lazy("amount"), ordering="amount")
    def money(self, row: RefundRequest) -> str:
        return str(row.money)

    @display(description=gettext_lazy("member"))
    def of_whom(self, row: RefundRequest) -> str:
        return str(row.payment.member or "")

    @display(description=gettext_lazy("state"), label=STATUS_COLOURS, ordering="state")
    def shown_state(self, row: RefundRequest) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @display(description=gettext_lazy("error"))
    def said_error(self, row: RefundRequest) -> str:
        return row.said_error

    @display(description=gettext_lazy("What to do"))
    def ask_again(self, row: RefundRequest) -> str:
        """Under a key of its own, by a person: what was refused once is never asked again by itself."""
        if row.state != RefundRequest.State.FAILED:
            return ""
        page = reverse("admin:members_payment_refund", args=[row.payment_id])
        return format_html('<a href="{}">{}</a>', page, _("Ask for it again"))


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "money", "of_whom", "why", "shown_status"]
    fields = ["payment", "of_whom", "money", "why", "said_status", "created_at", "stripe_id", "fetched_at"]
    list_filter = ["status"]
    list_select_related = ["payment__member"]
    search_fields = ["stripe_id"]
    ordering = ["-id"]

    @display(description=gettext_lazy("amount"), ordering="amount")
    def money(self, row: Refund) -> str:
        return str(Money(row.amount, row.currency))

    @display(description=gettext_lazy("member"))
    def of_whom(self, row: Refund) -> str:
        return str(row.payment.member or "")

    @display(description=gettext_lazy("status"), label=STATUS_COLOURS, ordering="status")
    def shown_status(self, row: Refund) -> tuple[str, str]:
        return row.status, say_status(row.status)

    @display(description=gettext_lazy("reason"), ordering="reason")
    def why(self, row: Refund) -> str:
        return say_reason(row.reason)

    @display(description=gettext_lazy("status"))
    def said_status(self, row: Refund) -> str:
        return say_status(row.status)


@admin.register(Dispute)
class DisputeAdmin(ReadOnlyAdmin):
    """Those that want an answer first, the soonest deadline on top: what nobody answers by then is lost. Then those
    that are looked at, then what is decided, newest first."""

    list_display = ["evidence_due_at", "money", "of_whom", "why", "shown_status", "created_at"]
    fields = [
        "payment", "of_whom", "money", "why", "said_status", "evidence_due_at", "created_at", "stripe_id", "fetched_at",
    ]  # fmt: skip
    list_filter = ["status"]
    list_select_related = ["payment__member"]
    search_fields = ["stripe_id"]
    ordering = [
        Case(When(status__in=WANTS_AN_ANSWER, then=0), When(status__in=UNDECIDED, then=1), default=2),
        Case(When(status__in=WANTS_AN_ANSWER, then="evidence_due_at")).asc(nulls_last=True),
        "-id",
    ]  # fmt: skip

    @display(description=gettext_lazy("amount"), ordering="amount")
    def money(self, row: Dispute) -> str:
        return str(Money(row.amount, row.currency))

    @display(description=gettext_lazy("member"))
    def of_whom(self, row: Dispute) -> str:
        return str(row.payment.member or "")

    @display(description=gettext_lazy("status"), label=STATUS_COLOURS, ordering="status")
    def shown_status(self, row: Dispute) -> tuple[str, str]:
        return row.status, say_status(row.status)

    @display(description=gettext_lazy("reason"), ordering="reason")
    def why(self, row: Dispute) -> str:
        return say_reason(row.reason)

    @display(description=gettext_lazy("status"))
    def said_status(self, row: Dispute) -> str:
        return say_status(row.status)
