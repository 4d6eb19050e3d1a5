"""The one way to send, by use case."""

from delivery.reasons import reason_label
from delivery.services.complaints import NeverSent, record_complaint
from delivery.services.dispatches import (
    AudiencePreview,
    cancel_dispatch,
    freeze_audience,
    open_dispatch,
    pause_dispatch,
    preview_audience,
    resume_dispatch,
    send_to_unknown,
)
from delivery.services.facts import record_click, record_open, record_unsubscribe
from delivery.services.reports import DispatchReport, messages_of, report_of, speed_of
from delivery.services.sending import run_sender, wake_senders
from delivery.services.submit import SendRequest, submit, submit_django_mail, submit_test

__all__ = [
    "AudiencePreview",
    "DispatchReport",
    "NeverSent",
    "SendRequest",
    "cancel_dispatch",
    "freeze_audience",
    "messages_of",
    "open_dispatch",
    "pause_dispatch",
    "preview_audience",
    "reason_label",
    "record_click",
    "record_complaint",
    "record_open",
    "record_unsubscribe",
    "report_of",
    "resume_dispatch",
    "run_sender",
    "send_to_unknown",
    "speed_of",
    "submit",
    "submit_django_mail",
    "submit_test",
    "wake_senders",
]
