from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class MemberNote(models.Model):
    """What staff write down about a member, for those who look after members. Never changed."""

    member = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="staff_notes")
    text = models.TextField(_("note"), max_length=4000)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("note on a member")
        verbose_name_plural = _("notes on members")
        ordering = ["-id"]
        indexes = [models.Index(fields=["member", "-id"], name="note_of_member")]

    def __str__(self) -> str:
        return f"note {self.pk}"
