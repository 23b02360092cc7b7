from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from newsroom.lib.languages import main_language


class Menu(models.Model):
    """The links in one place of every page, per language."""

    class Place(models.TextChoices):
        MAIN = "main", _("under the masthead")
        FOOTER = "footer", _("at the foot")

    place = models.CharField(_("place"), max_length=10, choices=Place)
    language = models.CharField(_("language"), max_length=12, default=main_language)

    class Meta:
        verbose_name = _("menu")
        verbose_name_plural = _("menus")
        constraints = [models.UniqueConstraint(fields=["place", "language"], name="menu_once")]

    def __str__(self) -> str:
        return f"{self.get_place_display()} ({self.language})"


class MenuItem(models.Model):
    """A link: to a page (its title and address follow), a section, or an address."""

    menu = models.ForeignKey(Menu, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    title = models.CharField(_("title"), max_length=80, blank=True)
    page = models.ForeignKey("articles.Page", on_delete=models.CASCADE, null=True, blank=True, verbose_name=_("page"))
    section = models.ForeignKey(
        "articles.Section", on_delete=models.CASCADE, null=True, blank=True, verbose_name=_("section")
    )
    address = models.CharField(_("address"), max_length=300, blank=True, help_text=_("For example /topics/."))

    class Meta:
        verbose_name = _("menu item")
        verbose_name_plural = _("menu items")
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(page__isnull=False, section__isnull=True, address="")
                | Q(page__isnull=True, section__isnull=False, address="")
                | (Q(page__isnull=True, section__isnull=True) & ~Q(address="") & ~Q(title="")),
                name="menu_item_has_one_target",
            )
        ]

    def __str__(self) -> str:
        return self.title or str(self.page or self.section)
