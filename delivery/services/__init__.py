"""The one way to send, by use case."""

from delivery.frequency import Standing
from delivery.reasons import reason_label
from delivery.services.choosing import Audience
from delivery.services.complaints import NeverSent, record_complaint
from delivery.services.dispatches import (
    cancel_dispatch,
    close_dispatch,
    open_dispatch,
    pause_dispatch,
    resume_dispatch,
    send_to_unknown,
)
from delivery.services.facts import record_click, record_open, record_unsubscribe
from delivery.services.freezing import (
    Arm,
    AudiencePreview,
    HoldOut,
    Plan,
    freeze_audience,
    preview_audience,
    preview_zones,
)
from delivery.services.left_out import all_left_out, people_left_out
from delivery.services.often import (
    MOST_RULES,
    Forecast,
    TooManyRules,
    forecast_rule,
    remove_frequency_rule,
    rule_in_words,
    set_frequency_rule,
)
from delivery.services.pace import DispatchPace, Limits, pace_for, pace_of, sender_pace, set_limits
from delivery.services.recipients import DID, UNCOUNTED, UNMOVED, RecipientFilter, recipients_of
from delivery.services.reports import DispatchReport, messages_of, report_of, speed_of, unmoved_of
from delivery.services.resolving import doubt_waiting
from delivery.services.sending import run_sender, wake_senders
from delivery.services.submit import SendRequest, submit, submit_django_mail, submit_test

__all__ = [
    "DID",
    "MOST_RULES",
    "UNCOUNTED",
    "UNMOVED",
    "Arm",
    "Audience",
    "AudiencePreview",
    "DispatchPace",
    "DispatchReport",
    "Forecast",
    "HoldOut",
    "Limits",
    "NeverSent",
    "Plan",
    "RecipientFilter",
    "SendRequest",
    "Standing",
    "TooManyRules",
    "all_left_out",
    "cancel_dispatch",
    "close_dispatch",
    "doubt_waiting",
    "forecast_rule",
    "freeze_audience",
    "messages_of",
    "open_dispatch",
    "pace_for",
    "pace_of",
    "pause_dispatch",
    "people_left_out",
    "preview_audience",
    "preview_zones",
    "reason_label",
    "recipients_of",
    "record_click",
    "record_complaint",
    "record_open",
    "record_unsubscribe",
    "remove_frequency_rule",
    "report_of",
    "resume_dispatch",
    "rule_in_words",
    "run_sender",
    "send_to_unknown",
    "sender_pace",
    "set_frequency_rule",
    "set_limits",
    "speed_of",
    "submit",
    "submit_django_mail",
    "submit_test",
    "unmoved_of",
    "wake_senders",
]
