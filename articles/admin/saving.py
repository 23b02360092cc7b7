"""What the forms of stories and pages have for never losing a word: their addresses, and what the page shows of it."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from articles.acting import acting_user
from articles.admin import autosave_views, conflict_views, revision_views
from articles.admin.held_fields import held_fields
from articles.admin.held_notes import held_note
from articles.autosaving import find_own_autosave
from articles.presence import note_presence
from articles.revising import Form

OF_A_ROW = {
    "autosave": require_POST(autosave_views.keep),
    "take": require_POST(autosave_views.take),
    "leave": require_POST(autosave_views.leave),
    "present": require_http_methods(["GET", "POST"])(autosave_views.present),
    "decide": require_http_methods(["GET", "POST"])(conflict_views.decide),
    "revisions": require_GET(revision_views.revisions),
    "compare": require_GET(revision_views.compare),
    "restore": require_POST(revision_views.restore),
    "name": require_POST(revision_views.name),
}


def saving_urls(admin: Any) -> list[URLPattern]:
    """For each view an address under the row's; `admin` is the WritingAdmin that finds rows and makes forms."""
    base, wrap = f"articles_{admin.opts.model_name}", admin.admin_site.admin_view
    urls = [
        path(f"<path:object_id>/{name}/", wrap(partial(view, admin=admin)), name=f"{base}_{name}")
        for name, view in OF_A_ROW.items()
    ]
    return [
        path("autosave/", wrap(partial(OF_A_ROW["autosave"], admin=admin)), name=f"{base}_begin"),
        path("present/", wrap(autosave_views.signed_in), name=f"{base}_signed_in"),
        path("signed-in/", wrap(autosave_views.welcome), name=f"{base}_welcome"),
        *urls,
    ]


def saving_context(admin: Any, request: HttpRequest, row: Any, form: Any) -> dict[str, Any]:
    """Where the form's script speaks to, an autosave to take up again, and who else is here."""
    base = f"admin:articles_{admin.opts.model_name}"
    context: dict[str, Any] = {
        "autosave_url": reverse(f"{base}_autosave", args=[row.pk]) if row else reverse(f"{base}_begin"),
        "present_url": reverse(f"{base}_present", args=[row.pk]) if row else reverse(f"{base}_signed_in"),
        "welcome_url": reverse(f"{base}_welcome"),
        "revisions_url": reverse(f"{base}_revisions", args=[row.pk]) if row else "",
        **{f"{name}_name": f"{base}_{name}" for name in ("compare", "take", "leave")},
    }
    if row is None:
        return context
    context["held_note"] = held = held_note(request, row)
    fields = held_fields(request, row)
    context["held_fields"] = fields.typed
    if not admin.has_change_permission(request, row):
        return context
    kept = find_own_autosave(user=request.user, row=row)
    session_key = str(form["session_key"].value() or "")
    others = note_presence(user=acting_user(request), row=row, session_key=session_key)
    return {
        **context,
        "kept": kept if kept and kept.session_key != session_key else None,
        "others": [autosave_views.sentence_on(present) for present in others],
        "saved_form": held.form or fields.form or saved_by(request, row),
    }


def saved_by(request: HttpRequest, row: Any) -> Form | None:
    """The form that wrote the latest revision, when it was this person's: its copy in the browser has done its work."""
    latest = row.latest_revision
    if latest is None or latest.created_by_id != request.user.pk:
        return None
    return Form(latest.session_key, latest.sequence)
