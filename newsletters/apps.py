from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NewslettersConfig(AppConfig):
    name = "newsletters"
    verbose_name = _("Newsletters")

    def ready(self) -> None:
        from newsletters.addresses import is_suppressed
        from newsroom.lib.unwanted import answer_with

        answer_with(is_suppressed)
