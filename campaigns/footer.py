"""What the laws of the people in a segment ask of every message's foot (consent.profiles), beyond a way out.

Who sends and a way to reach them are there without looking: every campaign has a sender whose address is verified, so
that answers arrive. What can be missing is the postal address. The way out is asked for by content.checks.
"""

import re
from html import unescape

from django.db import connection

from campaigns.models import Campaign
from consent.jurisdiction import settings_of
from consent.profiles import Profile, rules_for
from content.compiler import CompiledContent
from core.clock import now
from segments.services import audience_sql

_LIQUID = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")
_BETWEEN_WORDS = re.compile(r"[\W_]+")


def shows_postal_address(compiled: CompiledContent, address: str) -> bool:
    """True when the message says the workspace's postal address, as a field or written out word for word."""
    source = compiled.html or compiled.text
    if any("workspace.address" in found for found in _LIQUID.findall(source)):
        return True
    words = _words(address)
    return bool(words) and f" {words} " in f" {_words(unescape(_TAG.sub(' ', source)))} "


def profiles_asking_for_address(campaign: Campaign) -> list[Profile]:
    """The profiles known to hold for somebody in the segment that ask for a postal address; one question, grouped.

    Rules that are only assumed, because nobody knows the country and the workspace chose none, are not among them.
    Raises RuleError when the segment names something that is gone.
    """
    usual = settings_of(campaign.workspace_id).default_profile
    known = (rules_for(country, "email", usual) for country in _countries(campaign))
    found = {rules.profile.key: rules.profile for rules in known if rules.is_known}
    return [profile for _key, profile in sorted(found.items()) if "postal_address" in profile.footer]


def _countries(campaign: Campaign) -> list[str]:
    if campaign.segment is None:
        return []
    audience = audience_sql(campaign.workspace, campaign.segment.rule, now())
    sql = (
        f"SELECT c.country FROM ({audience.sql}) AS audience(contact_id) "  # noqa: S608 - compiled, values bound
        "JOIN contacts_contact c ON c.id = audience.contact_id GROUP BY c.country"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, list(audience.params))
        return [row[0] for row in cursor.fetchall()]


def _words(text: str) -> str:
    return _BETWEEN_WORDS.sub(" ", text).strip().casefold()
