"""The forms of the desk: plain forms over a snapshot. They write nothing but tags that are new."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.db.models import F, IntegerField, QuerySet, Value
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.admin.held_fields import LOCAL_TIME
from articles.admin.opening import Opening
from articles.content import BylineEntry, PageContent, StoryContent
from articles.models import Article, Author, Byline, Page, Section, Series, Tag
from articles.revising import Form, find_or_make_tags, find_tags
from articles.widgets import BodyEditor
from newsroom.lib.desk_translations import TranslationField, clean_translation
from newsroom.lib.row_keys import read_keys

MIN_BYLINES = 3
TEXTS = ("headline", "deck", "body", "slug", "tags", "lead_caption", "lead_credit")
Offer = tuple[int, str]  # key and name of a row to choose


class LocalTimeField(forms.Field):
    """A time in the newsroom's zone, as the browser's own control writes it; aware when cleaned.

    An hour that the clocks skip is refused. Of an hour that comes twice the first is meant, which the desk shows with
    its zone ("03:30 EEST").
    """

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=LOCAL_TIME)
        super().__init__(required=False, widget=widget, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return timezone.localtime(value).replace(tzinfo=None) if isinstance(value, datetime) else value

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values or isinstance(value, datetime):
            return value or None
        try:
            local = datetime.fromisoformat(str(value)).replace(tzinfo=timezone.get_current_timezone(), fold=0)
        except ValueError as error:
            raise forms.ValidationError(_("Enter a day and a time."), code="invalid") from error
        moment = local.astimezone(UTC)
        if timezone.localtime(moment).replace(tzinfo=None) != local.replace(tzinfo=None):
            raise forms.ValidationError(
                _("This time does not exist: the clocks go forward then. Choose an hour later."), code="skipped"
            )
        return moment

    def has_changed(self, initial: Any, data: Any) -> bool:
        shown = initial.replace(second=0, microsecond=0) if initial else None  # the control knows no seconds
        return self.to_python(data) != shown


class IdListField(forms.CharField):
    """Ids in order, with commas between; what is no number is dropped."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.HiddenInput, **kwargs)

    def prepare_value(self, value: Any) -> str:
        return value if isinstance(value, str) else ",".join(str(pk) for pk in value or [])

    def clean(self, value: Any) -> list[int]:
        return read_keys(value)


class ContentForm(forms.Form):
    """What a story and a page share. Everything may be empty: a draft is saved in whatever state it is."""

    headline = forms.CharField(
        label=_("Headline"), required=False, max_length=250,
        widget=forms.Textarea(attrs={"rows": 1, "class": "writing-headline", "data-one-line": ""}),
    )  # fmt: skip
    deck = forms.CharField(
        label=_("Deck"), required=False, widget=forms.Textarea(attrs={"rows": 2, "class": "writing-deck"})
    )
    body = forms.CharField(label=_("Body"), required=False, widget=BodyEditor())
    slug = forms.SlugField(
        label=_("Address"), required=False, max_length=80, help_text=_("Left empty, the headline makes it.")
    )
    note = forms.CharField(label=_("Note on this version"), required=False, max_length=250)
    based_on = forms.IntegerField(required=False, widget=forms.HiddenInput)
    # Which form in which tab this is, and how many times it has spoken: see articles.autosaving.
    session_key = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)
    sequence = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, opening: Opening, **kwargs: Any) -> None:
        initial = {**opening.content.to_json(), **opening.hidden(), **kwargs.pop("initial", {})}
        super().__init__(*args, initial=initial, **{"label_suffix": "", **kwargs})

    @property
    def based_on_id(self) -> int | None:
        return self.cleaned_data.get("based_on")

    @property
    def origin(self) -> Form:
        """For the verbs that write: which form speaks."""
        return Form(self.cleaned_data.get("session_key") or "", self.cleaned_data.get("sequence") or 0)

    def ways(self) -> dict[str, Any]:
        """What the verbs that save are told beside the content: on what, from which form, and why."""
        return {"based_on": self.based_on_id, "form": self.origin, "note": self.cleaned_data["note"]}

    def typed(self) -> dict[str, Any]:
        """What the fields hold, also where the form would refuse it: an autosave takes a draft as it is."""
        refused = {name: str(self.data.get(name, "")) for name in TEXTS if name in self.errors}
        return {**self.cleaned_data, **refused}


class PageForm(ContentForm):
    translation_of = TranslationField()

    def __init__(self, *args: Any, row: Page, **kwargs: Any) -> None:
        """`row` is the page, or one that is not saved yet."""
        self.row = row
        super().__init__(*args, **kwargs)
        self.fields["slug"].help_text = _("One short word, for example about.")
        self.fields["translation_of"].help_text = _(
            "The same in another language. Readers are led there as soon as this is saved."
        )
        self.fields["translation_of"].offer(Page, row.language)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        clean_translation(self, self.row, self.row.language)
        return self.cleaned_data

    @property
    def names_another(self) -> bool:
        """Page than it was shown with, or none any more."""
        if "translation_of" not in self.cleaned_data:
            return False
        is_first = self.row._state.adding and self.cleaned_data["translation_of"] is not None
        return is_first or "translation_of" in self.changed_data

    def content(self) -> PageContent:
        return PageContent.from_json(self.cleaned_data)

    def draft_content(self) -> PageContent:
        return PageContent.from_json(self.typed())


class StoryForm(ContentForm):
    kind = forms.ChoiceField(label=_("Kind"), choices=Article.Kind.choices)
    section_id = forms.TypedChoiceField(label=_("Section"), required=False, coerce=int, empty_value=None)
    series_id = forms.TypedChoiceField(label=_("Series"), required=False, coerce=int, empty_value=None)
    tags = forms.CharField(label=_("Tags"), required=False, help_text=_("With commas between; a new name makes a tag."))
    lead_image_id = forms.IntegerField(required=False, widget=forms.HiddenInput)
    lead_caption = forms.CharField(label=_("Caption"), required=False, max_length=500)
    lead_credit = forms.CharField(label=_("Credit"), required=False, max_length=200)
    related_ids = IdListField()
    is_front_lead = forms.BooleanField(label=_("Leads the front page"), required=False)
    publish_at = LocalTimeField(label=_("Publish at"))
    unpublish_at = LocalTimeField(label=_("Take down at"))
    take_down_note = forms.CharField(
        label=_("Note for readers"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    embargo_until = LocalTimeField(label=_("Embargo until"))
    embargo_reason = forms.CharField(label=_("Why the embargo changes"), required=False, max_length=500)

    def __init__(self, *args: Any, opening: Opening, language: str, **kwargs: Any) -> None:
        self.language = language
        content: StoryContent = opening.content
        offered = _offered(language, content.tag_ids)
        tags = dict(offered["tag"])
        names = [tags[pk] for pk in content.tag_ids if pk in tags] + content.new_tags
        kwargs["initial"] = {"tags": ", ".join(names), **kwargs.get("initial", {})}
        super().__init__(*args, opening=opening, **kwargs)
        self.fields["section_id"].choices = [("", _("Choose a section")), *offered["section"]]  # type: ignore[attr-defined]
        self.fields["series_id"].choices = [("", _("None")), *offered["series"]]  # type: ignore[attr-defined]
        self._add_bylines(content.bylines, offered["author"])

    def _add_bylines(self, entries: list[BylineEntry], offered: list[Offer]) -> None:
        """A row for each, and at least three."""
        authors = [("", "—"), *offered]
        self.byline_count = max(MIN_BYLINES, len(entries) + 1)
        for number in range(self.byline_count):
            entry = entries[number] if number < len(entries) else None
            self.fields[f"author_{number}"] = forms.TypedChoiceField(
                label=_("Author"), choices=authors, coerce=int, empty_value=None, required=False,
                initial=entry["author_id"] if entry else None,
            )  # fmt: skip
            self.fields[f"role_{number}"] = forms.ChoiceField(
                label=_("Role"), choices=Byline.Role.choices, required=False,
                initial=entry["role"] if entry else Byline.Role.WORDS,
            )  # fmt: skip

    def byline_rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"author_{number}"], self[f"role_{number}"]) for number in range(self.byline_count)]

    def _bylines(self) -> Iterable[BylineEntry]:
        for number in range(self.byline_count):
            author = self.cleaned_data.get(f"author_{number}")
            if author:
                role = self.cleaned_data.get(f"role_{number}") or Byline.Role.WORDS
                yield BylineEntry(author_id=author, role=role)

    def content(self) -> StoryContent:
        """The snapshot; tags that are new are made by name."""
        names = self.cleaned_data["tags"].split(",")
        tag_ids = find_or_make_tags(names=names, language=self.language)
        return StoryContent.from_json({**self.cleaned_data, "tag_ids": tag_ids, "bylines": list(self._bylines())})

    def draft_content(self) -> StoryContent:
        """As typed so far; a tag that is half written is not made."""
        values = self.typed()
        tag_ids, new = find_tags(names=values.get("tags", "").split(","), language=self.language)
        return StoryContent.from_json({**values, "tag_ids": tag_ids, "new_tags": new, "bylines": list(self._bylines())})


def _offered(language: str, tag_ids: Iterable[int]) -> dict[str, list[Offer]]:
    """The sections, series and authors to choose from, each in its own order, and of the tags those that the story
    has; one query."""

    def rows(kind: str, queryset: QuerySet[Any], place: F | Value) -> QuerySet[Any]:
        named = queryset.order_by().annotate(offer=Value(kind), place=Cast(place, IntegerField()))
        return named.values_list("offer", "pk", "name", "place", "sort_key")

    sections = rows("section", Section.objects.filter(language=language), F("position"))
    series = rows("series", Series.objects.filter(language=language), Value(0))
    authors = rows("author", Author.objects.all(), Value(0))
    tags = rows("tag", Tag.objects.filter(pk__in=tag_ids), Value(0))
    offered: dict[str, list[Offer]] = {"section": [], "series": [], "author": [], "tag": []}
    found = sections.union(series, authors, tags, all=True).order_by("place", "sort_key")
    for offer, pk, name, _place, _key in found:
        offered[offer].append((pk, name))
    return offered
