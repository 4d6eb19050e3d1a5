from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "events"

    def ready(self) -> None:
        """The tick finds lost wake-ups and what came too late; the daily check proves the summaries."""
        from core.derived import register_check
        from core.queue import enqueue, on_tick
        from events.services import check_event_summaries, forget_late_events

        register_check("events.summaries", check_event_summaries)
        on_tick("events.forget_late_events", forget_late_events)
        on_tick("events.run_handlers", lambda: enqueue("events.run_handlers"))
