"""Pictures and files. In production the proxy answers /media/ from the same folder; here the application does, so
that a bare machine needs nothing else."""

from pathlib import PurePosixPath

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe
from django.views.static import serve

# Written out: what `mimetypes` knows depends on the machine, and without its type an AVIF is not shown.
SHOWN = {
    ".avif": "image/avif",
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".webp": "image/webp",
}
DOWNLOAD = "application/octet-stream"
LONGEST_NAME = 255  # bytes; ours are far shorter, and the file system answers a longer one with an error


@require_safe
def serve_media(request: HttpRequest, name: str) -> HttpResponseBase:
    """A stored file under its unguessable name; what a browser should not open is sent as a download. Always the whole
    file: ranges, of which sound and film are made, are the proxy's."""
    is_ours = not name.endswith("/") and len(name.encode()) <= LONGEST_NAME
    if not is_ours or any(part.startswith(".") for part in PurePosixPath(name).parts):
        raise Http404
    response = serve(request, name, document_root=settings.MEDIA_ROOT)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    kind = SHOWN.get(PurePosixPath(name).suffix.lower(), DOWNLOAD)
    response.headers["Content-Type"] = kind
    del response.headers["Content-Disposition"]  # it repeats the file's name, which says nothing
    if kind == DOWNLOAD:
        response.headers["Content-Disposition"] = "attachment"
        del response.headers["Content-Encoding"]  # a .gz is a file, not a way of sending one
    if kind == "application/pdf":
        response._csp_exempt = True  # type: ignore[union-attr]  # the browser's own viewer needs styles
    return response
