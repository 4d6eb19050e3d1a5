"""Wake-ups for flows. Losing or repeating one changes nothing but latency."""

from celery import shared_task

from core.queue import enqueue
from flows.services.abandoning import forget_left_sessions, note_abandoned
from flows.services.balancing import measure_balance
from flows.services.files import SWEPT_AT_ONCE, sweep_files
from flows.services.follow_up import send_follow_ups
from flows.services.keys import sweep_keys


@shared_task(name="flows.send_follow_ups", time_limit=900)
def send_due_follow_ups() -> None:
    """Send what sessions set off."""
    if send_follow_ups():
        enqueue("flows.send_follow_ups")


@shared_task(name="flows.note_abandoned")
def note_left_sessions() -> None:
    """Note who left, forget who did not come back, and what was mailed and ran out."""
    note_abandoned()
    forget_left_sessions()
    sweep_keys()


@shared_task(name="flows.sweep_files")
def sweep_left_files() -> None:
    """Remove files whose session is gone."""
    if sweep_files() == SWEPT_AT_ONCE:
        enqueue("flows.sweep_files")


@shared_task(name="flows.measure_balance", time_limit=300)
def measure_version_balance(version: int) -> None:
    """Send pretend people through a version that was just published."""
    measure_balance(version_id=version)
