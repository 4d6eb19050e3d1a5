"""Wake-ups for event handlers."""

from celery import shared_task

from events import services


@shared_task(name="events.run_handlers", time_limit=600)
def run_handlers() -> None:
    """Run the handlers that are due."""
    services.run_due_handlers()
