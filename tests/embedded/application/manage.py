"""A stand-in for an application that is quick to start: the launcher knows it only by its commands."""

import os
import sys
from pathlib import Path

command = sys.argv[1]
if command == os.environ.get("BROKEN_COMMAND"):
    sys.exit("the reason of the failure")
if command == "collectstatic":
    Path(os.environ["STATIC_ROOT"], "site.css").write_text("")
if command == "demo_signins":
    print("editor@example.org signs in with 123456")
