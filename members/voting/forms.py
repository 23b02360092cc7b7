from django import forms
from django.utils.translation import gettext_lazy as _

from members.voting.models import Candidate


class SuggestForm(forms.Form):
    """A suggestion. `is_another` is asked for when a topic that asks nearly the same stands already."""

    question = forms.CharField(
        label=_("Your question"), max_length=200, min_length=12,
        help_text=_("As you would ask it: “Why does the bridge open at ten past eight?”"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    why = forms.CharField(
        label=_("Why it matters"), max_length=1000, required=False,
        help_text=_("Two lines are enough. What you know, and whom it touches."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip
    is_another = forms.BooleanField(label=_("Mine asks something else"), required=False)


class BallotForm(forms.Form):
    """One number per candidate of the round, from none to the whole allowance."""

    def __init__(self, *args: object, candidates: list[Candidate], allowance: int, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.candidates = candidates
        for candidate in candidates:
            self.fields[f"candidate-{candidate.pk}"] = forms.IntegerField(
                label=candidate.topic.question, min_value=0, max_value=allowance, required=False
            )

    def votes(self) -> dict[int, int]:
        return {row.pk: self.cleaned_data.get(f"candidate-{row.pk}") or 0 for row in self.candidates}
