"""Why a launch was held back: codes that are stored, and the sentences people read."""

from django.utils.translation import gettext_lazy as _

LATE = "late"
INCOMPLETE = "incomplete"
SENDER_UNVERIFIED = "sender_unverified"
SEGMENT_BROKEN = "segment_broken"
TEMPLATE_BROKEN = "template_broken"
NOBODY = "nobody"

SENTENCES = {
    LATE: _(
        "Its time passed more than six hours ago while Rapport was not running. Nothing was sent. "
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


def sentence_of(code: str) -> str:
    """What happened, what was kept and what to do next; empty for an empty or unknown code."""
    return str(SENTENCES.get(code, ""))
