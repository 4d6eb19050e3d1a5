"""Keeping people out of a contest by segments they are in, such as the staff."""

from collections.abc import Iterator

from django.urls import reverse
from django.utils.translation import gettext as _

from contacts.models import Contact
from contests import terms
from contests.models import Contest
from flows.answers import FlowProblem
from segments.models import Segment
from segments.registry import registry_of
from segments.services import is_broken, segments_holding
from segments.uses import Use

PATH = "/contest/eligibility/exclude_segments"
KEPT_OUT = "segment"


def is_kept_out(contest: Contest, settings: terms.Settings, contact: Contact | None) -> bool:
    """Whether the contact is in a segment that the contest keeps out, at this moment.

    Asked only of whoever has shown that the address is theirs, where the contest asks for that: else typing an address
    would tell a stranger about its owner.
    """
    keys = terms.kept_out(settings)
    return bool(keys and contact is not None and segments_holding(contest.workspace, contact, keys=keys))


def require_segments(contest: Contest, settings: terms.Settings) -> None:
    """Raise FlowProblem when a segment that is to be kept out is not there, or names what is gone."""
    keys = terms.kept_out(settings)
    registry = registry_of(contest.workspace)
    rows = Segment.objects.in_workspace(contest.workspace).filter(key__in=keys)
    usable = {one.key for one in rows if not is_broken(one.rule, registry)}
    for key in keys:
        if key not in usable:
            words = _("There is no segment “%(key)s” that works. Take it off the list of who is kept out.")
            raise FlowProblem(words % {"key": key}, PATH)


def uses(segment: Segment) -> Iterator[Use]:
    """The contests that are not over and keep the segment out; for segments.uses."""
    running = Contest.objects.in_workspace(segment.workspace).exclude(
        phase__in=(Contest.Phase.DRAFT, Contest.Phase.DRAWN)
    )
    for contest in running.select_related("flow", "version"):
        if segment.key in terms.kept_out(terms.settings_of(contest)):
            address = reverse("flows:detail", args=[segment.workspace.slug, contest.flow.public_id])
            yield Use(_("Contest"), contest.flow.name, address)
