"""What pages say about likely duplicates."""

from django.utils.translation import gettext_lazy as _

from contacts.duplicates import evidence

REASONS = {
    evidence.MAILBOX: _("Same Google mailbox"),
    evidence.TAGGED_EMAIL: _("Same e-mail address but for a tag"),
    evidence.PHONE: _("Same phone number"),
    evidence.NAME_BIRTHDAY: _("Same name and birthday"),
    evidence.NAME_EMAIL: _("Same name and beginning of the e-mail address"),
    evidence.SAME_NAME: _("Same name"),
    evidence.OTHER_NAME: _("Different names"),
    evidence.OTHER_BIRTHDAY: _("Different birthdays"),
    evidence.OTHER_COUNTRY: _("Different countries"),
    evidence.OTHER_ID: _("Different external ids"),
}
LEVELS = {"certain": _("Certain"), "likely": _("Likely"), "possible": _("Possible")}
LEVEL_TONES = {"certain": "ok", "likely": "brand", "possible": ""}
# What many people share, and why that is no reason to think that they are one.
SHARED_BY_MANY = {
    evidence.MAILBOX: _("One mailbox of many contacts: a collection, not a person"),
    evidence.TAGGED_EMAIL: _("One mailbox of many contacts: a collection, not a person"),
    evidence.PHONE: _("One number of many contacts: an office, not a person"),
    evidence.NAME_BIRTHDAY: _("One name and birthday of many contacts: probably test data"),
    evidence.NAME_EMAIL: _("One name and beginning of the address of many contacts: probably test data"),
}
