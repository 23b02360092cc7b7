"""Two saved on one revision: both side by side, and a choice for each field."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from articles.admin.held_notes import held_note
from articles.admin.opening import own_autosave
from articles.autosaving import keep_aside
from articles.conflicts import Undecided, find_choices, put_together
from articles.content import content_of
from articles.models import Article, Revision
from articles.revising import EditConflict, Form, check_may_write, save_page_revision, save_revision
from newsroom.lib.row_keys import read_key


def show_conflict(admin: Any, request: HttpRequest, row: Any, form: Any, conflict: EditConflict) -> HttpResponse:
    """Keeps what could not be saved, so that closing this page loses nothing, and asks."""
    content, based_on = form.content(), form.based_on_id
    mine = keep_aside(user=request.user, row=row, content=content, based_on=based_on, form=form.origin)
    row.refresh_from_db()
    if mine is None:
        messages.info(request, _("You had changed nothing. This is the newer version."))
        return _to_form(admin, row)
    if {"publish_at", "unpublish_at", "take_down_note", "embargo_until"} & set(form.changed_data):
        messages.warning(
            request,
            _("The times that you chose are not set yet: once you have decided, they stand in their fields again."),
        )
    return _ask(admin, request, row, mine, sentence=str(conflict), status=409)


def decide(request: HttpRequest, *, admin: Any, object_id: str) -> HttpResponse:
    row = admin.find_row(request, object_id)
    check_may_write(request.user, row)
    values = request.POST if request.method == "POST" else request.GET
    mine = own_autosave(request, row, values.get("mine", ""))
    if request.method != "POST":
        return _ask(admin, request, row, mine)
    try:
        _save(request, row, mine)
    except EditConflict as conflict:
        row.refresh_from_db()
        return _ask(admin, request, row, mine, sentence=str(conflict), status=409)
    except Undecided as undecided:
        return _ask(admin, request, row, mine, sentence=_("Choose in each place."), missing=undecided.names, status=422)
    messages.success(request, _("Saved as you decided. Look it over before you publish."))
    return _to_form(admin, row)


def _save(request: HttpRequest, row: Any, mine: Revision) -> None:
    """Of what the page showed: a third version saved meanwhile is a conflict again."""
    theirs = Revision.objects.of(row).filter(pk=read_key(request.POST.get("theirs"))).first()
    if theirs is None or theirs.pk != row.latest_revision_id:
        raise EditConflict(row.latest_revision)
    base = content_of(mine.based_on) if mine.based_on else None
    decided = {name: str(value) for name, value in request.POST.items()}
    content: Any = put_together(base=base, theirs=content_of(theirs), mine=content_of(mine), decided=decided)
    origin = Form(mine.session_key, mine.sequence)
    if isinstance(row, Article):
        save_revision(user=request.user, article=row, content=content, based_on=theirs.pk, form=origin)
    else:
        save_page_revision(user=request.user, page=row, content=content, based_on=theirs.pk, form=origin)


def _ask(
    admin: Any,
    request: HttpRequest,
    row: Any,
    mine: Revision,
    *,
    sentence: str = "",
    missing: list[str] | None = None,
    status: int = 200,
) -> HttpResponse:
    base = content_of(mine.based_on) if mine.based_on else None
    fields = find_choices(base=base, theirs=content_of(row.latest_revision), mine=content_of(mine))
    context = {
        **admin.admin_site.each_context(request),
        "opts": admin.opts,
        "original": row,
        "title": _("Two versions of “%(headline)s”") % {"headline": row.working_headline},
        "fields": fields,
        "theirs": row.latest_revision,
        "mine": mine,
        "held_note": held_note(request, row),
        "sentence": sentence,
        "missing": missing or [],
        "chosen": request.POST.dict() if missing else {},
        "base_name": f"admin:articles_{admin.opts.model_name}",
    }
    return TemplateResponse(request, "admin/articles/conflict.html", context, status=status)


def _to_form(admin: Any, row: Any) -> HttpResponse:
    return HttpResponseRedirect(reverse(f"admin:articles_{admin.opts.model_name}_change", args=[row.pk]))
