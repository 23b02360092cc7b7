"""Does nothing, with a child of its own that ignores SIGTERM, as a busy worker's may."""

import os
import signal
import subprocess
import sys

stubborn = "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
subprocess.Popen([sys.executable, "-c", stubborn, os.environ["NEWSROOM_VAR"]])
signal.pause()
