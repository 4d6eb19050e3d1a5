"""What can be wrong with a value, as codes that are stored and sentences that are shown."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


@dataclass
class Problem(ValueError):
    """A value that cannot be taken. `code` is a key of SENTENCES, `value` what stood there."""

    code: str
    value: str = ""

    def __str__(self) -> str:
        return describe(self.code, self.value)


SENTENCES: dict[str, Promise] = {
    # addresses
    "no_identity": _("There is no e-mail address, no phone number and no external id."),
    "address_empty": _("The address is missing."),
    "email_no_at": _("The @ is missing."),
    "email_no_local": _("The part before @ is missing."),
    "email_no_domain": _("The part after @ is missing."),
    "email_no_dot": _("The part after @ has no ending such as .com."),
    "email_syntax": _("This is not an e-mail address."),
    "phone_country": _("The country code is missing."),
    "phone_short": _("The phone number is too short."),
    "phone_long": _("The phone number is too long."),
    "phone_syntax": _("This is not a phone number."),
    # values
    "text_long": _("The text is too long."),
    "number_format": _("This is not a number."),
    "number_large": _("The number has too many digits."),
    "boolean_format": _("This is neither yes nor no."),
    "date_format": _("We could not read this date."),
    "date_impossible": _("This day does not exist."),
    "choice_unknown": _("This is not one of the choices."),
    "money_format": _("This is not an amount of money."),
    "money_currency": _("The currency is missing, such as EUR."),
    "language_unknown": _("We do not know this language."),
    "country_unknown": _("We do not know this country."),
    "zone_unknown": _("We do not know this time zone."),
    "tags_many": _("There are more than 50 tags."),
    "attribute_unknown": _("There is no detail of this name."),
    # rules of a workspace; what they allow is put in for %(limit)s
    "text_longer": _("The text is longer than the %(limit)s letters this detail allows."),
    "text_pattern": _("The text does not have the form this detail asks for."),
    "number_small": _("The number is less than %(limit)s, the least this detail allows."),
    "number_big": _("The number is more than %(limit)s, the most this detail allows."),
    "number_between": _("The number must be within %(limit)s."),
    "number_decimals": _("This detail allows at most %(limit)s digits after the point."),
    "money_other": _("This detail is kept in %(limit)s only."),
    "date_in_future": _("The day lies ahead, and this detail takes only days that have come."),
    "date_in_past": _("The day is over, and this detail takes only days to come."),
    "pattern_syntax": _("We cannot read this pattern. Brackets ( ) are not known here."),
    "pattern_long": _("The pattern is too long."),
    "rule_unknown": _("This type of detail has no such rule."),
    "rule_order": _("No value could pass both rules."),
    # rows against what is known already
    "email_taken": _("This e-mail address belongs to another contact."),
    "phone_taken": _("This phone number belongs to another contact."),
    "external_id_taken": _("The contact with this address has another external id."),
    "erased": _("This person asked to be erased, so we do not add them again."),
    "restricted": _("This person asked that their data is not used, so nothing of them was changed."),
    "unknown_person": _("Nobody here has this address, and this import only fills in people you know."),
    # rows that cannot be read
    "row_long": _("The row is longer than one million characters."),
    "row_cells": _("The row has more cells than the heading."),
    "row_json": _("The line is not a JSON object."),
    "cell_long": _("A cell is longer than 30,000 characters, or a quotation mark is not closed."),
    "encoding": _("The row has letters in another encoding than the rest of the file."),
}


def describe(code: str, value: str = "") -> str:
    """The sentence of a problem in the active language; an unknown code is said in general words.

    What a rule allows stands behind the code and a colon, such as `number_small:0`.
    """
    name, _colon, limit = code.partition(":")
    sentence = SENTENCES.get(name)
    if sentence is None:
        return gettext("This value cannot be used.")
    return str(sentence) % {"limit": limit} if limit else str(sentence)
