from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.voting.models import Candidate


class SuggestForm(forms.Form):
    """A suggestion. `is_another` is asked for when a topic that asks nearly the same stands already."""

    question = forms.CharField(
        label=gettext_lazy("Your question"), max_length=200, min_length=12,
        help_text=gettext_lazy("As you would ask it: “Why does the bridge open at ten past eight?”"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    why = forms.CharField(
        label=gettext_lazy("Why it matters"), max_length=1000, required=False,
        help_text=gettext_lazy("Two lines are enough. What you know, and whom it touches."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip
    is_another = forms.BooleanField(label=gettext_lazy("Mine asks something else"), required=False)


class BallotForm(forms.Form):
    """One number per candidate of the round, from none to the whole allowance."""

    def __init__(self, *args: object, candidates: list[Candidate], allowance: int, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.candidates = candidates
        for candidate in candidates:
            self.fields[name_of(candidate)] = forms.IntegerField(
                label=candidate.topic.question, min_value=0, max_value=allowance, required=False
            )

    def clean(self) -> None:
        """A form of another round names none of this one's topics: it must not empty this round's ballot."""
        if not any(name in self.data for name in self.fields):
            raise forms.ValidationError(_("This ballot is of another round. Please choose again from this one."))
        if self.errors:
            raise forms.ValidationError(_("Please choose from the dots."))

    def votes(self) -> dict[int, int]:
        return {row.pk: self.count_of(row) for row in self.candidates}

    def count_of(self, candidate: Candidate) -> int:
        """What was typed for the candidate, as far as it is a number we take."""
        return self.cleaned_data.get(name_of(candidate)) or 0


def name_of(candidate: Candidate) -> str:
    return f"candidate-{candidate.pk}"
