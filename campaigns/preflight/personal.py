"""Personal fields: for how many people a field that the message uses is empty, with nothing to stand in for it."""

from django.db import connection
from django.utils.translation import gettext, ngettext

from campaigns.message import fields_without_fallback
from campaigns.models import Campaign
from campaigns.preflight.base import Check, template_url
from contacts.models import Attribute
from content.compiler import CompiledContent
from content.fields import CONTACT_FIELDS
from core.clock import now
from core.formatting import number
from segments.language.problems import RuleError
from segments.services import audience_sql

ATTRIBUTE = "contact.attributes."
COUNT = """
SELECT {counts} FROM ({audience}) AS audience(contact_id)
JOIN contacts_contact c ON c.id = audience.contact_id
"""
EMPTY_ATTRIBUTE = "count(*) FILTER (WHERE COALESCE(c.attributes ->> %s, '') IN ('', '[]'))"


def look_at_fields(campaign: Campaign, compiled: CompiledContent | None) -> list[Check]:
    """One line for each field that somebody in the segment has nothing in; the whole audience is counted at once."""
    if compiled is None or not compiled.is_sendable or campaign.template is None or campaign.segment is None:
        return []
    versions = list(campaign.variants.select_related("template"))
    templates = [campaign.template, *(row.template for row in versions if row.template)]
    subjects = [row.subject for row in versions]
    fields = fields_without_fallback(templates, subjects)
    try:
        empty = count_empty(campaign, fields)
    except RuleError:
        return []
    labels = _labels(campaign, fields)
    checks = [_check(campaign, path, labels[path], count) for path, count in empty.items() if count]
    if fields and not checks:
        checks = [Check("fields_filled", "ok", gettext("Everybody has the fields it uses"))]
    return checks


def count_empty(campaign: Campaign, fields: list[str]) -> dict[str, int]:
    """For how many people of the segment each field is empty, in one statement. Raises RuleError."""
    counts, params = [], []
    for path in fields:
        if path.startswith(ATTRIBUTE):
            counts.append(EMPTY_ATTRIBUTE)
            params.append(path.removeprefix(ATTRIBUTE))
        elif path.removeprefix("contact.") in CONTACT_FIELDS:
            counts.append(f"count(*) FILTER (WHERE COALESCE(c.{path.removeprefix('contact.')}, '') = '')")
    known = [path for path in fields if path.startswith(ATTRIBUTE) or path.removeprefix("contact.") in CONTACT_FIELDS]
    if not known or campaign.segment is None:
        return {}
    audience = audience_sql(campaign.workspace, campaign.segment.rule, now())
    with connection.cursor() as cursor:
        cursor.execute(COUNT.format(counts=", ".join(counts), audience=audience.sql), [*params, *audience.params])
        return dict(zip(known, cursor.fetchone(), strict=True))


def _check(campaign: Campaign, path: str, label: str, count: int) -> Check:
    url = template_url(campaign)
    if path == "contact.first_name":
        title = ngettext(
            "%(count)s person in the segment has no first name",
            "%(count)s people in the segment have no first name",
            count,
        ) % {"count": number(count)}
        text = gettext("They will read a gap where the name goes. A fallback such as “there” closes it.")
        return Check("first_names", "warn", title, text, url, gettext("Add a fallback"))
    title = ngettext(
        "For %(count)s person in the segment “%(field)s” is empty",
        "For %(count)s people in the segment “%(field)s” is empty",
        count,
    ) % {"count": number(count), "field": label}
    text = gettext("They will read a gap there. Add a fallback, or show that part only to people who have it.")
    return Check("empty_fields", "warn", title, text, url, gettext("Add a fallback"))


def _labels(campaign: Campaign, fields: list[str]) -> dict[str, str]:
    keys = [path.removeprefix(ATTRIBUTE) for path in fields if path.startswith(ATTRIBUTE)]
    attributes = dict(
        Attribute.objects.in_workspace(campaign.workspace).filter(key__in=keys).values_list("key", "label")
    )
    return {path: attributes.get(path.rpartition(".")[2]) or path.removeprefix("contact.") for path in fields}
