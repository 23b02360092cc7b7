"""allauth with our letters and our one door."""

import secrets
from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import get_next_redirect_url
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from members.accounts.addresses import find_member
from members.accounts.factors import has_factor
from members.accounts.marker import set_marker
from members.accounts.models import Member
from members.accounts.sign_in_links import issue_sign_in_link
from members.accounts.targets import forget_target, remembered_target
from newsroom.lib.audit import record
from newsroom.lib.letters import write_letter

CODE_MAIL = "account/email/login_code"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "incorrect_code": _("This is not the code. Look at the newest mail and try once more."),
        "too_many_login_attempts": _("Too many wrong codes. Ask for a new one, or wait a few minutes."),
        "rate_limited": _("That was a lot in a short time. Please wait a few minutes and try again."),
    }

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """The one mail that allauth sends here is the code, to which we add a link. Raises ValueError for any other: it
        would have no row."""
        if template_prefix != CODE_MAIL:
            raise ValueError(f"No letter is written for {template_prefix}.")
        request, member = context["request"], find_member(email)
        if member is None:
            raise ValueError("A code is for a member.")
        link = issue_sign_in_link(
            member=member, email=email, target=get_next_redirect_url(request) or "", session=request.session
        )
        write_letter(
            "members/sign_in_code",
            cause=f"sign-in-code:{secrets.token_hex(16)}",
            to_email=email,
            language=get_language() or settings.LANGUAGE_CODE,
            context={"code": context["code"], "link": link, "minutes": settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT // 60},
            member_id=member.pk,
            is_urgent=True,
            expires_at=timezone.now() + timedelta(seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT),
        )

    def send_notification_mail(
        self, template_prefix: str, user: Member, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """allauth tells here of each change to a second factor ("mfa/email/totp_activated"): the audit keeps it."""
        record(f"member.{template_prefix.rpartition('/')[2]}", actor=user, target=user)

    def login(self, request: HttpRequest, user: Member) -> None:
        request.session.set_expiry(None)  # the short life of a sign-in under way is over
        super().login(request, user)

    def post_login(self, request: HttpRequest, user: Member, **kwargs: Any) -> HttpResponse:
        response = super().post_login(request, user, **kwargs)
        set_marker(response)
        forget_target(response)
        return response

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return remembered_target(request) or super().get_login_redirect_url(request)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Only a second factor can be asked for again; nobody has a password to repeat."""
        return super().is_reauthentication_required(app=app, **kwargs) and has_factor(self.request.user)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        return [method for method in super().get_reauthentication_methods(user) if method["id"] != "reauthenticate"]
