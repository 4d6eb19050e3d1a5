"""What can be done with contests. Everything that writes goes through here."""

from contests.services.closing import has_undecided
from contests.services.deciding import (
    NotNow,
    Sealed,
    accept_entry,
    come_back,
    hold_entry,
    judge_entry,
    ledger_of,
    reject_entry,
    show_entry,
    withdraw_entry,
)
from contests.services.drawing import NotDrawable, draw_with_value, fetch_and_draw, needs_value
from contests.services.entering import enter_contest, note_award, note_refusal
from contests.services.following import expire_claims, follow_contest, seal_now, wake_contests
from contests.services.ledger import check_ledger
from contests.services.opening import NothingToSeal, contest_of, open_contest, seal_moments
from contests.services.verifying import TooLate, WrongCode, send_again, verify_by_code, verify_entry
from contests.services.winning import Settled, claim_prize, decline_prize, disprove_winner

__all__ = [
    "NotDrawable", "NotNow", "NothingToSeal", "Sealed", "Settled", "TooLate", "WrongCode", "accept_entry",
    "check_ledger", "claim_prize", "come_back", "contest_of", "decline_prize", "disprove_winner", "draw_with_value",
    "enter_contest", "expire_claims", "fetch_and_draw", "follow_contest", "has_undecided", "hold_entry",
    "judge_entry", "ledger_of", "needs_value", "note_award", "note_refusal", "open_contest",
    "reject_entry", "seal_moments", "seal_now", "send_again", "show_entry", "verify_by_code", "verify_entry",
    "wake_contests", "withdraw_entry",
]  # fmt: skip
