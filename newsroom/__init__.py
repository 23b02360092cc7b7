"""Newsroom: an editorial CMS with reader membership."""
