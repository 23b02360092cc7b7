"""Answers 200 to everything on PORT, with the number of its process."""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

if "BROKEN_WEB" in os.environ:
    sys.exit("the reason of its end")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(os.getpid()).encode())

    def log_message(self, *arguments):
        pass


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
