from django import forms
from django.utils.translation import gettext_lazy as _

from newsletters.models import Newsletter


class SignupForm(forms.Form):
    email = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=254,
        error_messages={"invalid": _("This does not look like an e-mail address. Please check it.")},
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
    )


class ChoiceForm(forms.Form):
    """Which newsletters, ticked; on the account page and on the list of all."""

    newsletters = forms.ModelMultipleChoiceField(
        queryset=Newsletter.objects.filter(is_active=True), required=False, widget=forms.CheckboxSelectMultiple,
        label=_("Newsletters"),
    )  # fmt: skip
