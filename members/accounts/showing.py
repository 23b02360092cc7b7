"""What the account page says about signing in."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.urls import reverse

from members.accounts.models import Member


def sign_in_facts(member: Member) -> dict[str, Any]:
    """For `members/account.html`: `passkeys` (how many), `has_app`, `recovery_codes` (unused ones, None without a
    factor), `is_staff`, and the addresses `second_factor_url` and `sign_out_everywhere_url` (POST)."""
    authenticators = list(Authenticator.objects.filter(user=member))
    types = [authenticator.type for authenticator in authenticators]
    codes = [row for row in authenticators if row.type == Authenticator.Type.RECOVERY_CODES]
    return {
        "passkeys": types.count(Authenticator.Type.WEBAUTHN),
        "has_app": Authenticator.Type.TOTP in types,
        "recovery_codes": len(codes[0].wrap().get_unused_codes()) if codes else None,
        "is_staff": member.is_staff,
        "second_factor_url": reverse("mfa_index"),
        "sign_out_everywhere_url": reverse("account_sign_out_everywhere"),
    }
