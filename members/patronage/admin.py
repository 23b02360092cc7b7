"""Stripe's mirror, the inbox and the rights at the desk: read, replayed and taken back, never typed in."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.paginator import InfinitePaginator
from unfold.widgets import UnfoldAdminIntegerFieldWidget

from members.accounts.models import Member
from members.patronage import admin_changes as _admin_changes  # noqa: F401  registers itself
from members.patronage import admin_defence as _admin_defence  # noqa: F401  registers itself
from members.patronage import admin_doubles as _admin_doubles  # noqa: F401  registers itself
from members.patronage import admin_gifts as _admin_gifts  # noqa: F401  registers itself
from members.patronage import admin_leaving as _admin_leaving  # noqa: F401  registers itself
from members.patronage import admin_offer as _admin_offer  # noqa: F401  registers itself
from members.patronage import admin_reconcile as _admin_reconcile  # noqa: F401  registers itself
from members.patronage.admin_colours import STATUS_COLOURS
from members.patronage.admin_money import PaymentMoneyMixin
from members.patronage.audit_words import say_status
from members.patronage.errors import PatronageError
from members.patronage.inbox import replay_event
from members.patronage.models import Checkout, Donation, Payment, Period, StripeEvent, Subscription
from members.patronage.rights import grant_free_period, refuse_closed, revoke_period
from newsroom.lib.admin import ReadOnlyAdmin
from newsroom.lib.desk_actions import person, run_each


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin):
    list_display = ["member", "tier", "money", "rhythm", "shown_status", "current_period_end", "after_that"]
    fields = [
        "member", "tier", "money", "rhythm", "said_status", "current_period_start", "current_period_end",
        "after_that", "percent_off", "amount_off", "discount_ends_at", "discount_fits", "created_at",
        "canceled_at", "ended_at", "stripe_id", "fetched_at",
    ]  # fmt: skip
    list_filter = ["status", "interval", "tier"]
    list_select_related = ["member", "tier"]
    search_fields = ["stripe_id", "member__email"]
    ordering = ["-id"]

    @display(description=_("status"), label=STATUS_COLOURS, ordering="status")
    def shown_status(self, row: Subscription) -> tuple[str, str]:
        return row.status, say_status(row.status)

    @display(description=_("status"))
    def said_status(self, row: Subscription) -> str:
        return say_status(row.status)

    @display(description=_("rhythm"), ordering="interval")
    def rhythm(self, row: Subscription) -> str:
        return row.rhythm

    @display(description=_("after that"), ordering="cancel_at_period_end")
    def after_that(self, row: Subscription) -> str:
        return str(_("ends")) if row.is_running and row.cancel_at_period_end else ""

    @display(description=_("amount"), ordering="amount")
    def money(self, row: Subscription) -> str:
        return str(row.money)


@admin.register(Payment)
class PaymentAdmin(PaymentMoneyMixin, ReadOnlyAdmin):
    list_display = ["paid_at", "member", "kind", "money", "given_back", "shown_status", "receipt_number"]
    fields = [
        "member", "subscription", "kind", "money", "given_back", "said_status", "paid_at", "created_at",
        "receipt_number", "stripe_id", "payment_intent_id", "fetched_at",
    ]  # fmt: skip
    list_filter = ["status", "kind", "currency"]
    list_select_related = ["member"]
    search_fields = ["stripe_id", "payment_intent_id", "receipt_number", "member__email"]
    ordering = ["-id"]

    @display(description=_("status"), label=STATUS_COLOURS, ordering="status")
    def shown_status(self, row: Payment) -> tuple[str, str]:
        return row.status, say_status(row.status)

    @display(description=_("status"))
    def said_status(self, row: Payment) -> str:
        return say_status(row.status)

    @display(description=_("amount"), ordering="amount")
    def money(self, row: Payment) -> str:
        return str(row.money)

    @display(description=_("given back"), ordering="refunded")
    def given_back(self, row: Payment) -> str:
        return str(row.refunded_money) if row.refunded else ""


@admin.register(Donation)
class DonationAdmin(ReadOnlyAdmin):
    list_display = ["given_at", "member", "money", "state"]
    list_select_related = ["member", "payment"]
    search_fields = ["member__email"]

    @display(description=_("amount"), ordering="amount")
    def money(self, row: Donation) -> str:
        return str(row.money)

    @display(description=_("state"), ordering="payment__status")
    def state(self, row: Donation) -> str:
        return say_status(row.payment.status)


@admin.register(Checkout)
class CheckoutAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "shown_state", "frequency", "money", "member", "language", "campaign", "error"]
    list_filter = ["state", "frequency", "campaign"]
    list_select_related = ["member", "campaign"]
    search_fields = ["stripe_id", "member__email"]
    ordering = ["-id"]

    @display(description=_("state"), label=STATUS_COLOURS, ordering="state")
    def shown_state(self, row: Checkout) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @display(description=_("amount"), ordering="amount")
    def money(self, row: Checkout) -> str:
        return str(row.money)


@admin.register(StripeEvent)
class StripeEventAdmin(ReadOnlyAdmin):
    list_display = ["received_at", "type", "shown_state", "attempts", "object_id", "error"]
    list_filter = ["state", "type"]
    search_fields = ["event_id", "object_id"]
    actions = ["replay"]

    @display(description=_("state"), label=STATUS_COLOURS, ordering="state")
    def shown_state(self, row: StripeEvent) -> tuple[str, str]:
        return row.state, row.get_state_display()

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("members.change_stripeevent")

    @admin.action(description=_("Replay"), permissions=["replay"])
    def replay(self, request: HttpRequest, queryset: QuerySet[StripeEvent]) -> None:
        run_each(request, queryset, lambda row: replay_event(user=person(request), event=row), PatronageError)


class FreePeriodForm(forms.ModelForm):
    """Complimentary time: whom, which tier, for how many days."""

    days = forms.IntegerField(label=_("days"), min_value=1, max_value=3660, widget=UnfoldAdminIntegerFieldWidget)

    class Meta:
        model = Period
        fields = ["member", "tier"]

    def clean_member(self) -> Member:
        member: Member = self.cleaned_data["member"]
        try:
            refuse_closed(member)
        except PatronageError as error:
            raise forms.ValidationError(str(error)) from error
        return member


@admin.register(Period)
class PeriodAdmin(ModelAdmin):
    """What is paid comes from Stripe alone; here free time is given, and any time taken back."""

    form = FreePeriodForm
    paginator = InfinitePaginator
    show_full_result_count = False
    list_display = ["member", "tier", "cause", "starts_at", "ends_at", "revoked_at", "revoked_why"]
    list_filter = ["cause", "tier"]
    list_select_related = ["member", "tier"]
    search_fields = ["member__email"]
    autocomplete_fields = ["member"]
    fields = ["member", "tier", "days"]
    ordering = ["-id"]
    actions = ["revoke"]

    def get_fields(self, request: HttpRequest, obj: Period | None = None) -> Any:
        written = ["member", "tier", "cause", "starts_at", "ends_at", "granted_by", "revoked_at", "revoked_why"]
        return self.fields if obj is None else written

    def has_change_permission(self, request: HttpRequest, obj: Period | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Period | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Period, form: Any, change: bool) -> None:
        days = form.cleaned_data["days"]
        obj.pk = grant_free_period(user=person(request), member=obj.member, tier=obj.tier, days=days).pk
        obj.refresh_from_db()

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("members.change_period")

    @admin.action(description=_("Take back from now on"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Period]) -> None:
        run_each(request, queryset, lambda row: revoke_period(user=person(request), period=row), PatronageError)
