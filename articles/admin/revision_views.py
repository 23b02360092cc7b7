"""The revisions of a story or page: the list, comparing two, restoring and naming one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from articles import comparing, restoring, timing
from articles.content import content_of
from articles.models import Revision
from articles.models.revisions import RevisionQuerySet
from articles.revising import EditConflict
from newsroom.lib.row_keys import read_key

PER_PAGE = 50


def revisions(request: HttpRequest, *, admin: Any, object_id: str) -> HttpResponse:
    """The newest first; older ones from `?before=`, so that nothing is counted."""
    row = admin.find_row(request, object_id)
    rows = _readable(request, row).select_related("created_by").defer("content").order_by("-pk")
    if (before := read_key(request.GET.get("before"))) is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: PER_PAGE + 1])
    return _page(
        admin,
        request,
        row,
        "revisions",
        _("Revisions of “%(headline)s”") % {"headline": row.working_headline},
        revisions=found[:PER_PAGE],
        older=found[PER_PAGE - 1].pk if len(found) > PER_PAGE else None,
        can_edit=admin.has_change_permission(request, row),
        decisions=[] if before else timing.latest_decisions(row),
    )


def compare(request: HttpRequest, *, admin: Any, object_id: str) -> HttpResponse:
    """The older against the newer, whichever way they were chosen."""
    row = admin.find_row(request, object_id)
    chosen = [_find(request, row, request.GET.get(name, "")) for name in ("old", "new")]
    old, new = sorted(chosen, key=lambda revision: (revision.created_at, revision.pk))
    differences = comparing.compare(content_of(old), content_of(new))
    return _page(
        admin,
        request,
        row,
        "compare",
        _("Two revisions of “%(headline)s”") % {"headline": row.working_headline},
        old=old,
        new=new,
        changed=[difference for difference in differences if difference.is_changed],
        decisions=timing.decisions_between(row, old, new),
        same=[difference.part.label for difference in differences if not difference.is_changed],
    )


def restore(request: HttpRequest, *, admin: Any, object_id: str) -> HttpResponse:
    row = admin.find_row(request, object_id)
    revision = _find(request, row, request.POST.get("revision", ""))
    known = read_key(request.POST.get("based_on"))
    try:
        restoring.restore_revision(user=request.user, row=row, revision=revision, based_on=known)
    except EditConflict:
        messages.error(request, _("Somebody saved a newer version just now. Look at it first, then restore."))
        return _to(admin, row, "revisions")
    messages.success(request, _("Restored as a new revision. Readers see no change until you publish."))
    return _to(admin, row, "change")


def name(request: HttpRequest, *, admin: Any, object_id: str) -> HttpResponse:
    row = admin.find_row(request, object_id)
    revision = _find(request, row, request.POST.get("revision", ""))
    restoring.name_revision(user=request.user, row=row, revision=revision, name=request.POST.get("name", ""))
    messages.success(request, _("Named. It is kept for ever.") if request.POST.get("name") else _("The name is gone."))
    return _to(admin, row, "revisions")


def _readable(request: HttpRequest, row: Any) -> RevisionQuerySet:
    return Revision.objects.of(row).readable_by(request.user)


def _find(request: HttpRequest, row: Any, number: str) -> Revision:
    rows = _readable(request, row).select_related("created_by")
    found = rows.filter(pk=read_key(number)).first()
    if found is None:
        raise Http404
    return found


def _page(admin: Any, request: HttpRequest, row: Any, template: str, title: str, **context: Any) -> HttpResponse:
    shared = {
        **admin.admin_site.each_context(request),
        "opts": admin.opts,
        "original": row,
        "title": title,
        "base_name": f"admin:articles_{admin.opts.model_name}",
    }
    return TemplateResponse(request, f"admin/articles/{template}.html", {**shared, **context})


def _to(admin: Any, row: Any, name: str) -> HttpResponse:
    return HttpResponseRedirect(reverse(f"admin:articles_{admin.opts.model_name}_{name}", args=[row.pk]))
