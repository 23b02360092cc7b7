"""The desk's page "Stripe says, we say, mend"."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from members.patronage import deciding, drift_words, mending, reconciling, watching
from members.patronage.errors import PatronageError
from members.patronage.missing import payments_behind
from members.patronage.models import Drift, Reconciliation
from newsroom.lib.admin import ReadOnlyAdmin
from newsroom.lib.desk_actions import person
from newsroom.lib.row_keys import read_key

SHOWN = 100

# By the button's name, whose value is the difference.
DECISIONS: dict[str, tuple[Callable[..., None], Any]] = {
    "drift": (mending.mend_drift, gettext_lazy("Mended: we say again what Stripe says.")),
    "keep": (deciding.keep_money, gettext_lazy("Kept: it stands in the books as it is.")),
    "write_off": (deciding.write_off, gettext_lazy("Written off: it counts no more.")),
}


@admin.register(Drift)
class DriftAdmin(ReadOnlyAdmin):
    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            return self._do(request)
        found = list(Drift.objects.filter(state__in=reconciling.OPEN).order_by("id")[: SHOWN + 1])
        behind, about = payments_behind(found), drift_words.look_up(found)
        for drift in found:  # for the template
            drift.payment_id = behind.get(drift.stripe_id)  # type: ignore[attr-defined]
            drift.rows = drift_words.say_rows(drift, about)  # type: ignore[attr-defined]
        context = {
            **self.admin_site.each_context(request), "title": _("Compared with Stripe"), "drifts": found[:SHOWN],
            "has_more": len(found) > SHOWN, "run": Reconciliation.objects.select_related("started_by").first(),
            "alarms": watching.open_alarms(), "may_mend": request.user.has_perm("members.change_drift"),
            "some_mend": any(not drift.needs_person for drift in found),
        }  # fmt: skip
        return TemplateResponse(request, "admin/members/reconcile.html", context)

    def _do(self, request: HttpRequest) -> HttpResponse:
        user = person(request)
        try:
            if "all" in request.POST:
                asked = mending.ask_mend_all(user=user)
                said = ngettext("%(count)s is being mended.", "%(count)s are being mended.", asked) % {"count": asked}
            elif word := next((name for name in DECISIONS if name in request.POST), None):
                decide, said = DECISIONS[word]
                decide(user=user, drift=get_object_or_404(Drift, pk=read_key(request.POST[word])))
                said = str(said)
            else:
                reconciling.begin_reconciliation(user=user)
                said = _("The comparison runs. Differences appear here as they are found.")
        except PatronageError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, said)
        return redirect("admin:members_drift_changelist")
