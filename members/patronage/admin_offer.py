"""What is offered and what asks, at the desk."""

from typing import Any

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from members.patronage import campaigns, catalogue, tiers
from members.patronage.admin_moves import TierMovesMixin
from members.patronage.admin_offer_forms import TRANSLATED_FIELDS, PriceForm, TierForm
from members.patronage.errors import PatronageError
from members.patronage.models import Campaign, Price, Tier
from newsroom.lib.audit import record
from newsroom.lib.desk_actions import person
from newsroom.lib.desk_translations import TranslationAdmin, TranslationForm
from newsroom.lib.money import Money
from newsroom.lib.page_cache import purge
from newsroom.lib.waking import wake


class PriceInline(TabularInline):
    model = Price
    form = PriceForm
    fields = ["money", "currency", "interval"]
    extra = 0
    verbose_name_plural = _("prices on offer (never changed: add the new one, it replaces the old)")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Price]:
        return super().get_queryset(request).filter(is_active=True)

    @display(description=_("amount"))
    def money(self, price: Price) -> str:
        """Of those that are on offer."""
        return str(price.money)

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Tier)
class TierAdmin(TierMovesMixin, ModelAdmin):
    form = TierForm
    list_display = ["name", "key", "is_active", "is_told", "votes_per_round", "position"]
    fields = [
        "key", "name", "pitch", "brings", *TRANSLATED_FIELDS, "position", "votes_per_round", "is_active", "is_told",
        "said",
    ]  # fmt: skip
    readonly_fields = ["is_told", "said"]
    search_fields = ["name", "key"]
    inlines = [PriceInline]
    actions_detail = ["move_running"]

    @display(description=_("Stripe knows"), boolean=True)
    def is_told(self, tier: Tier) -> bool:
        return tier.pk is not None and catalogue.is_in_step(tier)

    @display(description=_("what Stripe says"))
    def said(self, tier: Tier) -> str:
        if tier.stripe_error or tier.pk is None or catalogue.is_in_step(tier):
            return tier.stripe_error or "–"
        return str(_("It has not been told yet. That happens by itself, within two minutes of its answering."))

    def has_delete_permission(self, request: HttpRequest, obj: Tier | None = None) -> bool:
        return False  # taken out of the offer instead: patrons hold Periods of it

    def save_model(self, request: HttpRequest, obj: Tier, form: Any, change: bool) -> None:
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            record("tier.edited", actor=person(request), target=obj)
            purge([tiers.PAGE_KEY])
            wake(catalogue.SWEEP_TASK)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        formset.save(commit=False)
        for price in formset.deleted_objects:
            tiers.withdraw_price(user=person(request), price=price)
        for price in formset.new_objects:
            money = Money(price.amount, price.currency)
            tiers.replace_price(user=person(request), tier=form.instance, money=money, interval=price.interval)
        wake(catalogue.SWEEP_TASK)


@admin.register(Campaign)
class CampaignAdmin(TranslationAdmin):
    form = TranslationForm
    paginator = InfinitePaginator
    show_full_result_count = False
    list_display = ["name", "language", "is_running", "lead"]
    list_filter = ["language", "is_running"]
    fields = ["name", "language", "translation_of", "lead", "text", "button_label", "other_label", "is_running"]
    readonly_fields = ["is_running"]
    actions = ["run", "stop"]

    def has_delete_permission(self, request: HttpRequest, obj: Campaign | None = None) -> bool:
        return super().has_delete_permission(request, obj) and (obj is None or not obj.is_running)

    def save_model(self, request: HttpRequest, obj: Campaign, form: Any, change: bool) -> None:
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            record("campaign.edited", actor=person(request), target=obj)
            purge([campaigns.PAGE_KEY])

    @admin.action(description=_("Run, instead of the one that runs in its language"), permissions=["change"])
    def run(self, request: HttpRequest, queryset: QuerySet[Campaign]) -> None:
        for campaign in queryset:
            _say(request, campaign, campaigns.run_campaign, _("“%(name)s” asks from now on."))

    @admin.action(description=_("Stop"), permissions=["change"])
    def stop(self, request: HttpRequest, queryset: QuerySet[Campaign]) -> None:
        for campaign in queryset:
            _say(request, campaign, campaigns.stop_campaign, _("“%(name)s” has stopped asking."))


def _say(request: HttpRequest, campaign: Campaign, verb: Any, sentence: Any) -> None:
    try:
        verb(user=person(request), campaign=campaign)
    except PatronageError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, sentence % {"name": campaign.name})
