"""The editors' desk: every change goes through a verb of `articles`."""

from articles.admin import deciding, house, media, pages, stories, taxonomy  # noqa: F401
