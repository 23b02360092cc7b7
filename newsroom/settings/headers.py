"""Security headers: the one declaration is newsroom.lib.headers; here it is bound to this deployment."""

from newsroom.lib.header_policy import desk_policy, public_policy
from newsroom.settings.base import IS_HTTPS, TRUSTED_PROXIES
from newsroom.settings.delivery import STRIPE_API_BASE

CHECKOUT_ORIGINS = (
    [STRIPE_API_BASE]
    if STRIPE_API_BASE
    else ["https://checkout.stripe.com", "https://billing.stripe.com", "https://invoice.stripe.com"]
)
CONTENT_SECURITY_POLICY = {"DIRECTIVES": public_policy(CHECKOUT_ORIGINS)}
DESK_CONTENT_POLICY = desk_policy()
SECURE_HSTS_SECONDS = 31_536_000 if IS_HTTPS else 0
# Believed only from a proxy of ours, which sets it; without one, anybody could.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if IS_HTTPS and TRUSTED_PROXIES else None
X_FRAME_OPTIONS = "DENY"

__all__ = [name for name in dir() if name.isupper()]
