"""Use cases of consent, one file each."""

from consent.services.complaints import take_complaint
from consent.services.ledger import record_choices, record_consent, remember_text
from consent.services.redaction import redact_evidence
from consent.services.suppressions import (
    CannotLift,
    InvalidSuppression,
    lift_suppression,
    suppress_address,
    suppress_domain,
)
from consent.services.withdrawals import note_reason, undo_withdrawal, withdraw_everything, withdraw_topic

__all__ = [
    "CannotLift",
    "InvalidSuppression",
    "lift_suppression",
    "note_reason",
    "record_choices",
    "record_consent",
    "redact_evidence",
    "remember_text",
    "suppress_address",
    "suppress_domain",
    "take_complaint",
    "undo_withdrawal",
    "withdraw_everything",
    "withdraw_topic",
]
