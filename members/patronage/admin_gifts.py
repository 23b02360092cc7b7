"""Gifts at the desk, for those who look after members: whom each is for, and its letter sent again or elsewhere."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display

from members.patronage.errors import PatronageError
from members.patronage.handing_over import change_recipient, send_gift_again
from members.patronage.models import Gift
from newsroom.lib.admin import ReadOnlyAdmin
from newsroom.lib.desk_actions import person, run_each

STATES = {
    "new": "info", "paid": "info", "given": "warning", "taken": "success", "lapsed": "danger", "withdrawn": "danger",
}  # fmt: skip


class RecipientForm(forms.Form):
    email = forms.EmailField(label=gettext_lazy("Address of the recipient"), max_length=254)


@admin.register(Gift)
class GiftAdmin(ReadOnlyAdmin):
    list_display = [
        "created_at", "recipient_email", "giver", "tier", "months", "money", "shown_state", "hand_over_on",
        "handed_over_at", "redeemed_by",
    ]  # fmt: skip
    list_filter = ["state", "tier"]
    list_select_related = ["giver", "tier", "checkout", "redeemed_by"]
    search_fields = ["recipient_email", "giver__email", "redeemed_by__email"]
    ordering = ["-id"]
    actions = ["send_again"]
    actions_detail = ["send_letter"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.letter_view)
        return [path("<int:pk>/letter/", view, name="members_gift_letter"), *super().get_urls()]

    def has_send_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("members.change_gift")

    @display(description=gettext_lazy("amount"))
    def money(self, row: Gift) -> str:
        return str(row.checkout.money)

    @display(description=gettext_lazy("state"), label=STATES, ordering="state")
    def shown_state(self, row: Gift) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @admin.action(description=gettext_lazy("Send the letter again"), permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Gift]) -> None:
        run_each(request, queryset, lambda row: send_gift_again(user=person(request), gift=row), PatronageError)

    @action(description=gettext_lazy("The letter"), permissions=["send"])
    def send_letter(self, request: HttpRequest, object_id: int) -> HttpResponse:
        return redirect("admin:members_gift_letter", object_id)

    def letter_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET shows whom the letter goes to, POST sends it there again or to another address."""
        if not self.has_send_permission(request):
            raise PermissionDenied
        gift = get_object_or_404(Gift.objects.select_related("giver", "tier", "checkout"), pk=pk)
        form = RecipientForm(request.POST or None, initial={"email": gift.recipient_email})
        if request.method == "POST" and form.is_valid() and _send(request, gift, form):
            return redirect("admin:members_gift_letter", pk)
        context = {
            **self.admin_site.each_context(request), "title": _("The letter of a gift"), "gift": gift, "form": form,
        }  # fmt: skip
        return TemplateResponse(request, "admin/members/gift_letter.html", context)


def _send(request: HttpRequest, gift: Gift, form: RecipientForm) -> bool:
    """Whether it was done; if not, the form says why."""
    email = form.cleaned_data["email"].lower()
    try:
        if email == gift.recipient_email.lower():
            send_gift_again(user=person(request), gift=gift)
            said = _("The letter goes out once more.")
        else:
            change_recipient(user=person(request), gift=gift, email=email)
            said = _("The gift is for this address now. Links that were sent before have ended.")
    except PatronageError as error:
        form.add_error("email", str(error))
        return False
    messages.success(request, said)
    return True
