"""Words of the desk's look which its package has in no Ukrainian: named here, so that they are gathered and translated
with ours."""

from django.utils.translation import gettext_noop as _

WORDS = (
    _("All applications"), _("Apply Filters"), _("Choose file to upload"), _("Click to cancel"),
    _("Click to download"), _("Expand row"), _("Filters"), _("General"), _("Go back"), _("Image preview"), _("Light"),
    _("More actions"), _("Next"), _("No data"), _("Previous"), _("Record picture"), _("Reset filters"),
    _("Return to site"), _("Run"), _("Select action"), _("Select action to run"), _("Select all rows"),
    _("Select record"), _("Select value"), _("Submit"), _("System"), _("This item will be deleted."),
    _("Type to search"),
)  # fmt: skip
