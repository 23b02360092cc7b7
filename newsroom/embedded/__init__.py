"""The launcher: starts what a demo or a test run needs on a bare machine, and stops all of it again.

It never imports Django; it hands the addresses of what it started over in the environment.
"""
