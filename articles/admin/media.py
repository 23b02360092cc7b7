"""The library of pictures and files, and what the pickers ask."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from js_asset import Script
from unfold.decorators import display
from unfold.paginator import InfinitePaginator

from articles import acting
from articles.acting import acting_user
from articles.admin.kept import KeptAdmin
from articles.models import Asset, Image
from articles.pictures import PictureError, add_image, save_image_words, thumbnail_url
from newsroom.lib.audit import record

PICK_LIMIT = 24
WORDS = ("title", "alt", "caption", "credit")


class NewImageForm(forms.ModelForm):
    """The picture is taken in while the form is checked, since only then can it still say what is wrong with it."""

    user: Any = None
    made: Image

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"].required = False

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.errors and values.get("file"):
            values["file"].seek(0)
            try:
                self.made = add_image(user=self.user, **{name: values.get(name, "") for name in ("file", *WORDS)})
            except PictureError as error:
                self.add_error("file", str(error))
        return values


@admin.register(Image)
class ImageAdmin(KeptAdmin):
    paginator = InfinitePaginator
    show_full_result_count = False
    list_per_page = 50
    list_display = ["thumbnail", "title", "alt", "credit", "measures", "added_at"]
    list_display_links = ["thumbnail", "title"]
    search_fields = ["title", "alt", "caption", "credit"]
    readonly_fields = ["large", "measures", "used_in_stories"]
    fieldsets = (
        (None, {"fields": ["large", *WORDS]}),
        (gettext_lazy("The point that stays in view"), {"fields": [("focal_x", "focal_y")]}),
        (gettext_lazy("About"), {"fields": ["measures", "used_in_stories"]}),
    )
    add_fieldsets = ((None, {"fields": ["file", *WORDS]}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Image]:
        return super().get_queryset(request).prefetch_related("renditions")

    def get_form(self, request: HttpRequest, obj: Image | None = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = type("NewImageForm", (NewImageForm,), {"user": request.user})
        return super().get_form(request, obj, change, **kwargs)

    def save_model(self, request: HttpRequest, obj: Image, form: Any, change: bool) -> None:
        if change:
            save_image_words(user=request.user, image=obj)
            return
        obj.pk, obj._state.adding = form.made.pk, False

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """The audit has it."""

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:
        """The audit has it."""

    @display(description=_("Picture"))
    def thumbnail(self, row: Image) -> SafeString:
        """It is a link, which needs a name."""
        mark = '<img class="writing-thumb" src="{}" alt="{}" loading="lazy">'
        return format_html(mark, thumbnail_url(row), row.title or row.alt or row.pk)

    @display(description=gettext_lazy("picture"))
    def large(self, row: Image) -> SafeString:
        return format_html(
            '<img class="writing-large" src="{}" alt="{}" data-focal-picture>', row.file.url if row.pk else "", row.alt
        )

    @display(description=gettext_lazy("added"), ordering="created_at")
    def added_at(self, row: Image) -> datetime:
        return row.created_at

    @display(description=gettext_lazy("size"))
    def measures(self, row: Image) -> str:
        return f"{row.width} × {row.height}"

    @display(description=gettext_lazy("used in"))
    def used_in_stories(self, row: Image) -> SafeString | str:
        stories = {story.pk: story for story in row.leads.only("headline")}
        stories |= {use.article.pk: use.article for use in row.used_in.select_related("article") if use.article}
        links = [(reverse("admin:articles_article_change", args=[pk]), story) for pk, story in stories.items()]
        return format_html_join(", ", '<a href="{}">{}</a>', links) or _("nothing that is published")

    class Media:
        css = {"all": ["articles/editor.css"]}
        js = [Script("articles/focal.js", type="module")]

    # What the pickers ask

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("pick/", wrap(self.pick), name="articles_image_pick"),
            path("upload/", wrap(require_POST(self.upload)), name="articles_image_upload"),
            path("<int:image_id>/thumb/", wrap(self.thumb), name="articles_image_thumb"),
            *super().get_urls(),
        ]

    def pick(self, request: HttpRequest) -> JsonResponse:
        """Pictures of the library, the newest first."""
        self._check(request, "view_image")
        rows = Image.objects.prefetch_related("renditions").order_by("-pk")
        if words := request.GET.get("q", "").strip():
            rows = rows.filter(Q(title__icontains=words) | Q(alt__icontains=words) | Q(credit__icontains=words))
        return JsonResponse({"items": [_as_item(row) for row in rows[:PICK_LIMIT]]})

    def upload(self, request: HttpRequest) -> JsonResponse:
        """A picture straight from the editor; 422 with a sentence when it cannot be taken."""
        self._check(request, "add_image")
        file = request.FILES.get("file")
        words = {name: request.POST.get(name, "").strip()[:500] for name in ("alt", "caption", "credit")}
        try:
            if file is None:
                raise PictureError(_("Choose a file."))
            if not words["alt"]:
                raise PictureError(_("Describe the picture for those who cannot see it."))
            image = add_image(user=request.user, file=file, **{**words, "credit": words["credit"][:200]})
        except PictureError as error:
            return JsonResponse({"error": str(error)}, status=422)
        return JsonResponse(_as_item(image))

    def thumb(self, request: HttpRequest, image_id: int) -> HttpResponse:
        self._check(request, "view_image")
        image = Image.objects.prefetch_related("renditions").filter(pk=image_id).first()
        if image is None:
            raise Http404
        return HttpResponseRedirect(thumbnail_url(image))

    @staticmethod
    def _check(request: HttpRequest, permission: str) -> None:
        if not acting.may(request.user, permission):
            raise PermissionDenied


def _as_item(image: Image) -> dict[str, Any]:
    return {
        "id": image.pk,
        "title": image.title,
        "alt": image.alt,
        "caption": image.caption,
        "credit": image.credit,
        "note": image.credit or f"{image.width} × {image.height}",
        "thumb": thumbnail_url(image),
    }


@admin.register(Asset)
class AssetAdmin(KeptAdmin):
    """Files such as PDFs. A file that stands is not changed under its address: a new one gets a new address."""

    paginator = InfinitePaginator
    show_full_result_count = False
    list_display = ["title", "address", "added_at"]
    search_fields = ["title"]
    fields = ["file", "title", "address"]
    readonly_fields = ["address"]

    def get_readonly_fields(self, request: HttpRequest, obj: Asset | None = None) -> list[str]:
        return ["address", "file"] if obj else ["address"]

    def save_model(self, request: HttpRequest, obj: Asset, form: Any, change: bool) -> None:
        if not change:
            obj.created_by = acting_user(request)
        obj.save()
        record("asset.changed" if change else "asset.added", actor=acting_user(request), target=obj)

    @display(description=gettext_lazy("added"), ordering="created_at")
    def added_at(self, row: Asset) -> datetime:
        return row.created_at

    @display(description=gettext_lazy("address"))
    def address(self, row: Asset) -> str:
        return row.file.url if row.pk else "—"
