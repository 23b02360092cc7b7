"""Backups: database and media in one file, sealed with age where there is a key, and back again."""
