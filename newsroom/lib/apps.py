from django.apps import AppConfig


class LibConfig(AppConfig):
    name = "newsroom.lib"
    label = "lib"
    verbose_name = "House"

    def ready(self) -> None:
        import newsroom.celery  # noqa: F401  tasks are sent through our application
        from newsroom.lib import checks  # noqa: F401  registers the system checks
