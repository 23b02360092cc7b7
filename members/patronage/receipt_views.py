"""A member's own receipts and yearly statements. Signed in, never cached; what is somebody else's is not there."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from members.patronage.bank_text import bank_text
from members.patronage.models import Payment
from members.patronage.receipt_words import WHAT_FOR, what_for
from members.patronage.statements import statement_of, years_of


def own_payments(member: Any) -> QuerySet[Payment]:
    """What was paid by this member: the only way to a payment from a page. Of a bill that a code or a credit paid whole
    there is nothing to receipt."""
    paid = Payment.objects.filter(member=member, paid_at__isnull=False, amount__gt=0)
    return paid.select_related(*WHAT_FOR).order_by("-paid_at", "-id")


@login_required
@never_cache
@require_safe
def receipts(request: HttpRequest) -> HttpResponse:
    member: Any = request.user
    context = {"payments": own_payments(member)[:500], "years": years_of(member)}
    return render(request, "members/receipts.html", context)


@login_required
@never_cache
@require_safe
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    payment = get_object_or_404(own_payments(request.user), pk=pk)
    context = {"payment": payment, "what_for": what_for(payment), "bank_text": bank_text(payment)}
    return render(request, "members/receipt.html", context)


@login_required
@never_cache
@require_safe
def giving(request: HttpRequest, year: int) -> HttpResponse:
    """One year, made to be printed or kept as a PDF; a year without a payment is not there."""
    member: Any = request.user
    statement = statement_of(member, year) if 2000 <= year <= 9998 else None
    if statement is None:
        raise Http404
    today = timezone.localdate(timezone=timezone.get_default_timezone())
    context = {"statement": statement, "member": member, "made_on": today, "is_running": year >= today.year}
    return render(request, "members/giving.html", context)
