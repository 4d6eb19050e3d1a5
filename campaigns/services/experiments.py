"""Looking at the versions of a campaign that has started, and sending the rest the one that was chosen."""

import datetime as dt
import logging

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import User
from campaigns import verdicts
from campaigns.approval import is_needed, was_approved
from campaigns.errors import WrongState
from campaigns.holds import APPROVAL_MISSING
from campaigns.measuring import Assessment, VersionCounts, assess, measure
from campaigns.models import Campaign, Experiment, ExperimentLook
from campaigns.planning import make_audience
from campaigns.rest import plan_for_rest
from campaigns.services.rows import locked, note, require_state, tell
from campaigns.services.starting import Held
from campaigns.services.versions import SOONEST
from core.clock import now
from core.queue import enqueue
from delivery.models import Dispatch
from delivery.services import Plan, close_dispatch, freeze_audience, messages_of
from segments.language.problems import RuleError

logger = logging.getLogger(__name__)

Status = Experiment.Status
# Looks come closer together at first, when most people open and click.
LATEST = dt.timedelta(hours=1)
# So long after the hours are over we wait for messages of the test that are still to be sent.
PATIENCE = dt.timedelta(hours=48)
STRAGGLERS = 0.05


def wake_due_looks() -> list[int]:
    """Wake a worker for each comparison that is to be looked at; returns their ids. Doing it again is harmless."""
    due = list(Experiment.objects.due(now()).order_by("next_look_at", "id").values_list("pk", flat=True)[:200])
    for experiment_id in due:
        enqueue("campaigns.look", experiment_id=experiment_id)
    return due


def look_at_experiment(*, experiment_id: int) -> str:
    """Look once if it is time, keep what was seen, and decide if it can be; returns the finding, else nothing.

    Wake-ups pile up while workers are busy, so the first one takes the look by putting the next one off, and the
    others find nothing to do. Counting takes a while and needs no lock; deciding happens under the campaign's row
    lock, so that a look and a person decide once.
    """
    moment = now()
    if not _take_look(experiment_id, moment):
        return ""
    experiment = Experiment.objects.select_related("campaign__dispatch").get(pk=experiment_id)
    if experiment.campaign.status == Campaign.Status.PAUSED:
        return ""
    counts = measure(experiment)
    is_ripe = _is_ripe(experiment, counts, moment)
    found = assess(experiment, counts, is_ripe=is_ripe)
    with transaction.atomic():
        row = locked(experiment.campaign)
        experiment = Experiment.objects.select_for_update().get(pk=experiment_id)
        if experiment.status != Status.RUNNING:
            return ""
        _keep_look(experiment, counts, found, moment)
        _act_on(row, experiment, found, is_ripe=is_ripe)
    return found.finding


def _take_look(experiment_id: int, moment: dt.datetime) -> bool:
    """Whether this look is ours: of several at once the database lets one change the row.

    Should we die while counting, the look is due again after SOONEST; then too nothing is decided twice.
    """
    due = Experiment.objects.due(moment).filter(pk=experiment_id, status=Status.RUNNING)
    return bool(due.update(next_look_at=moment + SOONEST))


def _is_ripe(experiment: Experiment, counts: list[VersionCounts], moment: dt.datetime) -> bool:
    if experiment.deadline_at is None or moment < experiment.deadline_at:
        return False
    waiting, drawn = sum(count.open for count in counts), sum(count.drawn for count in counts)
    return waiting <= STRAGGLERS * drawn or moment >= experiment.deadline_at + PATIENCE


def _keep_look(experiment: Experiment, counts: list[VersionCounts], found: Assessment, moment: dt.datetime) -> None:
    samples = [[c.sample.people, c.sample.successes, c.sample.total, c.sample.squares] for c in counts]
    ExperimentLook.objects.get_or_create(
        experiment=experiment, at=moment, defaults={"samples": samples, "finding": found.finding}
    )
    since = moment - (experiment.frozen_at or moment)
    following = moment + min(max(since / 10, SOONEST), LATEST)
    if experiment.deadline_at is not None and moment < experiment.deadline_at:
        following = min(following, experiment.deadline_at)
    experiment.next_look_at = following
    experiment.save(update_fields=["next_look_at"])


def _act_on(campaign: Campaign, experiment: Experiment, found: Assessment, *, is_ripe: bool) -> None:
    """Decide, ask a person, or wait; called with both rows locked."""
    if campaign.status not in (Campaign.Status.SENDING, Campaign.Status.PAUSED) and not experiment.is_split:
        _end(experiment, Status.STOPPED, "")
    elif found.finding == verdicts.UNEVEN:
        if is_ripe or experiment.is_automatic:
            _end(experiment, Status.DECIDED if experiment.is_split else Status.WAITING, verdicts.UNEVEN)
    elif found.finding == verdicts.WINNER and (experiment.is_automatic or experiment.is_split):
        assert found.standing is not None  # noqa: S101 - a winner stands
        assert found.standing.winner is not None  # noqa: S101
        _choose(campaign, experiment, [found.standing.winner + 1], verdicts.WINNER)
    elif is_ripe:
        _without_winner(campaign, experiment)


def _without_winner(campaign: Campaign, experiment: Experiment) -> None:
    if experiment.is_split:
        _end(experiment, Status.DECIDED, verdicts.CLOSE)
    elif not experiment.is_automatic or experiment.otherwise == Experiment.Otherwise.WAIT:
        _end(experiment, Status.WAITING, verdicts.UNDECIDED)
    elif experiment.otherwise == Experiment.Otherwise.SPLIT:
        _choose(campaign, experiment, [variant.position for variant in campaign.variants.all()], verdicts.SPLIT)
    else:
        _choose(campaign, experiment, [1], verdicts.FIRST)


@transaction.atomic
def choose_version(*, campaign: Campaign, actor: User | None, position: int) -> Campaign:
    """A person's choice, at any time while it is looked at: the rest gets this version. Twice is the same as once.

    Raises WrongState when there is nothing to choose, when another version was chosen already, or when the rest
    cannot be written to now; then nothing is changed.
    """
    row = locked(campaign)
    experiment = Experiment.objects.select_for_update().filter(campaign=row).first()
    if experiment is None or not row.variants.filter(position=position).exists():
        raise WrongState(gettext("This campaign has no such version. Nothing was changed."))
    if experiment.status == Status.DECIDED and experiment.winner == position:
        return row
    if not experiment.is_measured or experiment.is_split:
        raise WrongState(gettext("There is nothing to choose any more: it has been decided."))
    require_state(row, Campaign.Status.SENDING, Campaign.Status.PAUSED)
    if not _choose(row, experiment, [position], verdicts.BY_HAND, actor):
        raise WrongState(verdicts.outcome_sentence(verdicts.BLOCKED))
    return row


def _choose(
    campaign: Campaign, experiment: Experiment, positions: list[int], outcome: str, actor: User | None = None
) -> bool:
    """Send the rest these versions; False, with a person asked, when it cannot be written down."""
    winner = positions[0] if len(positions) == 1 else None
    if not experiment.is_split and not _freeze_rest(campaign, positions):
        if outcome != verdicts.BY_HAND:
            _end(experiment, Status.WAITING, verdicts.BLOCKED)
        return False
    # With a first version sent for want of a winner nothing has won.
    experiment.winner = winner if outcome in (verdicts.WINNER, verdicts.BY_HAND) else None
    experiment.decided_by = actor
    _end(experiment, Status.DECIDED, outcome)
    if actor is not None or outcome == verdicts.BY_HAND:
        note(campaign, actor, "version_chosen", version=positions[0])
    tell(campaign, "campaign.version_chosen", version=winner, outcome=outcome)
    return True


def _freeze_rest(campaign: Campaign, positions: list[int]) -> bool:
    """Write down whoever is in the segment now and was not in the test; False when that is not possible."""
    dispatch = campaign.dispatch
    assert dispatch is not None  # noqa: S101 - it has started
    variants = [v for v in campaign.variants.select_related("sender", "content_version") if v.position in positions]
    senders = [variant.sender or campaign.sender for variant in variants]
    if not campaign.segment or not all(sender and sender.is_verified and sender.is_active for sender in senders):
        return False
    try:
        with transaction.atomic():
            _write_rest(campaign, dispatch, plan_for_rest(campaign, variants, moment=now()))
    except (RuleError, Held):
        logger.warning("rest_blocked campaign=%s", campaign.pk)
        return False
    close_dispatch(dispatch=dispatch)
    return True


def _write_rest(campaign: Campaign, dispatch: Dispatch, plan: Plan) -> None:
    """Raises RuleError, and Held where the segment grew since the start to more than may be sent without a yes."""
    before = messages_of(dispatch, outcome="pending").count()
    freeze_audience(dispatch=dispatch, audience=make_audience(campaign, dispatch.occurrence, now()), plan=plan)
    added = messages_of(dispatch, outcome="pending").count() - before
    if is_needed(campaign, added) and not was_approved(campaign):
        raise Held(APPROVAL_MISSING)


def _end(experiment: Experiment, status: str, outcome: str) -> None:
    experiment.status = status
    experiment.outcome = outcome
    experiment.next_look_at = None
    experiment.decided_at = now() if status == Status.DECIDED else None
    experiment.save()
