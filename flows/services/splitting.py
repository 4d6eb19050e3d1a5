"""One address for several flows: leading each visitor to one of them by chance, and saying which does better."""

import secrets
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import User, Workspace
from accounts.services import record_audit
from core.clock import now
from core.crypto import read_token, sign_token
from experiments.lift import Sample, interval_of
from experiments.sample_ratio import is_mismatch
from experiments.winner import level_of, stand
from flows.models import Flow, FlowSession, FlowSplit, SplitArm, SplitEntry

PURPOSE = "flow split"
FEWEST, MOST = 2, 4
MOST_WEIGHT = 100
_VISIT = struct.Struct(">q8s")


class SplitRefused(Exception):
    """The split cannot be made or ended so; says why in words."""


@dataclass(frozen=True)
class ArmStanding:
    """How one flow of a split does: everybody led to it, who began, who finished, and where the true share lies."""

    arm: SplitArm
    began: int
    completed: int
    low: float
    high: float
    is_leader: bool
    is_winner: bool


@dataclass(frozen=True)
class SplitStanding:
    """How a split stands. `is_uneven`: the numbers are so far from the shares that nothing should be concluded."""

    arms: list[ArmStanding]
    visits: int
    is_uneven: bool

    @property
    def is_decided(self) -> bool:
        """Whether one flow is better for certain."""
        return any(one.is_winner for one in self.arms)


@transaction.atomic
def create_split(
    *, workspace: Workspace, actor: User | None, name: str, shares: Sequence[tuple[Flow, int]]
) -> FlowSplit:
    """A split of two to four published flows with weights from 1 to 100. Raises SplitRefused."""
    flows = [flow for flow, _weight in shares]
    if not FEWEST <= len(flows) <= MOST or len({flow.pk for flow in flows}) != len(flows):
        raise SplitRefused(_("Choose two to four different flows."))
    if any(not flow.is_live or flow.workspace_id != workspace.pk for flow in flows):
        raise SplitRefused(_("People can only be led to flows that are live."))
    if any(not 1 <= weight <= MOST_WEIGHT for _flow, weight in shares):
        raise SplitRefused(_("A share is a whole number from 1 to 100."))
    split = FlowSplit.objects.create(workspace=workspace, name=name)
    SplitArm.objects.bulk_create(SplitArm(split=split, flow=flow, weight=weight) for flow, weight in shares)
    record_audit(workspace=workspace, actor=actor, action="flow_split.created", target=name)
    return split


@transaction.atomic
def end_split(*, split: FlowSplit, actor: User | None, flow: Flow) -> None:
    """From now on everybody is led to this flow. Ending again changes where. Raises SplitRefused for another flow."""
    locked = FlowSplit.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=split.pk)
    arm = locked.arms.filter(flow=flow).first()
    if arm is None:
        raise SplitRefused(_("Choose one of its flows."))
    locked.winner, locked.ended_at = arm, locked.ended_at or now()
    locked.save(update_fields=["winner", "ended_at"])
    record_audit(workspace=locked.workspace, actor=actor, action="flow_split.ended", target=locked.name)


def draw_arm(arms: Sequence[SplitArm]) -> SplitArm | None:
    """One of those whose flow is live, by chance and weight; None where none is."""
    live = [arm for arm in arms if arm.flow.is_live]
    if not live:
        return None
    place = secrets.randbelow(sum(arm.weight for arm in live))
    for arm in live:
        place -= arm.weight
        if place < 0:
            return arm
    return None


def count_visit(*, arm: SplitArm) -> str:
    """Count somebody who is led to this flow, of whom nothing else is kept. The mark that their session brings back.

    One row is written by all visitors of a flow, each for a fraction of a millisecond.
    """
    SplitArm.objects.filter(pk=arm.pk).update(visits=F("visits") + 1)
    return sign_token(PURPOSE, _VISIT.pack(arm.pk, secrets.token_bytes(8)))


def credit_visit(*, session: FlowSession, mark: str) -> SplitArm | None:
    """Note that a session began with the visit of this mark. None where the mark was used before, is another flow's,
    or none of ours: a copied address counts once."""
    payload = read_token(PURPOSE, mark)
    if payload is None or len(payload) != _VISIT.size or session.pk is None:
        return None
    number, visit = _VISIT.unpack(payload)
    arm = SplitArm.objects.select_related("split").filter(pk=number, flow_id=session.flow_id).first()
    if arm is None:
        return None
    try:
        with transaction.atomic():
            SplitEntry.objects.create(arm=arm, session=session, visit=visit)
    except IntegrityError:
        return None
    return arm


def standing_of(split: FlowSplit) -> SplitStanding:
    """How the flows compare in who came to the end, of all visits; `split` with its arms.

    The test may be looked at as often as one likes (docs/experiments.md). Counts are read before visits, so that
    nobody has finished who was not there.
    """
    counts = FlowSplit.objects.session_counts(split)
    arms = list(split.arms.select_related("flow").order_by("pk"))
    samples = [Sample(max(arm.visits, counts.get(arm.pk, (0, 0))[1]), counts.get(arm.pk, (0, 0))[1]) for arm in arms]
    standing = stand(samples) if len(samples) > 1 else None
    is_uneven = is_mismatch([arm.visits for arm in arms], [arm.weight for arm in arms])
    lines = []
    for place, (arm, sample) in enumerate(zip(arms, samples, strict=True)):
        low, high = interval_of(sample, alpha=level_of(len(arms)))
        is_leader = standing is not None and place == standing.leader and sample.successes > 0
        lines.append(
            ArmStanding(
                arm, counts.get(arm.pk, (0, 0))[0], sample.successes, low, high, is_leader,
                is_winner=standing is not None and standing.winner == place and not is_uneven,
            )
        )  # fmt: skip
    return SplitStanding(lines, sum(arm.visits for arm in arms), is_uneven)
