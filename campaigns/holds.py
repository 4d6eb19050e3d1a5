"""Why a launch was held back: codes that are stored, and the sentences people read."""

from django.utils.translation import gettext_lazy as _

LATE = "late"
INCOMPLETE = "incomplete"
SENDER_UNVERIFIED = "sender_unverified"
SEGMENT_BROKEN = "segment_broken"
TEMPLATE_BROKEN = "template_broken"
NOBODY = "nobody"
PAUSED = "paused"
NOTHING_NEW = "nothing_new"
FEED_DOWN = "feed_down"
APPROVAL_CHANGED = "approval_changed"
APPROVAL_MISSING = "approval_missing"

SENTENCES = {
    APPROVAL_CHANGED: _(
        "It was changed after it was approved: its message, its segment or its sender. Nothing was sent. "
        "Look at it and ask for a yes again."
    ),
    APPROVAL_MISSING: _(
        "So many people need a second person’s yes, and nobody has given it yet. Nothing was sent. "
        "Send it again, and somebody is asked."
    ),
    LATE: _(
        "Its time had passed too long ago when Rapport was running again. Nothing was sent. "
        "Choose a new time, or send it now."
    ),
    INCOMPLETE: _(
        "Something it needs is gone: its topic, segment, template or sender. Nothing was sent. "
        "Complete it and choose a new time."
    ),
    SENDER_UNVERIFIED: _(
        "The sender’s address was no longer verified when its time came. Nothing was sent. "
        "Verify the address, then choose a new time."
    ),
    SEGMENT_BROKEN: _(
        "The segment uses something that no longer exists. Nothing was sent. Mend the segment, then choose a new time."
    ),
    TEMPLATE_BROKEN: _(
        "The template had a mistake when its time came. Nothing was sent. Mend it, then choose a new time."
    ),
    NOBODY: _(
        "Nobody was in the segment when its time came, so nothing was sent. Check the segment, then choose a new time."
    ),
}

# Why a campaign for newcomers, which has begun already, waits.
SENDER_GONE = _(
    "Nobody may send from its sender’s address at the moment, so newcomers get nothing yet. Verify the address again "
    "and press “Go on”: whoever joined meanwhile gets it then."
)

# Why one time of a series was passed over; the series goes on.
SKIPPED = {
    LATE: _("Passed over: nothing was running at the time"),
    NOBODY: _("Nobody to send to"),
    PAUSED: _("Passed over while the campaign was paused"),
    NOTHING_NEW: _("Nothing new in the feed"),
    FEED_DOWN: _("The feed could not be read"),
}


def skipped_words(code: str) -> str:
    """Why one time of a series did not go out, in few words; empty for an empty or unknown code."""
    return str(SKIPPED.get(code, ""))


def sentence_of(code: str) -> str:
    """What happened, what was kept and what to do next; empty for an empty or unknown code."""
    return str(SENTENCES.get(code, ""))
