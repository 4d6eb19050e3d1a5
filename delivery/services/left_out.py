"""Whom a message would not go to, one by one: the question of a launch, asked for one of its answers."""

from collections.abc import Sequence

from accounts.models import Workspace
from contacts.models import Contact
from core.clock import now
from delivery.frequency import UNIMPORTANT, Standing
from delivery.services.choosing import Audience
from delivery.services.freezing import AUDIENCE, HoldOut, Plan, asking

PEOPLE = """
SELECT asked.contact_id FROM (SELECT audience.contact_id, {reason} AS reason {audience}) asked
WHERE asked.reason = %(wanted)s AND (%(before)s::bigint IS NULL OR asked.contact_id < %(before)s)
ORDER BY asked.contact_id DESC LIMIT %(most)s
"""

EVERYBODY = """
SELECT asked.reason, array_agg(asked.contact_id)
FROM (SELECT audience.contact_id, {reason} AS reason {audience}) asked
WHERE asked.reason IS NOT NULL AND (%(wanted)s = '' OR asked.reason = %(wanted)s) GROUP BY 1
"""


def all_left_out(
    *,
    workspace: Workspace,
    audience: Audience,
    reason: str = "",
    standing: Standing = UNIMPORTANT,
    hold_outs: Sequence[HoldOut] = (),
) -> dict[str, list[int]]:
    """Contact ids of all whom `preview_audience` counts as excluded, by reason; of one `reason` only where given."""
    plan = Plan(due_at=now(), arms=(), hold_outs=hold_outs)
    with asking(workspace, audience, plan, standing, with_person=plan.asks_people) as (cursor, asked, params):
        statement = EVERYBODY.format(reason=asked.reason, audience=AUDIENCE.format(joins=asked.joins))
        cursor.execute(statement, {**params, "wanted": reason})
        return dict(cursor.fetchall())


def people_left_out(
    *,
    workspace: Workspace,
    audience: Audience,
    reason: str,
    standing: Standing = UNIMPORTANT,
    hold_outs: Sequence[HoldOut] = (),
    page: tuple[int | None, int] = (None, 50),
) -> list[Contact]:
    """Those of the audience whom `preview_audience` counts under `reason`, who came last first.

    `page` is the contact id to go on below, and how many. Costs as much as counting the audience.
    """
    plan = Plan(due_at=now(), arms=(), hold_outs=hold_outs)
    before, most = page
    with asking(workspace, audience, plan, standing, with_person=plan.asks_people) as (cursor, asked, params):
        statement = PEOPLE.format(reason=asked.reason, audience=AUDIENCE.format(joins=asked.joins))
        cursor.execute(statement, {**params, "wanted": reason, "before": before, "most": most})
        keys = [row[0] for row in cursor.fetchall()]
    people = Contact.objects.in_bulk(keys)
    return [people[key] for key in keys if key in people]
