"""Looks over a compiled message the way a careful colleague would before it goes out."""

from __future__ import annotations

import re
from collections.abc import Collection

from django.utils.translation import gettext as _

from content.fields import is_field
from content.liquid import field_paths, parse
from content.liquid_source import line_of
from content.problems import ContentError, Problem
from content.protect import unescape

CLIPPED_AT = 102 * 1024
LARGE_AT = 80 * 1024
MAX_SUBJECT = 300

_FAKE_REPLY = re.compile(r"\s*(?:re|fw|fwd|aw|wg|tr|rv|отв|ответ|fwd?)\s*(?:\[\d+\])?\s*:", re.IGNORECASE)
_IMAGE = re.compile(r"<img\b((?:[^<>\"]|\"[^\"]*\")*)>")
_WORDS_OF_LIQUID = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)


def check_source(source: str, where: str, known: Collection[str], *, html: bool, language: str) -> list[Problem]:
    """Check the Liquid of one part: syntax first, then fields nobody fills in."""
    try:
        template = parse(source, where=where, html=html, language=language)
    except ContentError as error:
        return [error.problem]
    problems = []
    for path, position in sorted(field_paths(template).items(), key=lambda item: item[1]):
        if is_field(path, known):
            continue
        message = _("Nobody has a field called “%(field)s”. It would be empty for everybody.") % {"field": path}
        problems.append(Problem("unknown_field", message, where, line_of(source, position)))
    return problems


def check_subject(subject: str) -> list[Problem]:
    """Check what people see first."""
    if not subject.strip():
        return [Problem("empty_subject", _("The message has no subject."), "subject")]
    problems = []
    if len(subject) > MAX_SUBJECT:
        problems.append(Problem("long_subject", _("The subject is longer than 300 characters."), "subject"))
    if _FAKE_REPLY.match(subject):
        message = _("The subject pretends to be an answer or a forwarded message. Mail programs count that as spam.")
        problems.append(Problem("fake_reply", message, "subject", level="warning"))
    return problems


def check_images(body: str, where: str) -> list[Problem]:
    """Find pictures without a description or without a full address."""
    problems = []
    for attributes in _IMAGE.findall(body):
        source = re.search(r'\bsrc="([^"]*)"', attributes)
        if source is None:
            message = _("A picture has no address that begins with https://, so nobody can see it.")
            problems.append(Problem("image_address", message, where))
        elif not re.search(r"\balt=", attributes):
            name = unescape(source.group(1)).rpartition("/")[2][:60]
            message = _("The picture %(name)s has no description (“alt”) for people who cannot see it.")
            problems.append(Problem("image_alt", message % {"name": name}, where, level="warning"))
    return problems


def check_size(html: str, where: str) -> list[Problem]:
    """Warn when Gmail may cut the message, and refuse it when it will."""
    size = len(html.encode())
    kilobytes = {"size": round(size / 1024)}
    if size > CLIPPED_AT:
        message = _("The message is %(size)s KB. Gmail cuts messages at 102 KB and hides the unsubscribe link.")
        return [Problem("too_large", message % kilobytes, where)]
    if size > LARGE_AT:
        message = _("The message is %(size)s KB. Above 102 KB Gmail cuts it off.")
        return [Problem("large", message % kilobytes, where, level="warning")]
    return []


def check_unsubscribe(html: str, where: str) -> list[Problem]:
    """Ask for a way out: every marketing message needs one (CAN-SPAM §7704(a)(5), GDPR article 7(3))."""
    liquid = " ".join(_WORDS_OF_LIQUID.findall(html))
    if re.search(r"\b(?:unsubscribe_url|preferences_url)\b", liquid):
        return []
    message = _("There is no unsubscribe link. Add a link to {{ unsubscribe_url }}.")
    return [Problem("no_unsubscribe", message, where)]
