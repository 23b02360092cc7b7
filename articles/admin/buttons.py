"""What each button of the desk's forms does: one verb, and the sentence that says so."""

from __future__ import annotations

from urllib.parse import urljoin

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from articles import previews, publishing, reviewing, scheduling, translating
from articles.admin.forms import PageForm, StoryForm
from articles.models import Article, Note, Page
from articles.moving import PublishingError
from newsroom.lib.row_keys import read_key, read_keys


def submit(request: HttpRequest, row: Article, form: StoryForm) -> str:
    reviewing.submit_for_review(user=request.user, article=row)
    return _("Submitted for review.")


def publish(request: HttpRequest, row: Article, form: StoryForm) -> str:
    publishing.publish(user=request.user, article=row)
    return _("Published.")


def schedule(request: HttpRequest, row: Article, form: StoryForm) -> str:
    at = form.cleaned_data["publish_at"]
    if at is None:
        raise PublishingError(_("Choose the time to publish at."))
    scheduling.schedule(user=request.user, article=row, at=at)
    return _("Scheduled.")


def make_preview_link(request: HttpRequest, row: Article, form: StoryForm) -> str:
    token = previews.create_preview_link(user=request.user, article=row)
    address = urljoin(settings.SITE_URL, reverse("articles:preview", args=[token]))
    return _("Whoever has this address can read the draft for seven days. It is shown once: %s") % address


def revoke_preview_links(request: HttpRequest, row: Article, form: None) -> str:
    count = previews.revoke_preview_links(user=request.user, article=row)
    return _("Addresses closed: %d.") % count


def unpublish(request: HttpRequest, row: Article, form: None) -> str:
    publishing.unpublish(user=request.user, article=row, note=request.POST.get("unpublish_note", ""))
    return _("Taken down. Its address now says so, with your note.")


def unschedule(request: HttpRequest, row: Article, form: None) -> str:
    scheduling.unschedule(user=request.user, article=row)
    return _("No longer scheduled.")


def set_embargo(request: HttpRequest, row: Article, form: StoryForm) -> str:
    until, reason = form.cleaned_data["embargo_until"], form.cleaned_data["embargo_reason"]
    scheduling.set_embargo(user=request.user, article=row, until=until, reason=reason)
    return _("The embargo is set.") if until else _("The embargo is lifted.")


def schedule_unpublishing(request: HttpRequest, row: Article, form: StoryForm) -> str:
    at, note = form.cleaned_data["unpublish_at"], form.cleaned_data["take_down_note"]
    scheduling.schedule_unpublishing(user=request.user, article=row, at=at, note=note)
    return _("It will be taken down then.") if at else _("It stays.")


def mark_translation_current(request: HttpRequest, row: Article, form: StoryForm) -> str:
    translating.mark_as_current(user=request.user, article=row)
    return _("Noted: this text follows its source again.")


def request_changes(request: HttpRequest, row: Article, form: StoryForm) -> str:
    reviewing.request_changes(user=request.user, article=row, text=request.POST.get("note_text", ""))
    return _("Returned to its writer, who is told what to change.")


def add_note(request: HttpRequest, row: Article, form: StoryForm | None) -> str:
    to = read_keys(",".join(request.POST.getlist("note_to")))
    reviewing.add_note(user=request.user, article=row, text=request.POST.get("note_text", ""), to=to)
    return _("The note stands beside the story.")


def resolve_note(request: HttpRequest, row: Article, form: StoryForm | None) -> str:
    note = Note.objects.filter(article=row, pk=read_key(request.POST.get("resolve"))).first()
    if note is None:
        raise PublishingError(_("This note is not there any more."))
    reviewing.resolve_note(user=request.user, note=note)
    return _("Resolved.")


def publish_page(request: HttpRequest, row: Page, form: PageForm) -> str:
    publishing.publish_page(user=request.user, page=row)
    return _("Published.")


def unpublish_page(request: HttpRequest, row: Page, form: None) -> str:
    publishing.unpublish_page(user=request.user, page=row, note=request.POST.get("unpublish_note", ""))
    return _("Taken down. Its address now says so, with your note.")
