"""What can be done with flows. Everything that writes goes through here."""

from flows.services.drafts import (
    DraftChanged,
    check_draft,
    create_flow,
    draft_of,
    free_flow_key,
    save_draft,
    step_draft,
)
from flows.services.publishing import NotPublishable, close_flow, publish_flow
from flows.services.sessions import (
    Answer,
    FirstScreen,
    NoSession,
    NotLive,
    Visitor,
    send_event,
    send_event_to,
    show_first,
    show_session,
    start_session,
)
from flows.services.submissions import define_flow, record_submission, update_submission

__all__ = [
    "Answer",
    "DraftChanged",
    "FirstScreen",
    "NoSession",
    "NotLive",
    "NotPublishable",
    "Visitor",
    "check_draft",
    "close_flow",
    "create_flow",
    "define_flow",
    "draft_of",
    "free_flow_key",
    "publish_flow",
    "record_submission",
    "save_draft",
    "send_event",
    "send_event_to",
    "show_first",
    "show_session",
    "start_session",
    "step_draft",
    "update_submission",
]
