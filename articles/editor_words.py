"""What our part of the editor says in the browser, handed to it with the page in the desk's language: its modules hold
the English and look the translation up (`say` in static/articles/editor/labels.js)."""

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

EDITOR_WORDS = (
    _("Add a new picture"),
    _("Add to the library"),
    _("Address of the video, sound or chart"),
    _("Cancel"),
    _("Caption"),
    _("Choose a picture"),
    _("Choose a story"),
    _("Choose the first story"),
    _("Credit"),
    _("Description for those who cannot see it"),
    _("Embed"),
    _("File"),
    _("Heading"),
    _("Insert"),
    _("Link to a story of ours"),
    _("Nothing found."),
    _("Own story"),
    _("Picture"),
    _("Players are built for these sites only; set a link to any other:"),
    _("Pull quote"),
    _("Read also"),
    _("Related box"),
    _("Remove"),
    _("Search"),
    _("The library’s own caption and credit are shown"),
    _("The disk is full: the picture was not kept, the text is safe. Please tell whoever runs this site."),
    _("The picture could not be added. Try again."),
)


def translated_words() -> dict[str, str]:
    """English → the active language."""
    return {word: gettext(word) for word in EDITOR_WORDS}
