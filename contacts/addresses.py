"""E-mail addresses and phone numbers in the one form they are stored and compared in. Pure; no network."""

import functools
import re
from typing import Any

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from phonenumbers import PhoneMetadata

from contacts.invisible import without_marks
from contacts.problems import Problem

MAX_EMAIL = 254  # RFC 5321 §4.5.3.1.3 minus the angle brackets
MAX_PHONE_TEXT = 40

# The everyday form. What it accepts, email-validator accepts too, and leaves as it is but for case.
_PLAIN_EMAIL = re.compile(
    r"[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", re.ASCII
)
_PHONE_NOISE = re.compile(r"[\s().\-/\u00a0\u200b-\u200f\u2010-\u2015\u202a-\u202e\u2060-\u206f\ufeff]+")
_DIGITS = re.compile(r"[0-9]{4,17}", re.ASCII)


def normalise_email(text: str) -> str:
    """The stored form of an e-mail address: whole in small letters, the domain as DNS spells it (RFC 5891).

    `Name <address>` and `mailto:` are understood. Raises Problem (email_*).
    """
    value = text.strip().lower()
    if len(value) <= 64 + 1 + 63 and "--" not in value and _PLAIN_EMAIL.fullmatch(value):
        local = value.partition("@")[0]
        if len(local) <= 64:
            return value
    return _normalise_odd_email(value)


def _normalise_odd_email(value: str) -> str:
    value = without_marks(value).strip().removeprefix("mailto:")
    if value.endswith(">") and "<" in value:
        value = value[value.rindex("<") + 1 : -1].strip()
    local, at, domain = value.rpartition("@")
    if not at:
        raise Problem("email_no_at", value)
    if not local:
        raise Problem("email_no_local", value)
    if not domain:
        raise Problem("email_no_domain", value)
    if "." not in domain.strip("."):
        raise Problem("email_no_dot", value)
    try:
        # Names such as .test are kept out by nobody's rule of ours: only the mail server can tell what it reaches.
        parsed = validate_email(value, check_deliverability=False, globally_deliverable=False)
    except (EmailNotValidError, UnicodeError):
        raise Problem("email_syntax", value) from None
    if len(parsed.local_part.encode()) > 64:  # RFC 5321 §4.5.3.1.1
        raise Problem("email_syntax", value)
    normal = f"{parsed.local_part}@{parsed.ascii_domain}".lower()
    if len(normal.encode()) > MAX_EMAIL:
        raise Problem("email_syntax", value)
    return normal


def domain_of(email: str) -> str:
    """The part of a normalised address after the @."""
    return email.rpartition("@")[2]


def normalise_phone(text: str, region: str = "") -> str:
    """A phone number in E.164 (+ and digits). `region`, two capitals, reads numbers without a country code.

    A number is taken when it fits the numbering plan of its country as a whole (libphonenumber's general
    description); whether anybody answers is not known here. Raises Problem (phone_*).
    """
    if len(text) > MAX_PHONE_TEXT:
        raise Problem("phone_long", text[:MAX_PHONE_TEXT])
    value = text if text[1:].isdecimal() else _PHONE_NOISE.sub("", text)
    if value.startswith("00"):
        value = "+" + value[2:]
    quick = _read_international(value[1:]) if value.startswith("+") else _read_national(value, region)
    return quick or _read_slowly(text, region)


def _read_international(digits: str) -> str:
    """The number when it is plainly right, else empty."""
    if not _DIGITS.fullmatch(digits):
        return ""
    length, plan = _plan_of_number(digits[:3])
    return f"+{digits}" if plan is not None and plan.fullmatch(digits, length) else ""


def _read_national(digits: str, region: str) -> str:
    plan = _national_plan(region)
    if plan is None or not _DIGITS.fullmatch(digits):
        return ""
    code, prefix, pattern = plan
    national = digits[len(prefix) :] if prefix and digits.startswith(prefix) else digits
    return f"+{code}{national}" if pattern.fullmatch(national) else ""


@functools.cache
def _plan_of_number(beginning: str) -> "tuple[int, re.Pattern[str] | None]":
    """The length of the country code that a number with these three digits has, and the pattern of what follows it."""
    plans = ((length, _plan_of_code(beginning[:length])) for length in (1, 2, 3))
    return next((found for found in plans if found[1] is not None), (0, None))


def _plan_of_code(code: str) -> "re.Pattern[str] | None":
    """The pattern of national numbers of a country code; the main region's when several share the code."""
    if not code or int(code) not in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
        return None
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(
        int(code), phonenumbers.region_code_for_country_code(int(code))
    )
    return _pattern_of(metadata)


@functools.cache
def _national_plan(region: str) -> "tuple[int, str, re.Pattern[str]] | None":
    """Country code, trunk prefix and pattern of a region whose trunk prefix is plain digits, else None."""
    metadata: Any = PhoneMetadata.metadata_for_region(region) if region else None
    pattern = _pattern_of(metadata)
    if metadata is None or pattern is None:
        return None
    prefix = metadata.national_prefix_for_parsing or ""
    if metadata.national_prefix_transform_rule or (prefix and not prefix.isdecimal()):
        return None
    return metadata.country_code, prefix, pattern


def _pattern_of(metadata: Any) -> "re.Pattern[str] | None":
    general = metadata.general_desc if metadata is not None else None
    pattern = general.national_number_pattern if general is not None else None
    return re.compile(pattern, re.ASCII) if pattern else None


def _read_slowly(text: str, region: str) -> str:
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException as error:
        raise Problem(_CODES.get(error.error_type, "phone_syntax"), text) from None
    length = phonenumbers.is_possible_number_with_reason(number)
    if length == phonenumbers.ValidationResult.TOO_SHORT:
        raise Problem("phone_short", text)
    if length == phonenumbers.ValidationResult.TOO_LONG:
        raise Problem("phone_long", text)
    normal = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if not (phonenumbers.is_valid_number(number) or _read_international(normal[1:])):
        raise Problem("phone_syntax", text)
    return normal


_CODES = {
    phonenumbers.NumberParseException.INVALID_COUNTRY_CODE: "phone_country",
    phonenumbers.NumberParseException.TOO_SHORT_AFTER_IDD: "phone_short",
    phonenumbers.NumberParseException.TOO_SHORT_NSN: "phone_short",
    phonenumbers.NumberParseException.TOO_LONG: "phone_long",
}


def readable_phone(value: str) -> str:
    """A stored number with the blanks its country writes."""
    try:
        number = phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        return value
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
