"""A member's own support and receipts. Signed in, never cached; what is somebody else's is not there."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from members.patronage.checkout import running_subscription
from members.patronage.ending import end_support, keep_support, open_portal
from members.patronage.errors import PatronageError
from members.patronage.models import Payment
from members.patronage.rights import current_period
from members.patronage.views import SeeOther
from newsroom.lib.limits import CHANGE_SUPPORT, limited


def _member_key(request: HttpRequest) -> str:
    return f"member:{request.user.pk}"


@login_required
@never_cache
@require_safe
def my_support(request: HttpRequest) -> HttpResponse:
    member: Any = request.user
    context = {
        "subscription": running_subscription(member), "period": current_period(member),
        "payments": _receipts(member)[:3],
    }  # fmt: skip
    return render(request, "members/my_support.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited(CHANGE_SUPPORT, _member_key)
def end(request: HttpRequest) -> HttpResponse:
    """One page that says what will happen, with one button."""
    member: Any = request.user
    subscription = running_subscription(member)
    if subscription is None or subscription.cancel_at_period_end:
        return redirect("members:my-support")
    if request.method == "POST":
        try:
            subscription = end_support(member=member)
        except PatronageError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _ended(subscription.current_period_end))
        return redirect("members:my-support")
    return render(request, "members/end_support.html", {"subscription": subscription})


def _ended(until: Any) -> str:
    day = date_format(until, "DATE_FORMAT") if until else ""
    return _("Your support ends on %(day)s. Nothing more will be taken. Thank you for what you gave.") % {"day": day}


@login_required
@never_cache
@require_POST
@limited(CHANGE_SUPPORT, _member_key)
def keep(request: HttpRequest) -> HttpResponse:
    member: Any = request.user
    try:
        keep_support(member=member)
    except PatronageError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Your support goes on. Thank you."))
    return redirect("members:my-support")


@login_required
@never_cache
@require_POST
@limited(CHANGE_SUPPORT, _member_key)
def portal(request: HttpRequest) -> HttpResponse:
    member: Any = request.user
    try:
        return SeeOther(open_portal(member=member, language=get_language() or settings.LANGUAGE_CODE))
    except PatronageError as error:
        messages.error(request, str(error))
        return redirect("members:my-support")


def _receipts(member: Any) -> QuerySet[Payment]:
    """What was paid by this member: the only way to a payment from a page."""
    paid = Payment.objects.filter(member=member, paid_at__isnull=False)
    return paid.select_related("subscription__tier").order_by("-paid_at", "-id")


@login_required
@never_cache
@require_safe
def receipts(request: HttpRequest) -> HttpResponse:
    return render(request, "members/receipts.html", {"payments": _receipts(request.user)[:500]})


@login_required
@never_cache
@require_safe
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    payment = get_object_or_404(_receipts(request.user), pk=pk)
    return render(request, "members/receipt.html", {"payment": payment})
