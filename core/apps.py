from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        """Import every app's tasks, so that a task can be enqueued by its name from any process."""
        from core.queue import on_tick
        from core.services import wake_check_of_summaries

        autodiscover_modules("tasks")
        on_tick("core.check_summaries", wake_check_of_summaries)
