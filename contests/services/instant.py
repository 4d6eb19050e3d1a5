"""Instant win: an entry that counts is one try at the oldest sealed moment that is open."""

from contests import terms
from contests.models import Attempt, Contest, Entry, Winner
from contests.services.winning import notify_winner
from core.clock import now


def try_to_win(contest: Contest, entry: Entry) -> Attempt | None:
    """Make an entry's one try. The caller holds the contest's row, so tries are in order and a moment is won once.

    Moments are won in their own order, so the number of wins so far says which one is next.
    """
    settings = terms.settings_of(contest)
    if settings.get("selection") != terms.INSTANT or Attempt.objects.filter(entry=entry).exists():
        return None
    last = Attempt.objects.filter(contest=contest).order_by("-seq").values_list("second", flat=True).first()
    second = max(int(now().timestamp()), last or 0)
    contest.attempt_count += 1
    attempt = Attempt(contest=contest, entry=entry, seq=contest.attempt_count, second=second)
    moments = terms.moments_of(contest, settings)
    most = int((settings.get("instant_win") or {}).get("max_wins_per_entrant", 1))
    if contest.wins < len(moments) and moments[contest.wins].second <= second and _wins_of(entry) < most:
        attempt.prize, attempt.moment = moments[contest.wins].prize, moments[contest.wins].second
        contest.wins += 1
    attempt.save()
    contest.save(update_fields=["attempt_count", "wins"])
    if attempt.prize:
        _seat(contest, entry, attempt.prize)
    return attempt


def _seat(contest: Contest, entry: Entry, prize: str) -> None:
    """Whoever wins at once claims the prize like everybody who is drawn."""
    winner = Winner.objects.create(
        workspace_id=contest.workspace_id, contest=contest, entry=entry, place=contest.wins, seat=contest.wins,
        prize=prize,
    )  # fmt: skip
    notify_winner(winner)


def _wins_of(entry: Entry) -> int:
    return (
        Attempt.objects.filter(entry__contest_id=entry.contest_id, entry__group_ref=entry.group_ref)
        .exclude(prize="")
        .count()
    )
