"""A member's own receipts. Signed in, never cached; what is somebody else's is not there."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from members.patronage.models import Payment


def own_payments(member: Any) -> QuerySet[Payment]:
    """What was paid by this member: the only way to a payment from a page."""
    paid = Payment.objects.filter(member=member, paid_at__isnull=False)
    return paid.select_related("subscription__tier").order_by("-paid_at", "-id")


@login_required
@never_cache
@require_safe
def receipts(request: HttpRequest) -> HttpResponse:
    return render(request, "members/receipts.html", {"payments": own_payments(request.user)[:500]})


@login_required
@never_cache
@require_safe
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    payment = get_object_or_404(own_payments(request.user), pk=pk)
    return render(request, "members/receipt.html", {"payment": payment})
