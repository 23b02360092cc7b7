"""A member's own support: what stands, another amount, a pause, the end. Signed in, never cached; what is somebody
else's is not there."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from members.accounts.models import Member
from members.patronage.account_forms import ChangeForm, EndForm
from members.patronage.account_showing import change_choices, support_facts
from members.patronage.changing import confirm_change, is_stale, propose_change, require_changeable, shown_change
from members.patronage.checkout import running_subscription, running_subscriptions
from members.patronage.ending import end_support, keep_support, open_portal
from members.patronage.errors import (
    AmountRefused,
    ChangeUnderWay,
    NoSupport,
    NotAnswered,
    NotConfigured,
    PatronageError,
    ShownTooLongAgo,
    StripeResting,
)
from members.patronage.models import Subscription, SupportChange
from members.patronage.moving import pending_moves
from members.patronage.pausing import pause_support, resume_support
from members.patronage.receipt_views import own_payments
from members.patronage.tiers import Offers
from members.patronage.under_way import say_last_payment
from members.patronage.views import SeeOther
from newsroom.lib.limits import CHANGE_SUPPORT, limited
from newsroom.lib.row_keys import read_key

View = Callable[..., HttpResponse]


def _member_key(request: HttpRequest) -> str:
    return f"member:{request.user.pk}"


def _posted(request: HttpRequest) -> QueryDict | None:
    """Also when nothing was filled in."""
    return request.POST if request.method == "POST" else None


def own_page(view: View) -> View:
    """Signed in, never cached, each POST counted."""
    return wraps(view)(
        login_required(
            never_cache(require_http_methods(["GET", "HEAD", "POST"])(limited(CHANGE_SUPPORT, _member_key)(view)))
        )
    )


def own_button(view: View) -> View:
    """As `own_page`, for what is only ever posted."""
    return wraps(view)(login_required(never_cache(require_POST(limited(CHANGE_SUPPORT, _member_key)(view)))))


def named_support(request: HttpRequest) -> Subscription | None:
    """The running one that is asked about, of whoever has several; the newest where none is named. Somebody else's is
    not there. Raises NoSupport for one that has ended."""
    member: Any = request.user
    named = request.POST.get("support") or request.GET.get("support")
    if not named:
        return running_subscription(member)
    own = Subscription.objects.of_our_mode().filter(member=member, pk=read_key(named)).first()
    if own is None:
        raise Http404
    running = running_subscriptions(member).filter(pk=own.pk).first()
    if running is None:
        raise NoSupport(_("This support has ended already. Nothing more is taken."))
    return running


def of_named(view: Callable[[HttpRequest, Subscription | None], HttpResponse]) -> View:
    """Hands over what `named_support` finds; where that has ended it says so, and goes back to the support's page."""

    @wraps(view)
    def of_one(request: HttpRequest) -> HttpResponse:
        try:
            subscription = named_support(request)
        except NoSupport as error:
            messages.info(request, str(error))
            return redirect("members:my-support")
        return view(request, subscription)

    return of_one


def _say(request: HttpRequest, act: Callable[[], object], thanks: str) -> HttpResponse:
    """Does it, says how it went, and goes back to the support's page."""
    try:
        act()
    except (NotAnswered, ChangeUnderWay) as error:
        messages.info(request, str(error))
    except PatronageError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, thanks)
    return redirect("members:my-support")


@login_required
@never_cache
@require_safe
def my_support(request: HttpRequest) -> HttpResponse:
    member: Any = request.user
    context = {**support_facts(member), "payments": own_payments(member)[:3], "moves": pending_moves(member)}
    return render(request, "members/my_support.html", context)


@own_page
@of_named
def change(request: HttpRequest, named: Subscription | None) -> HttpResponse:
    """Which amount, how often; what that costs is shown before anything is done."""
    member: Any = request.user
    try:
        subscription = require_changeable(member, named)
    except PatronageError as error:
        messages.info(request, str(error))
        return redirect("members:my-support")
    form = ChangeForm(_posted(request), offers=Offers(), currency=subscription.currency)
    if not form.is_bound:
        return _choose(request, subscription, form, status=200)
    try:
        if form.is_valid() and form.money is not None:
            shown = propose_change(
                member=member, money=form.money, interval=form.cleaned_data["frequency"], subscription=subscription
            )
            return SeeOther(reverse("members:confirm-change", args=[shown.key]))
    except AmountRefused as error:
        form.add_error("other_amount", str(error))
    except PatronageError as error:
        status = 503 if isinstance(error, StripeResting | NotConfigured) else 422
        return _choose(request, subscription, form, status=status, form_error=str(error))
    return _choose(request, subscription, form, status=422)


def _choose(
    request: HttpRequest, subscription: Subscription, form: ChangeForm, *, status: int, form_error: str = ""
) -> HttpResponse:
    """The page of choices with what was typed, and each error beside its field."""
    context = {
        "subscription": subscription, "form_error": form_error,
        "errors": {name: " ".join(map(str, found)) for name, found in form.errors.items()},
        **change_choices(form.offers, subscription, {name: str(value) for name, value in form.data.items()}),
    }  # fmt: skip
    return render(request, "members/change_support.html", context, status=status)


@own_page
def confirm(request: HttpRequest, key: UUID) -> HttpResponse:
    """What Stripe's preview says, and one button. Pressed twice, it is done once."""
    member: Any = request.user
    shown = shown_change(member=member, key=key)
    if shown is None:
        raise Http404
    if request.method == "POST":
        return _confirm(request, shown)
    if shown.state != SupportChange.State.SHOWN or is_stale(shown):
        return _choose_anew(shown) if shown.state == SupportChange.State.SHOWN else redirect("members:my-support")
    return render(request, "members/confirm_change.html", {"change": shown, "subscription": shown.subscription})


def _choose_anew(shown: SupportChange) -> HttpResponse:
    return redirect(f"{reverse('members:change-support')}?support={shown.subscription_id}")


def _confirm(request: HttpRequest, shown: SupportChange) -> HttpResponse:
    try:
        made = confirm_change(change=shown)
    except ShownTooLongAgo as error:
        messages.info(request, str(error))
        return _choose_anew(shown)
    except (NotAnswered, ChangeUnderWay) as error:
        messages.info(request, str(error))
    except PatronageError as error:
        messages.error(request, str(error))
    else:
        _say_made(request, made)
    return redirect("members:my-support")


def _say_made(request: HttpRequest, made: SupportChange) -> None:
    if made.state == SupportChange.State.DONE:
        messages.success(request, _("Your support is changed. Thank you."))
    elif made.state == SupportChange.State.ASKED:
        messages.info(request, _("Your last change is still being made. Please look again in a minute."))
    else:
        messages.error(request, _("That change was not made. Please choose again."))


@own_page
@of_named
def pause(request: HttpRequest, subscription: Subscription | None) -> HttpResponse:
    """One page that says what a pause means, with one button."""
    member: Any = request.user
    if request.method == "POST":
        thanks = _("Your support is paused. Nothing is taken until you go on.")
        if _has_others(member, subscription):
            thanks = _("It is paused: nothing is taken for it until you go on.")
        return _say(request, lambda: pause_support(member=member, subscription=subscription), thanks)
    if subscription is None or subscription.status != "active" or subscription.cancel_at_period_end:
        return redirect("members:my-support")
    return render(request, "members/pause_support.html", support_facts(member, subscription))


@own_page
@of_named
def resume(request: HttpRequest, subscription: Subscription | None) -> HttpResponse:
    """Says what is paid when, then goes on."""
    member: Any = request.user
    if request.method == "POST":
        thanks = _("Your support goes on. Thank you.")
        return _say(request, lambda: resume_support(member=member, subscription=subscription), thanks)
    if subscription is None or subscription.status != "paused":
        return redirect("members:my-support")
    return render(request, "members/resume_support.html", support_facts(member, subscription))


@own_page
@of_named
def end(request: HttpRequest, subscription: Subscription | None) -> HttpResponse:
    """One page that says what will happen, asks why without insisting, and has one button."""
    member: Any = request.user
    form = EndForm(_posted(request))
    if request.method == "POST" and form.is_valid() and not (subscription and subscription.cancel_at_period_end):
        return _end(request, subscription, form)
    if subscription is None or subscription.cancel_at_period_end:
        return redirect("members:my-support")
    context = {**support_facts(member, subscription), "form": form, "reasons": SupportChange.Reason.choices}
    return render(request, "members/end_support.html", context, status=422 if form.is_bound else 200)


def _end(request: HttpRequest, named: Subscription | None, form: EndForm) -> HttpResponse:
    member: Any = request.user
    try:
        subscription = end_support(member=member, subscription=named, **form.cleaned_data)
    except (NotAnswered, ChangeUnderWay) as error:
        messages.info(request, str(error))
    except PatronageError as error:
        messages.error(request, str(error))
    else:
        until = subscription.current_period_end if subscription.cancel_at_period_end else subscription.ended_at
        said = say_last_payment(subscription) or _ended(until, has_others=_has_others(member, subscription))
        messages.success(request, " ".join([said, _("Thank you for what you gave.")]))
    return redirect("members:my-support")


def _has_others(member: Member, subscription: Subscription | None) -> bool:
    """Whether more runs than the one, of which nothing is said then."""
    others = running_subscriptions(member)
    return subscription is not None and others.exclude(pk=subscription.pk).exists()


def _ended(until: Any, *, has_others: bool) -> str:
    day = date_format(timezone.localtime(until), "DATE_FORMAT") if until else ""
    if has_others:
        return _("It ends on %(day)s, and nothing more is taken for it.") % {"day": day}
    return _("Your support ends on %(day)s. Nothing more will be taken.") % {"day": day}


@own_button
@of_named
def keep(request: HttpRequest, subscription: Subscription | None) -> HttpResponse:
    member: Any = request.user
    thanks = _("Your support goes on. Thank you.")
    return _say(request, lambda: keep_support(member=member, subscription=subscription), thanks)


@own_button
@of_named
def portal(request: HttpRequest, subscription: Subscription | None) -> HttpResponse:
    """To Stripe's page: straight to the card, or to all that stands there."""
    member: Any = request.user
    language = get_language() or settings.LANGUAGE_CODE
    is_for_card = request.POST.get("for") == "card"
    try:
        return SeeOther(
            open_portal(member=member, language=language, is_for_card=is_for_card, subscription=subscription)
        )
    except PatronageError as error:
        messages.error(request, str(error))
        return redirect("members:my-support")
