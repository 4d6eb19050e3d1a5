"""What is going out now, with the campaigns that it belongs to."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from accounts.models import Workspace
from campaigns.models import Campaign
from delivery.brakes import Brake, brakes_of, standing
from delivery.services.going_out import GoingOut, Mailboxes, going_out

# Palette of the meter, the biggest part first; whatever comes after shares the last.
COLORS = ("1", "3", "2", "4", "5", "soft")


@dataclass(frozen=True)
class Departure:
    """One campaign on its way; `campaign` is None where the dispatch is of something else, or of something deleted."""

    state: GoingOut
    campaign: Campaign | None
    brakes: list[Brake] = field(default_factory=list)

    @property
    def stands(self) -> bool:
        """Whether nothing of it leaves now, and it is known why."""
        return standing(self.brakes)

    @property
    def meter(self) -> list[tuple[int, str]]:
        """Whom it waits for, for the meter."""
        return [(box.waiting, f"c{color}") for box, color in self._colored()]

    @property
    def legend(self) -> list[tuple[str, str, int]]:
        """Label, colour and number of each kind of mailbox."""
        return [(str(box.label), color, box.waiting) for box, color in self._colored()]

    def _colored(self) -> list[tuple[Mailboxes, str]]:
        return [(box, COLORS[min(place, len(COLORS) - 1)]) for place, box in enumerate(self.state.mailboxes)]


def departures_of(workspace: Workspace) -> list[Departure]:
    """Everything that is running or paused in a workspace."""
    return with_campaigns(going_out(workspace))


def with_campaigns(found: Iterable[GoingOut]) -> list[Departure]:
    """The same with the campaigns, read in one statement."""
    found = list(found)
    keys = [one.dispatch.source_id for one in found if one.dispatch.source_kind == "campaign"]
    campaigns = Campaign.objects.select_related("workspace").in_bulk(keys)
    return [Departure(one, _campaign_of(one, campaigns), brakes_of(one)) for one in found]


def _campaign_of(one: GoingOut, campaigns: dict[int, Campaign]) -> Campaign | None:
    dispatch = one.dispatch
    found = campaigns.get(dispatch.source_id) if dispatch.source_kind == "campaign" else None
    return found if found is not None and found.workspace_id == dispatch.workspace_id else None
