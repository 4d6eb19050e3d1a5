"""What can be done with a campaign. Each function is one use case in one transaction."""

from campaigns.services.approving import refuse_campaign
from campaigns.services.asking_again import ask_again
from campaigns.services.comparing import set_versions
from campaigns.services.control import (
    cancel_campaign,
    follow_dispatch,
    pause_campaign,
    resume_campaign,
    send_to_unknown,
)
from campaigns.services.drafts import create_campaign, delete_campaign, duplicate_campaign, update_campaign
from campaigns.services.evergreen import fill_evergreen, wake_evergreen
from campaigns.services.experiments import choose_version, look_at_experiment, wake_due_looks
from campaigns.services.feeding import ask_feed
from campaigns.services.hold_outs import renew_hold_out_groups, set_hold_out_group
from campaigns.services.keeping import save_as_template, start_from_template
from campaigns.services.launching import launch_campaign, wake_due_campaigns
from campaigns.services.links import check_links, wake_link_check
from campaigns.services.moving import move_campaign
from campaigns.services.ruling import set_rules
from campaigns.services.scheduling import (
    approve_campaign,
    launch_at_once,
    plan_draft,
    schedule_campaign,
    send_now,
    unschedule_campaign,
)
from campaigns.services.standing_still import stand_still
from campaigns.services.trying import send_test
from campaigns.services.writing_again import write_again

__all__ = [
    "approve_campaign",
    "ask_again",
    "ask_feed",
    "cancel_campaign",
    "check_links",
    "choose_version",
    "create_campaign",
    "delete_campaign",
    "duplicate_campaign",
    "fill_evergreen",
    "follow_dispatch",
    "launch_at_once",
    "launch_campaign",
    "look_at_experiment",
    "move_campaign",
    "pause_campaign",
    "plan_draft",
    "refuse_campaign",
    "renew_hold_out_groups",
    "resume_campaign",
    "save_as_template",
    "schedule_campaign",
    "send_now",
    "send_test",
    "send_to_unknown",
    "set_hold_out_group",
    "set_rules",
    "set_versions",
    "stand_still",
    "start_from_template",
    "unschedule_campaign",
    "update_campaign",
    "wake_due_campaigns",
    "wake_due_looks",
    "wake_evergreen",
    "wake_link_check",
    "write_again",
]
