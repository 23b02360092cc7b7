"""Pictures and files. In production the proxy answers /media/ from the same folder; here the application does, so
that a bare machine needs nothing else."""

import mimetypes

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe
from django.views.static import serve

SHOWN = frozenset({"image/jpeg", "image/png", "image/webp", "image/avif", "image/gif", "application/pdf"})


@require_safe
def serve_media(request: HttpRequest, name: str) -> HttpResponseBase:
    """A stored file under its unguessable name; what a browser should not open is sent as a download."""
    kind = mimetypes.guess_type(name)[0] or ""
    if name.startswith(".") or name.endswith("/"):
        raise Http404
    response = serve(request, name, document_root=settings.MEDIA_ROOT)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    if kind not in SHOWN:
        response.headers["Content-Disposition"] = "attachment"
    return response
