"""Where the letters about a failed payment lead to: signed in, one page, one button."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language

from members.patronage.account_showing import support_facts
from members.patronage.account_views import of_named, own_page
from members.patronage.dunning import open_bill, subscription_to_pay
from members.patronage.errors import PatronageError
from members.patronage.models import Subscription
from members.patronage.views import SeeOther


@own_page
@of_named
def fix_payment(request: HttpRequest, named: Subscription | None) -> HttpResponse:
    """A GET changes nothing, so that a mail scanner may follow the letter's link."""
    member: Any = request.user
    subscription = named if named and named.is_owing else subscription_to_pay(member)
    if subscription is None:
        return redirect("members:my-support")
    if request.method == "POST":
        try:
            language = get_language() or settings.LANGUAGE_CODE
            return SeeOther(open_bill(member=member, language=language, subscription=subscription))
        except PatronageError as error:
            messages.error(request, str(error))
            return redirect(f"{reverse('members:fix-payment')}?support={subscription.pk}")
    return render(request, "members/fix_payment.html", support_facts(member, subscription))
