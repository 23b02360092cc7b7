from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from newsroom.lib.languages import main_language


class Campaign(models.Model):
    """What asks: the appeal at the foot of a story, in the newsroom's own voice. `text` is two paragraphs or so,
    parted by an empty line."""

    language = models.CharField(_("language"), max_length=12, default=main_language)
    translation_key = models.UUIDField(default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=120, help_text=_("For you; readers do not see it."))
    lead = models.CharField(_("lead line"), max_length=250)
    text = models.TextField(_("text"), help_text=_("Part paragraphs by an empty line."))
    button_label = models.CharField(_("words on the button"), max_length=60)
    other_label = models.CharField(_("words of the link to other ways"), max_length=80)
    is_running = models.BooleanField(_("running"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        constraints = [
            models.UniqueConstraint(
                fields=["language"], condition=Q(is_running=True), name="campaign_one_runs_per_language"
            ),
            models.UniqueConstraint(fields=["translation_key", "language"], name="campaign_one_per_language"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def paragraphs(self) -> list[str]:
        return [paragraph.strip() for paragraph in self.text.split("\n\n") if paragraph.strip()]
