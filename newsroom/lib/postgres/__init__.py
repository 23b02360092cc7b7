"""Django's PostgreSQL, for a server that restarts or hangs: see base.py."""
