"""The inbox, one mail, and its body in a frame that may run nothing."""

from csp.decorators import csp, csp_update
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from newsroom.site.inbox.authenticator import demo_codes
from newsroom.site.inbox.maildir import Mail, find_mail, newest_mails

# The whole policy: with `csp_replace` what is not named here would stay as on the site, its scripts too.
BODY_POLICY = {
    "default-src": ["'none'"],
    "style-src": ["'unsafe-inline'"],
    "img-src": ["'self'", "data:"],
    "frame-ancestors": ["'self'"],
    "form-action": ["'none'"],
}


@require_safe
@never_cache
def inbox(request: HttpRequest) -> HttpResponse:
    recipient = request.GET.get("to", "").strip()
    mails = newest_mails(settings.MAIL_INBOX_DIR, recipient)
    return render(request, "inbox/inbox.html", {"mails": mails, "recipient": recipient, "codes": demo_codes()})


@require_safe
@never_cache
@csp_update({"frame-src": ["'self'"]})  # type: ignore[arg-type]  # typed for views without arguments
def message(request: HttpRequest, key: str) -> HttpResponse:
    return render(request, "inbox/message.html", {"mail": _mail_or_404(key)})


@require_safe
@never_cache
@xframe_options_sameorigin
@csp(BODY_POLICY)  # type: ignore[arg-type]  # typed for views without arguments
def message_body(request: HttpRequest, key: str) -> HttpResponse:
    mail = _mail_or_404(key)
    html = mail.html.replace("<head>", '<head><base target="_top">', 1)
    return HttpResponse(html or "", headers={"X-Robots-Tag": "noindex"})


def _mail_or_404(key: str) -> Mail:
    mail = find_mail(settings.MAIL_INBOX_DIR, key)
    if mail is None:
        raise Http404
    return mail
