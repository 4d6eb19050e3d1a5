"""Wake-ups for campaigns."""

from celery import shared_task

from campaigns import services


@shared_task(name="campaigns.launch", time_limit=1800)
def launch(campaign_id: int) -> None:
    """Start one campaign if its time has come."""
    services.launch_campaign(campaign_id=campaign_id)
