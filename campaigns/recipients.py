"""Who a campaign was meant for, as a filter of the list of contacts and as columns of its exports.

So the file of a campaign's people is an ordinary export of contacts: a few at once, many by a worker, formulas
disarmed, and noted who took it.
"""

import json
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Workspace
from campaigns.models import Campaign
from campaigns.wording import DEEDS, OUTCOMES
from contacts.exporting.columns import ExportColumn
from contacts.list_filters import NOBODY, Choice, Prepared, always
from contacts.text_search import Condition
from core.formatting import listed
from core.ids import uuid_or_none
from delivery.models import Message
from delivery.reasons import LABELS
from delivery.services import DID, UNCOUNTED, UNMOVED, RecipientFilter

FAMILY = "campaign"
OFFERED = 30
GOT = """EXISTS (SELECT FROM delivery_message own WHERE own.dispatch_id = %s AND own.contact_id = c.id{tests})"""
# As delivery.services.recipients asks it: of opens and clicks only those by people.
TOUCHED = """ AND own.id IN (SELECT fact.message_id FROM delivery_messagefact fact
    WHERE fact.dispatch_id = %s AND fact.action = %s
      AND (fact.verdict = 'human' OR fact.action NOT IN ('opened', 'clicked')))"""
UNTOUCHED = """ AND own.status = 'sent' AND own.is_tracked AND NOT EXISTS (SELECT FROM delivery_messagefact fact
    WHERE fact.dispatch_id = %s AND fact.message_id = own.id AND fact.verdict = 'human'
      AND fact.action IN ('opened', 'clicked'))"""
UNCOUNTED_TEST = " AND own.status = 'sent' AND NOT own.is_tracked"
CELL = """(SELECT {value} FROM delivery_message own
WHERE own.dispatch_id = %s AND own.contact_id = c.id ORDER BY own.step LIMIT 1)"""
CELLS = {
    "outcome": "COALESCE(%s::jsonb ->> own.status, own.status)",
    "reason": "nullif(COALESCE(%s::jsonb ->> own.reason, own.reason), '')",
    "detail": "nullif(own.detail, '')",
    "variant": "nullif(own.variant, 0)::text",
    "at": "to_char(own.settled_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
}


def filter_value(campaign: Campaign, wanted: RecipientFilter) -> str:
    """What the list's address says for some of a campaign's people."""
    variant = "" if wanted.variant is None else str(wanted.variant)
    return ":".join((str(campaign.public_id), wanted.outcome, wanted.reason, variant, wanted.did)).rstrip(":")


def column_keys(campaign: Campaign) -> list[str]:
    """The keys of the columns that say what became of a campaign's messages."""
    return [f"{FAMILY}:{campaign.public_id}:{name}" for name in CELLS]


class CampaignFilter:
    """`?campaign=`: people a campaign was meant for, optionally by outcome, reason, version and what they did."""

    name = "campaign"
    scope = "campaigns:read"

    def label(self) -> str:
        """What the menu is called."""
        return _("Campaign")

    def choices(self, workspace: Workspace) -> Sequence[Choice]:
        """The campaigns that started last."""
        rows = Campaign.objects.in_workspace(workspace).exclude(dispatch=None).order_by("-launched_at", "-id")
        return [Choice(str(row.public_id), row.name) for row in rows[:OFFERED]]

    def describe(self, workspace: Workspace, value: str) -> str:
        """The campaign and what is asked of its people, in words."""
        key, outcome, reason, _variant, did = [*value.split(":"), "", "", "", ""][:5]
        campaign = _started(workspace, key)
        if campaign is None:
            return "–"
        told = [OUTCOMES[outcome][0]] if outcome in OUTCOMES else []
        told += [LABELS[reason]] if reason in LABELS else []
        told += [DEEDS[did]] if did in DEEDS else []
        return f"{campaign.name}: {listed(told)}" if told else campaign.name

    def prepare(self, workspace: Workspace, value: str) -> Prepared:
        """One look-up by dispatch and person for everybody who is asked about."""
        key, outcome, reason, variant, did = [*value.split(":"), "", "", "", ""][:5]
        campaign = _started(workspace, key)
        if campaign is None:
            return always(NOBODY)
        params: list[Any] = [campaign.dispatch_id]
        tests = ""
        if outcome == "pending":
            tests += " AND own.status = ANY(%s)"
            params.append(list(Message.OPEN))
        elif outcome:
            tests += " AND own.status = %s"
            params.append(outcome)
        if reason:
            tests += " AND own.reason = %s"
            params.append(reason)
        if variant.isdecimal() and len(variant) < 4:
            tests += " AND own.variant = %s"
            params.append(int(variant))
        if did == UNCOUNTED:
            tests += UNCOUNTED_TEST
        elif did == UNMOVED:
            tests += UNTOUCHED
            params.append(campaign.dispatch_id)
        elif did in DID:
            tests += TOUCHED
            params += [campaign.dispatch_id, did]
        return always(Condition(GOT.format(tests=tests), tuple(params)))


def campaign_column(workspace: Workspace, key: str) -> ExportColumn | None:
    """The column `campaign:<id>:<what>`, None for a campaign of others or one that never started."""
    _family, public_id, name = [*key.split(":"), "", ""][:3]
    campaign = _started(workspace, public_id)
    if campaign is None or name not in CELLS:
        return None
    words: dict[str, dict[str, str]] = {
        "outcome": _outcome_words(),
        "reason": {code: str(label) for code, label in LABELS.items()},
    }
    first: tuple[Any, ...] = (json.dumps(words[name]),) if name in words else ()
    return ExportColumn(
        key=key,
        label=_labels()[name],
        group="record",
        text=CELL.format(value=CELLS[name]),
        params=(*first, campaign.dispatch_id),
        member=("campaign", name),
        is_written=name == "detail",
    )


def _outcome_words() -> dict[str, str]:
    words = {status: str(OUTCOMES["pending"][0]) for status in Message.OPEN}
    return words | {key: str(label) for key, (label, _tone) in OUTCOMES.items()}


def _labels() -> dict[str, str]:
    return {
        "outcome": _("Outcome"),
        "reason": _("Why"),
        "detail": _("What their server said"),
        "variant": _("Version"),
        "at": _("When it was settled"),
    }


def _started(workspace: Workspace, public_id: str) -> Campaign | None:
    key = uuid_or_none(public_id)
    if key is None:
        return None
    found: Campaign | None = (
        Campaign.objects.in_workspace(workspace).filter(public_id=key).exclude(dispatch=None).first()
    )
    return found
