"""Words that several pages of contacts share."""

from django.utils.translation import gettext_lazy

# Why an address is in its state, as it is stored; whatever came from outside is shown as it came.
STATUS_REASONS = {
    "confirmed": gettext_lazy("Confirmed"),
    "clicked": gettext_lazy("Clicked in a message"),
    "corrected": gettext_lazy("Mistyped domain corrected"),
    "domain_missing": gettext_lazy("The domain does not exist"),
    "hard_bounce": gettext_lazy("Mailbox does not exist"),
    "no_mail": gettext_lazy("The domain takes no mail"),
    "no_mail_server": gettext_lazy("The domain has no mail server"),
    "number_absent": gettext_lazy("The number is not in use"),
    "number_live": gettext_lazy("The number is in use"),
    "number_unreachable": gettext_lazy("The phone is switched off or out of reach"),
    "soft_bounces": gettext_lazy("Messages came back again and again"),
}
# What can stand out about an e-mail address (contacts.validity.flags).
FLAG_LABELS = {
    "role": gettext_lazy("Shared by a team"),
    "disposable": gettext_lazy("Throw-away mailbox"),
    "typo": gettext_lazy("Probably mistyped"),
}
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
    "consent_at": gettext_lazy("Day they agreed"),
}
