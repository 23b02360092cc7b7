"""Newsletters, sign-ups, editions and their deliveries."""
