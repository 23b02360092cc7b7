"""What the form's script asks: keep what is typed, who is here, take an autosave up again or leave it."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from articles import autosaving, presence
from articles.acting import acting_user
from articles.admin.held_fields import hold_fields
from articles.admin.held_notes import hold_note
from articles.admin.opening import own_autosave
from articles.models import Revision


def keep(request: HttpRequest, *, admin: Any, object_id: str | None = None) -> JsonResponse:
    """Autosaves the form as it is; of a new story it makes the draft, once."""
    row = admin.find_row(request, object_id) if object_id else None
    form = admin.make_form(request, row, request.POST)
    form.is_valid()  # whatever it refuses is kept all the same
    try:
        row, based_on = (row, form.based_on_id) if row else _begin(admin, request, form)
        kept = autosaving.autosave(
            user=request.user, row=row, content=form.draft_content(), based_on=based_on, form=form.origin
        )
    except PermissionDenied as refusal:
        return JsonResponse({"refused": str(refusal)}, status=403)
    hold_fields(request, row)
    if "holds_note" in request.POST:  # a copy that the browser kept is taken up again
        hold_note(request, row)
    others = _others(request, row, form.origin.session_key)
    return JsonResponse({**_addresses(admin, row), **others, **_news(row, based_on), "kept": kept.pk if kept else None})


def present(request: HttpRequest, *, admin: Any, object_id: str) -> HttpResponse:
    """GET: I am here, who else is? POST: I have gone."""
    row = admin.find_row(request, object_id)
    session_key = str((request.POST if request.method == "POST" else request.GET).get("session_key", ""))[:40]
    if request.method == "POST":
        presence.end_presence(user=acting_user(request), row=row, session_key=session_key)
        return HttpResponse(status=204)
    return JsonResponse({**_person(request), **_others(request, row, session_key)})


@require_GET
def signed_in(request: HttpRequest) -> JsonResponse:
    """For a new story, which nobody else can have open."""
    return JsonResponse({**_person(request), "others": []})


@require_GET
def welcome(request: HttpRequest) -> TemplateResponse:
    """Where signing in again ends: the story stands open in another tab."""
    return TemplateResponse(request, "admin/articles/signed_in.html")


def take(request: HttpRequest, *, admin: Any, object_id: str) -> HttpResponse:
    row = admin.find_row(request, object_id)
    kept = own_autosave(request, row, request.POST.get("autosave", ""))
    key = autosaving.new_session_key()
    autosaving.take_autosave(user=request.user, row=row, autosave=kept, session_key=key)
    address = reverse(f"admin:articles_{admin.opts.model_name}_change", args=[row.pk])
    return HttpResponseRedirect(f"{address}?autosave={kept.pk}")


def leave(request: HttpRequest, *, admin: Any, object_id: str) -> HttpResponse:
    row = admin.find_row(request, object_id)
    kept = own_autosave(request, row, request.POST.get("autosave", ""))
    autosaving.leave_autosave(user=request.user, autosave=kept)
    messages.info(request, _("Left aside. It stands among the revisions for a month."))
    return HttpResponseRedirect(reverse(f"admin:articles_{admin.opts.model_name}_change", args=[row.pk]))


def sentence_on(present: presence.Present) -> str:
    when = date_format(timezone.localtime(present.since), "H:i")
    if present.is_self:
        return _("You have this open in another tab, since %(when)s.") % {"when": when}
    return _("%(who)s has this open, since %(when)s.") % {"who": present.name, "when": when}


def _begin(admin: Any, request: HttpRequest, form: Any) -> tuple[Any, int]:
    if not admin.has_add_permission(request):
        raise PermissionDenied(_("Your role does not allow this. Ask an editor or a publisher."))
    create = partial(admin.create, request, form, form.draft_content())
    key = form.origin.session_key or autosaving.new_session_key()
    row = autosaving.begin(user=request.user, kind=admin.model, session_key=key, create=create)
    first = Revision.objects.of(row).saved().order_by("pk").values_list("pk", flat=True)[0]
    return row, form.based_on_id or first


def _addresses(admin: Any, row: Any) -> dict[str, str]:
    base = f"admin:articles_{admin.opts.model_name}"
    names = {"address": "change", "autosave_url": "autosave", "present_url": "present"}
    return {key: reverse(f"{base}_{name}", args=[row.pk]) for key, name in names.items()}


def _news(row: Any, based_on: int | None) -> dict[str, Any]:
    """Whether somebody saved since the form was opened."""
    latest, newer = row.latest_revision, ""
    if latest is not None and latest.pk != based_on:
        newer = _("%(who)s saved a newer version at %(when)s. When you save, you will see both and choose.") % {
            "who": latest.created_by or _("Somebody"),
            "when": date_format(timezone.localtime(latest.created_at), "H:i"),
        }
    return {"based_on": based_on, "newer": newer, "at": date_format(timezone.localtime(), "H:i")}


def _person(request: HttpRequest) -> dict[str, Any]:
    """Who is signed in, and the token of their session: after signing in again the page's own is the old one."""
    return {"user": request.user.pk, "token": get_token(request)}


def _others(request: HttpRequest, row: Any, session_key: str) -> dict[str, list[str]]:
    found = presence.note_presence(user=acting_user(request), row=row, session_key=session_key)
    return {"others": [sentence_on(other) for other in found]}
