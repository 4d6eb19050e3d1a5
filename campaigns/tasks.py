"""Wake-ups for campaigns."""

from celery import shared_task

from campaigns import services


@shared_task(name="campaigns.launch", time_limit=1800)
def launch(campaign_id: int) -> None:
    """Start one campaign if its time has come."""
    services.launch_campaign(campaign_id=campaign_id)


@shared_task(name="campaigns.fill", time_limit=1800)
def fill(campaign_id: int) -> None:
    """Write to those who joined the segment of a campaign for newcomers."""
    services.fill_evergreen(campaign_id=campaign_id)


@shared_task(name="campaigns.look", time_limit=1800)
def look(experiment_id: int) -> None:
    """Look at the versions of one campaign, and decide if it is time."""
    services.look_at_experiment(experiment_id=experiment_id)


@shared_task(name="campaigns.check_links", time_limit=900)
def check_links(campaign_id: int) -> None:
    """Visit the links of one campaign's message."""
    services.check_links(campaign_id=campaign_id)
