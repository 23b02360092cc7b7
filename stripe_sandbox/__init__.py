"""A small Stripe peer for demos and tests: real HTTP, real webhooks, no money. See README.md."""

API_VERSION = "2026-10-28.endive"
