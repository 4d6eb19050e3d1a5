"""The fixed words and limits of the language; everything else comes from a registry."""

from __future__ import annotations

from typing import Final

VERSION: Final = 1

CHANNELS: Final = ("email", "sms", "push", "telegram", "whatsapp", "messenger", "viber", "voice")
PHONE_CHANNELS: Final = frozenset({"sms", "whatsapp", "viber", "voice"})
ADDRESS_STATES: Final = ("valid", "unverified", "risky", "invalid", "dead")
ADDRESS_FLAGS: Final = ("role", "disposable", "typo")
CONSENT_STATES: Final = ("granted", "pending", "denied", "withdrawn", "expired", "none")
CONSENT_BASES: Final = (
    "express",
    "implied_purchase",
    "implied_inquiry",
    "soft_opt_in",
    "contract",
    "legitimate_interest",
)
ACTIONS: Final = ("sent", "delivered", "opened", "clicked", "bounced", "complained", "unsubscribed")
# A message has these facts at most once, so counting rows counts messages.
ONCE_PER_MESSAGE: Final = frozenset({"sent", "delivered", "bounced"})
VERDICT_ACTIONS: Final = frozenset({"opened", "clicked"})
VERDICTS: Final = ("human", "any")
PICKS: Final = ("any", "first", "last")
FLOW_PICKS: Final = ("any", "last")
FLOW_STATES: Final = ("completed", "partial")
LEAPS: Final = ("feb28", "mar1")
ZONES: Final = ("workspace", "contact")

CONTACT_FIELDS: Final = {
    "first_name": "text",
    "last_name": "text",
    "language": "language",
    "country": "country",
    "zone": "zone",
    "created_at": "datetime",
    "imported_at": "datetime",
}
ANNIVERSARY_FIELDS: Final = ("created_at", "imported_at")

ROLLING_UNITS: Final = ("minutes", "hours")
CALENDAR_UNITS: Final = ("days", "weeks", "months", "years")
UNITS: Final = ROLLING_UNITS + CALENDAR_UNITS
STEP_UNITS: Final = ("minutes", "hours", "days")
UNIT_LIMITS: Final = {
    "minutes": 100_000,
    "hours": 100_000,
    "days": 5_000,
    "weeks": 5_000,
    "months": 1_800,
    "years": 150,
}
CALENDAR_NAMES: Final = (
    "today",
    "yesterday",
    "tomorrow",
    "this_week",
    "last_week",
    "next_week",
    "this_month",
    "last_month",
    "next_month",
    "this_year",
    "last_year",
)
WINDOW_FORMS: Final = ("last", "next", "over", "ago", "calendar")

_PRESENCE: Final = ("is_set", "is_empty")
_EQUALITY: Final = ("eq", "ne", "in", "not_in")
COMPARISONS: Final = ("eq", "ne", "lt", "lte", "gt", "gte", "between")
OPERATORS: Final[dict[str, tuple[str, ...]]] = {
    "text": (*_EQUALITY, "contains", "not_contains", "starts_with", "ends_with", *_PRESENCE),
    "number": (*COMPARISONS, "in", "not_in", *_PRESENCE),
    "boolean": ("eq", "ne", *_PRESENCE),
    "date": (*COMPARISONS, "within", *_PRESENCE),
    "datetime": ("lt", "lte", "gt", "gte", "within", *_PRESENCE),
    "choice": (*_EQUALITY, *_PRESENCE),
    "multi_choice": ("has_any", "has_all", "has_none", *_PRESENCE),
    "money": (*COMPARISONS, *_PRESENCE),
    "language": (*_EQUALITY, *_PRESENCE),
    "country": (*_EQUALITY, *_PRESENCE),
    "zone": (*_EQUALITY, *_PRESENCE),
    "tags": ("has_any", "has_all", "has_none", *_PRESENCE),
}
ALL_OPERATORS: Final = frozenset(word for words in OPERATORS.values() for word in words)
LIST_OPERATORS: Final = frozenset({"in", "not_in", "has_any", "has_all", "has_none"})
VALUELESS_OPERATORS: Final = frozenset(_PRESENCE)

# What a negative operator denies. Negatives are exact complements: they hold without a value, too.
NEGATIVES: Final = {
    "ne": "eq",
    "not_in": "in",
    "not_contains": "contains",
    "has_none": "has_any",
    "is_empty": "is_set",
}

# A rule of so many mistakes is not read to its end.
MAX_PROBLEMS: Final = 1_000
MAX_DEPTH: Final = 8
MAX_GROUP: Final = 50
MAX_LEAVES: Final = 100
MAX_COUNTING_LEAVES: Final = 20
MAX_EXPANDED_LEAVES: Final = 300
# Segments inside segments: keeps the recursion of every reader far from Python's own limit.
MAX_SEGMENT_CHAIN: Final = 16
MAX_LIST: Final = 1_000
MAX_CONDITIONS: Final = 10
MAX_NAMES: Final = 100
MAX_TEXT: Final = 500
MAX_TIMES: Final = 1_000_000
MAX_BUCKET: Final = 9_999
COUNTING_KINDS: Final = frozenset({"event", "sequence", "engagement", "flow"})
