"""The canary and the tick, one and the same."""

from celery import shared_task

from core import services


@shared_task(name="core.tick", time_limit=600)
def tick() -> None:
    """Wake what is due; see core.queue.on_tick."""
    services.run_tick()


@shared_task(name="core.check_summaries", time_limit=3600)
def check_summaries() -> None:
    """Compare summaries with their sources, once a day."""
    services.check_summaries()
