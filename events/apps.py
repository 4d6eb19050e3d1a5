from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "events"

    def ready(self) -> None:
        """The tick finds handlers whose wake-up was lost."""
        from core.queue import enqueue, on_tick

        on_tick("events.run_handlers", lambda: enqueue("events.run_handlers"))
