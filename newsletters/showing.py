"""What other pages show of the newsletters. Reads only."""

from newsletters.models import Newsletter
from newsroom.lib.page_cache import note_keys


def offered(language: str) -> list[Newsletter]:
    """The newsletters that one can sign up for in this language, in the newsroom's order."""
    note_keys("newsletters")
    return list(Newsletter.objects.filter(language=language, is_active=True))
