"""What each button of the desk's forms does: one verb, and the sentence that says so."""

from __future__ import annotations

from urllib.parse import urljoin

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from articles import previews, publishing, scheduling
from articles.admin.forms import PageForm, StoryForm
from articles.models import Article, Page


def submit(request: HttpRequest, row: Article, form: StoryForm) -> str:
    publishing.submit_for_review(user=request.user, article=row)
    return _("Submitted for review.")


def publish(request: HttpRequest, row: Article, form: StoryForm) -> str:
    publishing.publish(user=request.user, article=row)
    return _("Published.")


def schedule(request: HttpRequest, row: Article, form: StoryForm) -> str:
    at = form.cleaned_data["publish_at"]
    if at is None:
        raise publishing.PublishingError(_("Choose the time to publish at."))
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


def return_to_draft(request: HttpRequest, row: Article, form: None) -> str:
    publishing.return_to_draft(user=request.user, article=row)
    return _("Returned to its writer as a draft.")


def publish_page(request: HttpRequest, row: Page, form: PageForm) -> str:
    publishing.publish_page(user=request.user, page=row)
    return _("Published.")


def unpublish_page(request: HttpRequest, row: Page, form: None) -> str:
    publishing.unpublish_page(user=request.user, page=row, note=request.POST.get("unpublish_note", ""))
    return _("Taken down. Its address now says so, with your note.")
