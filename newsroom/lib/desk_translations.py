"""“Translation of” at the desk: a field, and what it asks, for every row that has a `translation_key`."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms.widgets import Select
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminAutocompleteWidget

from newsroom.lib.languages import language_name
from newsroom.lib.row_keys import read_keys
from newsroom.lib.translations import TranslationError, check_is_free, key_beside, one_per_language, original_of

OFFERED = 20


class FoundByTyping(UnfoldAdminAutocompleteWidget):
    """Reads the chosen row alone; others are asked for as somebody types."""

    option_template_name = Select.option_template_name  # with the empty one, by which a choice is taken back

    def optgroups(self, name: str, value: list[str], attrs: Any = None) -> Any:
        choices: Any = self.choices
        rows = choices.queryset.filter(pk__in=read_keys(",".join(value)))
        options = [self.create_option(name, "", "", not value, 0)]
        options += [self.create_option(name, row.pk, _name_of(row), True, 1) for row in rows]
        return [(None, options, 0)]


class TranslationField(forms.ModelChoiceField):
    widget = FoundByTyping

    def __init__(self, **kwargs: Any) -> None:
        """What was shown is sent along: a field that nobody touched undoes nothing that was joined meanwhile."""
        super().__init__(
            queryset=None, required=False, label=gettext_lazy("Translation of"), show_hidden_initial=True,
            help_text=gettext_lazy("The same in another language: there is one for each."), **kwargs,
        )  # fmt: skip

    def offer(self, model: Any, language: str = "") -> None:
        """Rows of the model; of a row that is there already only those in other languages than its own."""
        self.queryset = model._default_manager.all()
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_translations")
        self.widget.attrs["data-ajax--url"] = f"{address}?{urlencode({'language': language})}" if language else address


def clean_translation(form: Any, row: Any, language: str) -> None:
    """Puts the key of what was chosen into the row, or a sentence beside the field."""
    if "translation_of" not in form.cleaned_data:
        return  # refused already, or only to be read
    other, is_new = form.cleaned_data["translation_of"], row._state.adding
    if other is not None and other.language == language:
        sentence = _("This is in %(language)s too: choose one in another language.")
        form.add_error("translation_of", sentence % {"language": language_name(language)})
        return
    is_named = other is not None if is_new else "translation_of" in form.changed_data
    key = key_beside(other) if is_named else row.translation_key
    try:
        check_is_free(row, key, language)
    except TranslationError as error:
        form.add_error("translation_of", str(error))
    else:
        row.translation_key = key


class TranslationForm(forms.ModelForm):
    translation_of = TranslationField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "translation_of" not in self.fields:
            return  # shown to one who may not change it
        is_new = self.instance._state.adding
        self.fields["translation_of"].offer(type(self.instance), "" if is_new else self.instance.language)  # type: ignore[attr-defined]
        if not is_new:
            self.initial["translation_of"] = original_of(self.instance)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        clean_translation(self, self.instance, values.get("language") or self.instance.language)
        return values


class TranslationAdmin(ModelAdmin):
    """Mixed in before an admin whose form has the field. Who may neither add nor change asks for nothing."""

    name_field = "name"

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_translations"
        offer = path("translations/", self.admin_site.admin_view(self.offer_translations), name=name)
        return [offer, *super().get_urls()]

    def offer_translations(self, request: HttpRequest) -> JsonResponse:
        """Rows in other languages than `language` whose name has the words, few at once."""
        if not (self.has_add_permission(request) or self.has_change_permission(request)):
            raise PermissionDenied
        rows = self.model._default_manager.exclude(language=request.GET.get("language", ""))
        if words := request.GET.get("term", "").strip():
            rows = rows.filter(**{f"{self.name_field}__icontains": words})
        items = [{"id": str(row.pk), "text": _name_of(row)} for row in rows[:OFFERED]]
        return JsonResponse({"results": items, "pagination": {"more": False}})

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        try:
            with one_per_language():
                return super().changeform_view(request, object_id, form_url, extra_context)
        except TranslationError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(request.get_full_path())

    @display(description=gettext_lazy("Translation of"), empty_value="–")
    def translation_of(self, row: Any) -> str | None:
        """For those who may only read."""
        other = original_of(row)
        return _name_of(other) if other is not None else None


def _name_of(row: Any) -> str:
    return f"{row} ({language_name(row.language)})"
