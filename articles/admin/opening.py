"""What a form begins with: the latest revision, or an autosave that is taken up again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.http import Http404, HttpRequest

from articles.autosaving import new_session_key
from articles.content import content_of, latest_page_content, latest_story_content
from articles.models import Article, Page, Revision
from articles.revising import Form
from newsroom.lib.row_keys import read_key


@dataclass
class Opening:
    """`based_on` is what whoever writes has before them: of an autosave what it was based on, however old, so that
    saving it finds what was saved in between."""

    content: Any  # StoryContent or PageContent
    based_on: int | None = None
    form: Form = field(default_factory=lambda: Form(new_session_key()))

    def hidden(self) -> dict[str, Any]:
        return {"based_on": self.based_on, "session_key": self.form.session_key, "sequence": self.form.sequence}


def open_row(request: HttpRequest, row: Article | Page) -> Opening:
    taken = request.GET.get("autosave", "")
    if request.method == "GET" and taken:
        kept = own_autosave(request, row, taken)
        return Opening(content_of(kept), kept.based_on_id, Form(kept.session_key, kept.sequence))
    content = latest_story_content(row) if isinstance(row, Article) else latest_page_content(row)
    return Opening(content, row.latest_revision_id)


def own_autosave(request: HttpRequest, row: Article | Page, number: str) -> Revision:
    """Http404 for another's, and for one that was saved meanwhile."""
    rows = Revision.objects.of(row).autosaved().filter(created_by_id=request.user.pk)
    kept = rows.filter(pk=read_key(number)).first()
    if kept is None:
        raise Http404
    return kept
