"""The demo's authenticator app: the second factors of the demo's staff, so that a visitor can pass the real check
without a telephone. Answers in demo and test only."""

import time
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt

from newsroom.settings.environment import IS_PRODUCTION

STEP_SECONDS = 30


@dataclass(frozen=True)
class DemoCode:
    name: str
    email: str
    role: str
    code: str
    seconds_left: int


def demo_codes() -> list[DemoCode]:
    """The current six digits of each member of staff at a demo address (example.org)."""
    if IS_PRODUCTION:
        return []
    now = int(time.time())
    rows = Authenticator.objects.filter(
        type=Authenticator.Type.TOTP, user__is_staff=True, user__email__endswith="@example.org"
    ).select_related("user")
    return [
        DemoCode(
            name=row.user.name,
            email=row.user.email,
            role=", ".join(group.name for group in row.user.groups.all()),
            code=totp.format_hotp_value(totp.hotp_value(decrypt(row.data["secret"]), now // STEP_SECONDS)),
            seconds_left=STEP_SECONDS - now % STEP_SECONDS,
        )
        for row in rows.prefetch_related("user__groups").order_by("user_id")
    ]
