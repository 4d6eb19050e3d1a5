"""Words that several pages of contacts share."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

TARGET_LABELS = {
    "email": gettext_lazy("E-mail address"),
    "phone": gettext_lazy("Phone"),
    "external_id": gettext_lazy("External id"),
    "first_name": gettext_lazy("First name"),
    "last_name": gettext_lazy("Last name"),
    "full_name": gettext_lazy("First and last name"),
    "language": gettext_lazy("Language"),
    "time_zone": gettext_lazy("Time zone"),
    "country": gettext_lazy("Country"),
    "tags": gettext_lazy("Tags"),
    "consent": gettext_lazy("Consent, yes or no"),
}


def time_left(elapsed: float, done: float) -> str:
    """How long work that took `elapsed` seconds for the share `done` still takes; empty when nobody can tell."""
    if elapsed < 2 or done <= 0.005 or done >= 1:
        return ""
    seconds = elapsed * (1 - done) / done
    if seconds < 60:
        count = max(1, round(seconds))
        return ngettext("about %(count)s second left", "about %(count)s seconds left", count) % {"count": count}
    count = round(seconds / 60)
    if count < 90:
        return ngettext("about %(count)s minute left", "about %(count)s minutes left", count) % {"count": count}
    return _("more than an hour left")
