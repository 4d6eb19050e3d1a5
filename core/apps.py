from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        """Import every app's tasks, so that a task can be enqueued by its name from any process."""
        autodiscover_modules("tasks")
