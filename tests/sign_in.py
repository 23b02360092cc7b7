"""Signing a test's client in with the session that allauth itself would have left."""

import time

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
RECORDS_OF = "account_authentication_methods_user"


def sign_in(client, member, second_factor=True):
    """As by a code and, for staff unless told otherwise, by an authenticator app, which is made if there is none."""
    client.force_login(member, backend=BACKEND)
    now = time.time()
    records = [{"method": "code", "at": now, "email": member.email}]
    if second_factor and member.is_staff:
        factor = make_app(member)
        records.append({"method": "mfa", "at": now, "id": factor.pk, "type": factor.type})
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = records
    session[RECORDS_OF] = str(member.pk)
    session.save()
    client.cookies["signed_in"] = "1"


def make_app(member):
    """The member's authenticator app (TOTP)."""
    known = Authenticator.objects.filter(user=member, type=Authenticator.Type.TOTP).first()
    return known or totp.TOTP.activate(member, totp.generate_totp_secret()).instance


def app_code(factor):
    """What the app shows now. allauth takes each code once."""
    counter = next(iter(totp.yield_hotp_counters_from_time()))
    return totp.format_hotp_value(totp.hotp_value(factor.data["secret"], counter))
