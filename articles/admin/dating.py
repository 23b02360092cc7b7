"""The page on which an editor corrects the day that a story was published on."""

from __future__ import annotations

from copy import copy
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles import acting, dating
from articles.models import Article
from articles.moving import PublishingError


class DateForm(forms.Form):
    seen = forms.DateField(required=False, widget=forms.HiddenInput)  # the date that stood there when this was opened
    on = forms.DateField(
        label=gettext_lazy("Date of publication"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": gettext_lazy("Enter a day."), "invalid": gettext_lazy("Enter a day.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        required=False,  # the verb asks for it, in words
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Colleagues find it among the story's revisions; readers do not see it."),
    )


def correct_date(model_admin: Any, request: HttpRequest, object_id: str) -> HttpResponse:
    row = model_admin.find_row(request, object_id)
    if not acting.may(request.user, "publish_article"):
        raise PermissionDenied
    form = DateForm(request.POST or None, initial={"seen": row.published_on, "on": row.published_on}, label_suffix="")
    if request.method == "POST" and form.is_valid() and _correct(request, row, form):
        messages.success(request, _("The date is corrected. The old address leads to the new one."))
        return HttpResponseRedirect(reverse("admin:articles_article_change", args=[row.pk]))
    context = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "original": row,
        "title": _("Date of “%(headline)s”") % {"headline": row.working_headline},
        "base_name": "admin:articles_article",
        "form": form,
    }
    status = 422 if form.errors else 200
    return TemplateResponse(request, "admin/articles/article/correct_date.html", context, status=status)


def _correct(request: HttpRequest, row: Article, form: DateForm) -> bool:
    """Whether it is done; otherwise the form says why not, and holds the date that is looked at now."""
    as_read = copy(row)
    as_read.published_on = form.cleaned_data.pop("seen")
    try:
        dating.correct_date(user=request.user, article=as_read, **form.cleaned_data)
    except PublishingError as error:
        form.add_error(None, forms.ValidationError(error.sentences))
        form.data = {name: form.data.get(name) for name in form.fields} | {"seen": row.published_on}
        return False
    return True
