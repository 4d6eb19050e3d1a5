"""Writing the message for a few hundred people all over the audience: does it work for everybody, and how large is it?

People differ in ways no check of the template alone can see: a detail that is a list here and a number there.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.utils.translation import gettext, ngettext

from campaigns.models import Campaign
from campaigns.preflight.base import Check, Level, template_url
from contacts.models import Contact
from content.checks import CLIPPED_AT
from content.compiler import CompiledContent
from content.fields import CONTACT_FIELDS, contact_context
from content.problems import RenderError
from content.renderer import Renderer
from core.clock import now
from core.formatting import listed, number
from delivery import tokens
from segments.language.problems import RuleError
from segments.services import audience_sql

MOST = 300
SPREAD = "SELECT contact_id FROM ({audience}) AS audience(contact_id) WHERE contact_id %% %s = 0 LIMIT %s"


@dataclass(slots=True)
class Samples:
    """How many were written, for whom that failed and why, and the size of the largest in bytes."""

    written: int = 0
    failed: list[tuple[Contact, str]] = field(default_factory=list)
    largest: int = 0


def look_at_samples(campaign: Campaign, compiled: CompiledContent | None, matched: int) -> list[Check]:
    """What writing the message for some of the `matched` people tells."""
    if compiled is None or not compiled.is_sendable or campaign.segment is None or not matched:
        return []
    try:
        samples = write_samples(campaign, compiled, matched)
    except RuleError:
        return []
    url, label = template_url(campaign), gettext("Edit the message")
    checks = []
    if samples.failed:
        count = len(samples.failed)
        title = ngettext(
            "The message cannot be written for %(count)s of %(all)s people we tried",
            "The message cannot be written for %(count)s of %(all)s people we tried",
            samples.written,
        ) % {"count": number(count), "all": number(samples.written)}
        names = listed(f"{person} ({problem})" for person, problem in samples.failed[:3])
        text = gettext("People like them will not get it; everybody else will. For example: %(names)s") % {
            "names": names
        }
        level: Level = "block" if count == samples.written else "warn"
        checks.append(Check("samples_fail", level, title, text, url, label))
    elif samples.written:
        checks.append(Check("samples", "ok", gettext("It can be written for everybody we tried")))
    if samples.largest > CLIPPED_AT >= compiled.size:
        title = gettext("For some people the message is too large")
        text = gettext("With their own words and counted links it has %(size)s KB. Gmail cuts messages at 102 KB.") % {
            "size": number(round(samples.largest / 1024))
        }
        checks.append(Check("large_for_some", "warn", title, text, url, label))
    return checks


def write_samples(campaign: Campaign, compiled: CompiledContent, matched: int) -> Samples:
    """Write the message for up to MOST people spread evenly over the segment. Raises RuleError."""
    assert campaign.segment is not None  # noqa: S101 - the caller has looked
    audience = audience_sql(campaign.workspace, campaign.segment.rule, now())
    people = _spread(campaign, audience.sql, audience.params, max(1, matched // MOST))
    renderer, samples = Renderer(compiled), Samples()
    message = uuid.UUID(int=0)
    addresses = dict.fromkeys(("unsubscribe_url", "preferences_url", "renewal_url"), tokens.view_url(message))
    links = tokens.click_urls(message, len(compiled.links))
    about = {"name": campaign.workspace.name, "address": campaign.workspace.postal_address}
    for person in people:
        row = {name: getattr(person, name) for name in (*CONTACT_FIELDS, "tags")}
        data = contact_context(row, person.attributes, workspace=about, campaign={"name": campaign.name})
        samples.written += 1
        try:
            written = renderer.render(
                data, links=links, view_url=tokens.view_url(message), pixel=tokens.open_url(message), **addresses
            )
        except RenderError as error:
            samples.failed.append((person, str(error)))
        else:
            samples.largest = max(samples.largest, len(written.html.encode()))
    return samples


def _spread(campaign: Campaign, sql: str, params: Sequence[Any], step: int) -> list[Contact]:
    """Every `step`-th person by id: the old and the new, whoever was imported together or came alone."""
    with connection.cursor() as cursor:
        cursor.execute(SPREAD.format(audience=sql), [*params, step, MOST])
        keys = [row[0] for row in cursor.fetchall()]
    return list(Contact.objects.in_workspace(campaign.workspace).filter(id__in=keys).order_by("id"))
