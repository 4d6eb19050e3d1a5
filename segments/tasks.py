"""Wake-ups for what is counted without anybody asking."""

from celery import shared_task

from segments import services


@shared_task(name="segments.follow", time_limit=900)
def follow() -> None:
    """Note who came into segments and who left them."""
    services.follow_all()


@shared_task(name="segments.note_sizes")
def note_sizes() -> None:
    """Count the next segments that have no size of today yet, knowing the attributes there are by now."""
    services.learn_values()
    services.note_sizes()


@shared_task(name="segments.note_size")
def note_size(segment_id: int) -> None:
    """Count a segment that was just saved."""
    services.note_size_of(segment_id)


@shared_task(name="segments.learn_values")
def learn_values() -> None:
    """Have the planner know the attributes that segments ask about."""
    services.learn_values()
