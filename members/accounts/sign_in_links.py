"""The link beside the code in the sign-in mail. It opens in any browser and asks for a click there; it stands and falls
with its code, since both are spent by deleting one row."""

from collections.abc import MutableMapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from members.accounts.addresses import find_member
from members.accounts.errors import AccountError
from members.accounts.models import Member, SignInLink
from members.accounts.targets import open_target, seal_target
from newsroom.lib.tokens import hash_token, new_token

LINK_LASTS = timedelta(seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT)
KEY = "sign_in_link"  # in the session that asked: which row its code spends


def issue_sign_in_link(*, member: Member, email: str, target: str, session: MutableMapping[str, Any]) -> str:
    """The full address of a link for the code that is being mailed; what `session` was mailed before ends. `target` is
    where the reader was going: an address of this site, or nothing."""
    token = new_token()
    with transaction.atomic():
        end_sign_in_link(session=session)
        row = SignInLink.objects.create(
            member=member,
            email=email,
            token_hash=hash_token(token),
            target=seal_target(target, token=token),
            expires_at=timezone.now() + LINK_LASTS,
        )
    session[KEY] = row.pk
    return settings.SITE_URL + reverse("account_sign_in_link", args=[token])


def find_sign_in_link(token: str) -> SignInLink | None:
    """The link while it can still be used."""
    return SignInLink.objects.open_now().filter(token_hash=hash_token(token)).select_related("member").first()


def use_sign_in_link(*, token: str) -> SignInLink:
    """Spends the link, and with it the code; answers whom it signs in and where they were going. Raises AccountError
    when either was used, and for one that is expired or unknown."""
    link = _spend(token_hash=hash_token(token))
    if link is None:
        raise over()
    link.target = open_target(link.target, token=token)
    return link


def over() -> AccountError:
    return AccountError(_("This sign-in link is used or has expired. Ask for a new one."))


def spend_code(*, session: MutableMapping[str, Any], member: Member) -> bool:
    """The right code for `member` was typed into the browser of `session`. False where it is worth nothing any more: it
    or its link was used, perhaps at this very moment, or the address it went to is somebody else's by now."""
    return _spend(pk=session.pop(KEY, None), member=member) is not None


def end_sign_in_link(*, session: MutableMapping[str, Any]) -> None:
    """Nothing that was mailed to this session signs in any more."""
    SignInLink.objects.filter(pk=session.pop(KEY, None)).delete()


def end_sign_in_links(member: Member) -> None:
    """Nothing that is on its way to the member signs in any more, code or link."""
    SignInLink.objects.filter(member=member).delete()


def _spend(**which: Any) -> SignInLink | None:
    with transaction.atomic():
        rows = SignInLink.objects.open_now().select_for_update(of=("self",)).select_related("member")
        link = rows.filter(**which).first()
        if link is not None:
            SignInLink.objects.filter(pk=link.pk).delete()
    # One that was made at the very moment in which its member moved to another address was not ended with the others.
    return link if link is not None and find_member(link.email) == link.member else None
