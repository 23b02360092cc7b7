from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from newsletters.models import Newsletter


class SignupForm(forms.Form):
    email = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=254,
        error_messages={
            "required": _("Please write the address that it should come to."),
            "invalid": _("This does not look like an e-mail address. Please check it."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
    )


class ChosenSignupForm(SignupForm):
    """On the list of all: which ones, ticked, and the address."""

    def __init__(self, *args: Any, language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = Newsletter.objects.filter(language=language, is_active=True)
        self.fields["newsletters"] = forms.ModelMultipleChoiceField(
            queryset=offered, error_messages={"required": _("Please tick at least one newsletter.")}
        )


class ChoiceForm(forms.Form):
    """On the account page: any number of those offered, in every language."""

    newsletters = forms.ModelMultipleChoiceField(
        queryset=Newsletter.objects.filter(is_active=True), required=False, label=_("Newsletters")
    )
