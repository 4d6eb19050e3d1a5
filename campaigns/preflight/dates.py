"""The date that a campaign waits for: whether there is one, and how many people do not have it."""

from django.utils.translation import gettext, ngettext

from campaigns.models import Campaign
from campaigns.preflight.base import Check
from campaigns.preflight.personal import ATTRIBUTE, count_empty
from campaigns.timing import timing_of
from contacts.models import Attribute
from core.formatting import number
from segments.language.problems import RuleError


def look_at_date(campaign: Campaign, matched: int) -> Check | None:
    """Says for how many of the `matched` people of the segment the day never comes; nothing of other kinds."""
    key = timing_of(campaign).attribute
    if campaign.kind != Campaign.Kind.DATE or campaign.segment is None or not key:
        return None
    date = Attribute.objects.in_workspace(campaign.workspace).filter(key=key, type="date").first()
    if date is None:
        title = gettext("The date it is about no longer exists")
        return Check("date_gone", "block", title, gettext("Choose another date below, under “When”."))
    try:
        empty = count_empty(campaign, [ATTRIBUTE + key])[ATTRIBUTE + key]
    except RuleError:
        return None
    if not empty:
        return Check("date", "ok", gettext("Everybody has the date"))
    title = ngettext("%(count)s person has no “%(date)s”", "%(count)s people have no “%(date)s”", empty) % {
        "count": number(empty),
        "date": date.label,
    }
    text = gettext("Of %(all)s in the segment. They get it once their date is known and its day comes.")
    return Check("date_missing", "warn", title, text % {"all": number(matched)})
