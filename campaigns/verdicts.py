"""What looking at versions can come to: codes that are stored, and the words people read."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# What one look found.
TOO_EARLY = "too_early"
CLOSE = "close"
WINNER = "winner"
UNEVEN = "uneven"
# What a comparison came to: one of the above, or …
BY_HAND = "by_hand"
FIRST = "first"
SPLIT = "split"
UNDECIDED = "undecided"
BLOCKED = "blocked"

FINDINGS: dict[str, tuple[Promise, str]] = {
    TOO_EARLY: (_("Too early to say"), "warn"),
    CLOSE: (_("No clear difference yet"), "warn"),
    WINNER: (_("There is a winner"), "ok"),
    UNEVEN: (_("The groups are not comparable"), "bad"),
}

OUTCOMES: dict[str, Promise] = {
    WINNER: _("It beat every other version by more than chance explains."),
    BY_HAND: _("Somebody of your team chose it."),
    FIRST: _("No version was clearly better in time, so version A went to the rest, as you had decided."),
    SPLIT: _("No version was clearly better in time, so the rest got each version in equal parts, as you had decided."),
    CLOSE: _("No version was clearly better in the time you gave it. That is an answer too: choose what you like."),
    UNDECIDED: _("No version was clearly better in time. The rest waits until somebody chooses."),
    UNEVEN: _(
        "More people are missing from one version than chance explains, so the numbers cannot be compared and "
        "nothing was decided. Perhaps a mail server refused one of the versions. Choose yourself, or stop the campaign."
    ),
    BLOCKED: _(
        "The rest could not be sent: the segment or the sender is no longer usable. Those who got it keep it. "
        "Mend it, then choose a version."
    ),
}


def outcome_sentence(code: str) -> str:
    """What came of it and what to do next; empty while nothing did."""
    return str(OUTCOMES.get(code, ""))
