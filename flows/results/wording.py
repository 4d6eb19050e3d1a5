"""Words of results."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.formatting import UNKNOWN, number

MINUTE, HOUR = 60, 3600


def duration(seconds: float | None) -> str:
    """How long something took, in the unit that fits; a dash where nobody knows."""
    if seconds is None:
        return UNKNOWN
    if seconds < MINUTE:
        whole = round(seconds)
        return ngettext("%(count)s second", "%(count)s seconds", whole) % {"count": number(whole)}
    if seconds < HOUR:
        minutes = round(seconds / MINUTE)
        return ngettext("%(count)s minute", "%(count)s minutes", minutes) % {"count": number(minutes)}
    hours = round(seconds / HOUR)
    return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": number(hours)}


def trouble_words(detail: str) -> str:
    """Why a message or a call did not go out."""
    words = {
        "no_address": _("There is no e-mail address."),
        "channel": _("Only e-mail can be sent so far."),
        "no_template": _("The template is gone or cannot be read."),
        "no_sender": _("No sender’s address is verified yet."),
        "too_many": _("This address was written to too often today."),
        "private": _("The address leads into a private network."),
        "unreachable": _("The other system did not answer."),
        "address": _("The address cannot be used."),
    }
    if detail.startswith("status_"):
        return _("The other system answered with status %(status)s.") % {"status": detail.removeprefix("status_")}
    return words.get(detail, detail)
