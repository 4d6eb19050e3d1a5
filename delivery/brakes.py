"""What slows a dispatch down, in sentences, the strongest first."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consent.quiet_hours import quiet_ends
from core.clock import now
from core.formatting import clock_time, number, relative_time
from delivery.models import PaceBucket
from delivery.pace.receivers import receiver_label
from delivery.services.going_out import GoingOut
from delivery.services.pace import zone_of

# A limit counts as felt from half of it on; below that something else is slower.
FELT = 0.5
HALF_A_DAY = dt.timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Brake:
    """`code` is for programs; `until` is when it lets go, where that is known. `stands` says that nothing leaves."""

    code: str
    text: str
    until: dt.datetime | None = None
    stands: bool = False


def brakes_of(one: GoingOut) -> list[Brake]:
    """Everything that is known to slow it down; nothing where it goes as fast as mail servers take it."""
    if one.is_paused:
        return [Brake("paused", one.dispatch.pause_reason or _("It is paused."), stands=True)]
    found = [*_refusals(one), *_slowdowns(one)]
    if one.waiting:
        found += [*_days(one), *_hours(one), *_times(one)]
    return [*found, *_turns(one)]


def _refusals(one: GoingOut) -> Iterator[Brake]:
    if one.dispatch.trouble_since is not None:
        since = {"time": _clock(one.dispatch.trouble_since)}
        text = _("The mail server has not answered since %(time)s. We go on trying.") % since
        yield Brake("server_silent", text, stands=True)
    names = {sender.pk: sender for sender in one.senders}
    for stop in one.stops:
        words = {"sender": names.get(stop.sender_id, ""), "words": stop.words}
        if stop.probing_at is not None:
            yield Brake("sender_probing", _("%(sender)s was refused and tries again, one message at a time.") % words)
        else:
            text = _("%(sender)s is refused: “%(words)s” Nothing leaves from it until that is mended.") % words
            yield Brake("sender_stopped", text, stands=True)


def _slowdowns(one: GoingOut) -> Iterator[Brake]:
    waiting = {lane.receiver for lane in one.lanes}
    for slowed in one.pace.slowed:
        if slowed.receiver not in waiting and not slowed.is_everybody:
            continue
        words = {"who": slowed.label, "time": _clock(slowed.until), "number": number(slowed.hourly)}
        if slowed.is_paused:
            text = _("%(who)s asked us to wait until %(time)s.") % words
            yield Brake("receiver_paused", text, slowed.until, stands=slowed.is_everybody)
        else:
            text = _("%(who)s takes %(number)s an hour for now. That grows by itself.") % words
            yield Brake("receiver_slow", text)


def _days(one: GoingOut) -> Iterator[Brake]:
    """What a day lets through: a warm-up, or a limit."""
    if not one.pace.later:
        return
    counts = {"today": number(one.pace.today), "later": number(one.pace.later)}
    if one.pace.is_warming_up:
        text = _("The sender is still becoming known: %(today)s more today, %(later)s on the days after.") % counts
        yield Brake("warming_up", text, stands=not one.pace.today)
    elif any(row.daily_limit for row in one.limits):
        text = _("The limit of a day: %(today)s more today, %(later)s on the days after.") % counts
        yield Brake("daily_limit", text, stands=not one.pace.today)


def _hours(one: GoingOut) -> Iterator[Brake]:
    """The strictest limit of an hour, where it is felt, and limits for single receivers."""
    hourly = one.pace.hourly
    # Limits of senders and workspaces are used up by others, too.
    speed = one.per_minute if hourly == one.dispatch.hourly_limit else one.together
    if hourly and one.due and speed * 60 >= FELT * hourly:
        yield Brake("hourly_limit", _whose_hour(one, hourly) % {"number": number(hourly)})
    waiting = {lane.receiver for lane in one.lanes if lane.due}
    for row in one.limits:
        if row.receiver in waiting and row.hourly_limit:
            words = {"who": receiver_label(row.receiver), "number": number(row.hourly_limit)}
            yield Brake("receiver_limit", _("%(who)s gets at most %(number)s an hour from this sender.") % words)


def _whose_hour(one: GoingOut, hourly: int) -> str:
    if one.dispatch.hourly_limit == hourly:
        return _("Its own limit: %(number)s an hour.")
    if any(row.hourly_limit == hourly for row in one.limits if _is_whole(row)):
        return _("The limit of the workspace: %(number)s an hour for everything together.")
    return _("The limit of its sender: %(number)s an hour.")


def _is_whole(row: PaceBucket) -> bool:
    return row.sender_id is None and row.receiver is None


def _times(one: GoingOut) -> Iterator[Brake]:
    """Messages whose time has not come: people's own hour, quiet hours, a server that put us off."""
    later = one.waiting - one.due
    if not later or one.next_at is None:
        return
    if quiet := _quiet_until(one):
        text = _("Quiet hours until %(time)s. They go by each person’s own clock.") % {"time": _clock(quiet)}
        yield Brake("quiet_hours", text, quiet, stands=not one.due)
    words = {"count": number(later), "time": _clock(one.next_at)}
    text = ngettext(
        "%(count)s message has a later time: their own hour, quiet hours, a server that asked. Next: %(time)s.",
        "%(count)s messages have a later time: their own hour, quiet hours, a server that asked. Next: %(time)s.",
        later,
    )
    yield Brake("later_times", text % words, one.next_at, stands=not one.due)


def _quiet_until(one: GoingOut) -> dt.datetime | None:
    workspace = one.dispatch.workspace
    if workspace.quiet_from is None or workspace.quiet_until is None:
        return None
    return quiet_ends(now(), workspace.quiet_from, workspace.quiet_until, zone_of(workspace))


def _turns(one: GoingOut) -> Iterator[Brake]:
    if not one.due:
        return
    if one.rivals:
        text = ngettext(
            "It takes turns with %(count)s other campaign of this workspace.",
            "It takes turns with %(count)s other campaigns of this workspace.",
            one.rivals,
        )
        yield Brake("own_turns", text % {"count": number(one.rivals)})
    if one.has_neighbours:
        yield Brake("other_turns", _("Other workspaces are sending too. Everybody has a turn."))


def _clock(at: dt.datetime) -> str:
    """The time alone where no other day can be meant, else with its day, on the reader's clock."""
    moment = now()
    return clock_time(at) if abs(at - moment) < HALF_A_DAY else relative_time(at, moment)


def standing(brakes: Iterable[Brake]) -> bool:
    """Whether something of it means that nothing leaves."""
    return any(brake.stands for brake in brakes)
