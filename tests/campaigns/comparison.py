"""A comparison of versions, from its start to the looks at it."""

import datetime as dt

from campaigns import services
from campaigns.models import Campaign, Experiment
from campaigns.services.experiments import look_at_experiment
from core.clock import now

TWO = [{"subject": ""}, {"subject": "Your cabin waits"}]
SETTINGS = {"share": 50, "goal": "clicked", "wait_hours": 4, "is_automatic": True, "otherwise": "first"}


def start(campaign: Campaign) -> Campaign:
    """As if its time had come; the campaign as it is then."""
    Campaign.objects.filter(pk=campaign.pk).update(status="scheduled", scheduled_at=now() - dt.timedelta(seconds=1))
    services.launch_campaign(campaign_id=campaign.pk)
    return Campaign.objects.with_parts().get(pk=campaign.pk)


def experiment_of(campaign: Campaign) -> Experiment:
    """The campaign's comparison as it is stored."""
    return Experiment.objects.select_related("campaign__dispatch").get(campaign=campaign)


def make_due(campaign: Campaign) -> None:
    """The time of the next look has come, if there is to be one."""
    Experiment.objects.filter(campaign=campaign, status="running").update(next_look_at=now())


def look(campaign: Campaign) -> str:
    """Look at it as soon as it is due; what was found."""
    make_due(campaign)
    return look_at_experiment(experiment_id=experiment_of(campaign).pk)


def let_time_pass(campaign: Campaign) -> None:
    """The hours that were set are over."""
    Experiment.objects.filter(campaign=campaign).update(deadline_at=now() - dt.timedelta(seconds=1))
