"""What can be done with events: record them, take them from outside, run their handlers, prove their summaries."""

from events.services.appending import MAX_BATCH, Appended, NewEvent, append_events
from events.services.handling import MAX_ATTEMPTS, run_due_handlers
from events.services.recording import forget_contacts, forget_late_events, gathering_events, record, record_each
from events.services.summaries import check_event_summaries

__all__ = [
    "MAX_ATTEMPTS",
    "MAX_BATCH",
    "Appended",
    "NewEvent",
    "append_events",
    "check_event_summaries",
    "forget_contacts",
    "forget_late_events",
    "gathering_events",
    "record",
    "record_each",
    "run_due_handlers",
]
