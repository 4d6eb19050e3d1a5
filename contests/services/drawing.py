"""The draw, and the ranking where votes, scores or a jury decide: both from the published list of entries."""

import datetime as dt

from django.db import transaction

from accounts.models import User
from accounts.services import record_audit
from contests import terms
from contests.beacon import NoValue, fetch_value
from contests.models import Contest, Document, Entry, Winner
from contests.services.documents import publish_document
from contests.services.ledger import locked
from contests.services.winning import notify_winner
from core.clock import now
from events.services import record
from flows.engine.dates import moment_text
from flows.engine.draw import DRAND, PUBLIC_VALUE, SEED_ONLY, Seat, beacon_bytes, decide, lines, seated, sha256
from flows.engine.errors import FlowError

FETCH_AGAIN_AFTER = dt.timedelta(minutes=1)
LONGEST_VALUE = 500


class NotDrawable(ValueError):
    """The contest cannot be drawn: `code` is not_committed, too_early, bad_value or secret_lost."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def draw_if_possible(contest: Contest) -> None:
    """At the promised moment: draw, or say what is missing and when to look again. The caller holds the row."""
    settings = terms.settings_of(contest)
    beacon = terms.beacon_of(settings)
    if not terms.is_random(settings) or beacon["type"] == SEED_ONLY:
        _draw(contest, "")
    elif beacon["type"] == PUBLIC_VALUE:
        contest.trouble, contest.next_at = "value_missing", None
    else:
        contest.trouble, contest.next_at = "value_fetched", now() + FETCH_AGAIN_AFTER


@transaction.atomic
def draw_with_value(*, contest: Contest, value: str, actor: User | None) -> Contest:
    """Draw with the public value that a person read, or that was fetched. Raises NotDrawable."""
    held = locked(contest.pk)
    if held.phase != Contest.Phase.COMMITTED:
        raise NotDrawable("not_committed")
    if held.draws_at is None or now() < held.draws_at:
        raise NotDrawable("too_early")
    if not value.strip() or len(value) > LONGEST_VALUE or not value.isprintable():
        raise NotDrawable("bad_value")
    _draw(held, value.strip())
    held.save()
    if actor is not None:
        detail = {"value": held.public_value}
        record_audit(
            workspace=held.workspace, actor=actor, action="contest.drawn", target=held.flow.name, detail=detail
        )
    return held


def fetch_and_draw(contest_id: int) -> bool:
    """Ask drand for the round and draw with it; False when there is nothing to fetch now. No lock is held meanwhile."""
    contest = Contest.objects.select_related("flow", "version").get(pk=contest_id)
    if contest.phase != Contest.Phase.COMMITTED or contest.trouble != "value_fetched":
        return False
    beacon = terms.beacon_of(terms.settings_of(contest))
    try:
        value = fetch_value(str(beacon["ref"]))
    except NoValue as problem:
        trouble = "value_missing" if problem.code == "unknown_ref" else "value_fetched"
        again = None if problem.code == "unknown_ref" else now() + FETCH_AGAIN_AFTER
        Contest.objects.filter(pk=contest_id).update(trouble=trouble, next_at=again)
        return False
    draw_with_value(contest=contest, value=value, actor=None)
    return True


def needs_value(contest: Contest) -> bool:
    """Whether the draw waits for a public value."""
    settings = terms.settings_of(contest)
    return terms.is_random(settings) and terms.beacon_of(settings)["type"] in (DRAND, PUBLIC_VALUE)


def _draw(contest: Contest, value: str) -> None:
    settings = terms.settings_of(contest)
    if settings["selection"] == terms.INSTANT:
        _finish(contest, [], [], None)
        return
    if not contest.server_seed:
        raise NotDrawable("secret_lost")
    promised = terms.draw_terms(contest)
    commitment, entries = (contest.document(kind) for kind in (Document.Kind.COMMITMENT, Document.Kind.ENTRIES))
    assert commitment is not None and entries is not None  # noqa: S101, PT018 - the phase says so
    if terms.is_random(settings):
        try:
            drawn = decide(promised, commitment.body, entries.body, beacon_bytes(promised.beacon, value))
        except FlowError as error:
            raise NotDrawable("bad_value") from error
        contest.public_value = value
        _finish(contest, drawn.winners, drawn.alternates, drawn.result)
        return
    winners, alternates = seated(promised, _ranking(contest, settings, entries.body))
    _finish(
        contest, winners, alternates, _ranking_text(commitment.body, str(settings["selection"]), winners, alternates)
    )


def _finish(contest: Contest, winners: list[Seat], alternates: list[Seat], result: str | None) -> None:
    if result is not None:
        publish_document(contest=contest, kind=Document.Kind.RESULT, body=result)
    refs = [seat.entry_ref for seat in (*winners, *alternates)]
    entries = {one.entry_ref: one for one in Entry.objects.filter(contest=contest, entry_ref__in=refs)}
    rows = [
        Winner(
            workspace_id=contest.workspace_id, contest=contest, entry=entries[seat.entry_ref], place=place,
            seat=place if seat.prize else None, prize=seat.prize, score=seat.score,
            state=Winner.State.DRAWN if seat.prize else Winner.State.WAITING,
        )
        for place, seat in enumerate((*winners, *alternates), 1)
    ]  # fmt: skip
    Winner.objects.bulk_create(rows)
    contest.phase, contest.trouble, contest.next_at = Contest.Phase.DRAWN, "", None
    contest.save()
    for row in rows:
        if row.prize:
            notify_winner(row)
    record(contest.workspace, "contest.drawn", properties={"flow": contest.flow.key, "winners": len(winners)})


def _ranking(contest: Contest, settings: terms.Settings, entries: str) -> list[tuple[str, str]]:
    """(entry_ref, what counted) in order; of each group only the first stays. Only listed entries are ranked."""
    listed = {ref: group for ref, _tickets, group in (row.split(",") for row in entries.splitlines()[4:])}
    rows = [
        row for row in Entry.objects.filter(contest=contest, status=Entry.Status.VERIFIED) if row.entry_ref in listed
    ]
    selection = str(settings["selection"])
    if selection == "judged":
        rows = [row for row in rows if row.judged_place is not None]
    seen: set[str] = set()
    found = []
    for row in sorted(rows, key=lambda row: _order(selection, row)):
        if listed[row.entry_ref] not in seen:
            seen.add(listed[row.entry_ref])
            found.append((row.entry_ref, _counted(selection, row)))
    return found


def _order(selection: str, entry: Entry) -> tuple[object, ...]:
    verified = entry.verified_at or entry.issued_at
    if selection == "votes":
        return (-entry.votes, verified, entry.entry_ref)
    if selection == "highest_score":
        return (-(entry.score or 0), verified, entry.entry_ref)
    if selection == "judged":
        return (entry.judged_place, verified, entry.entry_ref)
    return (verified, entry.entry_ref)


def _counted(selection: str, entry: Entry) -> str:
    if selection == "votes":
        return str(entry.votes)
    if selection == "highest_score":
        return f"{(entry.score or 0):f}"
    if selection == "judged":
        return str(entry.judged_place)
    return moment_text(entry.verified_at or entry.issued_at)


def _ranking_text(commitment: str, selection: str, winners: list[Seat], alternates: list[Seat]) -> str:
    """The result where no chance decides, in the form of a draw's."""
    return lines(
        "rapport-ranking-result/1",
        f"commitment_sha256:{sha256(commitment)}",
        f"selection:{selection}",
        *(f"winner:{place}:{one.prize}:{one.entry_ref}:{one.score}" for place, one in enumerate(winners, 1)),
        *(f"alternate:{place}:{one.entry_ref}:{one.score}" for place, one in enumerate(alternates, 1)),
    )
