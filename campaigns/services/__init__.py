"""What can be done with a campaign. Each function is one use case in one transaction."""

from campaigns.services.asking_again import ask_again
from campaigns.services.control import (
    cancel_campaign,
    follow_dispatch,
    pause_campaign,
    resume_campaign,
    send_to_unknown,
)
from campaigns.services.drafts import create_campaign, delete_campaign, duplicate_campaign, update_campaign
from campaigns.services.launching import launch_campaign, wake_due_campaigns
from campaigns.services.scheduling import launch_at_once, schedule_campaign, send_now, unschedule_campaign
from campaigns.services.trying import send_test

__all__ = [
    "ask_again",
    "cancel_campaign",
    "create_campaign",
    "delete_campaign",
    "duplicate_campaign",
    "follow_dispatch",
    "launch_at_once",
    "launch_campaign",
    "pause_campaign",
    "resume_campaign",
    "schedule_campaign",
    "send_now",
    "send_test",
    "send_to_unknown",
    "unschedule_campaign",
    "update_campaign",
    "wake_due_campaigns",
]
