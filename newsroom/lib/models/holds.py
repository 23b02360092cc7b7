from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Hold(models.Model):
    """While the one row is there, no mail leaves and Stripe is asked nothing. Restoring a backup writes it: what was
    owed when the backup was made may have been done since."""

    since = models.DateTimeField(auto_now_add=True)
    reason = models.CharField(max_length=200)

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="hold_one_row")]

    def __str__(self) -> str:
        return self.reason
