"""Who would not get a campaign that has not started, as a filter of the list of contacts and a column of its exports.

So their file is an ordinary export of contacts, as that of a campaign's recipients is. Whom it holds is asked when
it is written: until a campaign starts, that may change.
"""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from accounts.models import Workspace
from campaigns.models import Campaign
from campaigns.preflight import all_left_out_of
from contacts.exporting.columns import ExportColumn
from contacts.list_filters import NOBODY, Choice, Prepared, always
from contacts.text_search import Condition
from core.ids import uuid_or_none
from delivery.services import reason_label
from segments.language.problems import RuleError

FAMILY = "left_out"


def filter_value(campaign: Campaign, reason: str = "") -> str:
    """What the list's address says for those whom a campaign leaves out, all or for one reason."""
    return f"{campaign.public_id}:{reason}".rstrip(":")


def column_key(campaign: Campaign, reason: str = "") -> str:
    """The key of the column that says why."""
    return f"{FAMILY}:{filter_value(campaign, reason)}"


class LeftOutFilter:
    """`?left_out=`: people whom a campaign would leave out if it went out now."""

    name = FAMILY
    scope = "campaigns:read"

    def label(self) -> str:
        """What the menu is called."""
        return _("Left out of")

    def choices(self, workspace: Workspace) -> Sequence[Choice]:
        """None to pick from: a look at one costs as much as its review, which is where it is asked for."""
        return []

    def describe(self, workspace: Workspace, value: str) -> str:
        """The campaign and the reason in words."""
        campaign = _unstarted(workspace, value)
        reason = value.partition(":")[2]
        if campaign is None:
            return "–"
        return f"{campaign.name}: {reason_label(reason)}" if reason else campaign.name

    def prepare(self, workspace: Workspace, value: str) -> Prepared:
        """Asked once, whoever it is about; one number for each person."""
        found = _left_out(workspace, value)
        everybody = [key for keys in found.values() for key in keys]
        return always(Condition("c.id = ANY(%s::bigint[])", (everybody,)) if everybody else NOBODY)


def left_out_column(workspace: Workspace, key: str) -> ExportColumn | None:
    """The column `left_out:<campaign>[:<reason>]`, None for a campaign of others or one that has started."""
    value = key.partition(":")[2]
    if _unstarted(workspace, value) is None:
        return None
    found = _left_out(workspace, value)
    # A constant array is hashed, so that each person costs one look-up for each reason.
    cases = " ".join("WHEN c.id = ANY(%s::bigint[]) THEN %s" for _keys in found.values())
    return ExportColumn(
        key=key,
        label=_("Why"),
        group="record",
        text=f"(CASE {cases} END)::text" if cases else "NULL::text",
        params=tuple(one for reason, keys in found.items() for one in (keys, str(reason_label(reason)))),
        member=("campaign", "left_out"),
    )


def _left_out(workspace: Workspace, value: str) -> dict[str, list[int]]:
    campaign = _unstarted(workspace, value)
    try:
        return all_left_out_of(campaign, value.partition(":")[2]) if campaign else {}
    except RuleError:
        return {}


def _unstarted(workspace: Workspace, value: str) -> Campaign | None:
    """The campaign that a value names, if it can still be asked about."""
    key = uuid_or_none(value.partition(":")[0])
    if key is None:
        return None
    found: Campaign | None = Campaign.objects.in_workspace(workspace).with_parts().filter(public_id=key).first()
    return found if found and found.segment and found.topic and (found.is_editable or not found.dispatch_id) else None
