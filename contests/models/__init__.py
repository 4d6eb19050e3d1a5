"""Contests: what was promised, who entered, and who won (docs/contests.md)."""

from contests.models.contest import Contest, Document
from contests.models.entries import Award, Entry, Identity, Refusal, Ticket, Vote
from contests.models.prizes import Attempt, Code, CodePool, Winner

__all__ = [
    "Attempt", "Award", "Code", "CodePool", "Contest", "Document", "Entry", "Identity", "Refusal", "Ticket",
    "Vote", "Winner",
]  # fmt: skip
