"""Wake-ups for contests."""

from celery import shared_task

from contests import services


@shared_task(name="contests.follow", time_limit=1800)
def follow(contest_id: int) -> None:
    """Close, seal or draw one contest if its time has come."""
    services.follow_contest(contest_id=contest_id)


@shared_task(name="contests.expire_claims", time_limit=600)
def expire_claims() -> None:
    """Give prizes on that nobody claimed in time."""
    services.expire_claims()
