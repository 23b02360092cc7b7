import re
from typing import Any

from django import forms
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from members.patronage.models import SupportChange

NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9 -]{3,58}")
WHO = _("Please write the e-mail address that your support belongs to, or the number of a receipt.")


class WithdrawForm(forms.Form):
    """Whose support it is: no more than can be asked of somebody who may have lost all else."""

    given = forms.CharField(label=_("Your e-mail address, or the number of a receipt"), max_length=254,
                            error_messages={"required": WHO})  # fmt: skip
    name = forms.CharField(label=_("Your name, if you like"), max_length=150, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["given"].widget.attrs |= {"autocomplete": "email", "inputmode": "email"}
        self.fields["name"].widget.attrs |= {"autocomplete": "name"}

    def clean_given(self) -> str:
        given = str(self.cleaned_data["given"])
        if "@" in given:
            try:
                validate_email(given)
            except forms.ValidationError as error:
                raise forms.ValidationError(WHO) from error
        elif not NUMBER.fullmatch(given):
            raise forms.ValidationError(WHO)
        return given


class EndSupportForm(WithdrawForm):
    reason = forms.ChoiceField(
        label=_("Why? You need not say."), required=False,
        choices=[("", "—"), *SupportChange.Reason.choices],
    )  # fmt: skip
