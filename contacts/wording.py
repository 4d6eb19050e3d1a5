"""Words that several pages of contacts share."""

from django.utils.translation import gettext_lazy

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
