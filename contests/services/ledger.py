"""The ledger of tickets: rows are only ever added, each with the hash of the one before."""

import datetime as dt

from django.db.models import Sum

from contests import terms
from contests.models import Contest, Entry, Ticket
from core.clock import now
from flows.engine.dates import moment_text
from flows.engine.draw import MOST_TICKETS
from flows.engine.entries import FIRST_HASH, balance, ledger_hash, window


def locked(contest_id: int) -> Contest:
    """The contest's row, held until the transaction ends: whoever writes about entries holds it.

    It makes counting limits, numbering entries and continuing the chain one step. Sessions are locked before it.
    """
    return Contest.objects.select_for_update(of=("self",), no_key=True).select_related("flow", "version").get(
        pk=contest_id
    )  # fmt: skip


def add_tickets(
    *, contest: Contest, entry: Entry, method: str, delta: int, reason: str, at: dt.datetime | None = None
) -> None:
    """Write one row and what the entry's tickets come to now. The caller holds the contest's row."""
    if not delta:
        return
    moment = at or now()
    contest.ledger_count += 1
    row = (contest.ledger_count, entry.entry_ref, method, delta, reason, moment_text(moment))
    contest.ledger_hash = ledger_hash(contest.ledger_hash or FIRST_HASH, row)
    Ticket.objects.create(
        contest=contest, entry=entry, seq=contest.ledger_count, entry_ref=entry.entry_ref, method=method, delta=delta,
        reason=reason, at=moment.replace(microsecond=0), hash=contest.ledger_hash,
    )  # fmt: skip
    contest.save(update_fields=["ledger_count", "ledger_hash"])
    sums = Ticket.objects.filter(entry=entry).values_list("method").annotate(total=Sum("delta")).order_by()
    entry.tickets = min(MOST_TICKETS, balance(sums, terms.caps_of(terms.settings_of(contest))))
    entry.save(update_fields=["tickets"])


def had_in_window(*, contest: Contest, entry: Entry, method: str, per: str, at: dt.datetime) -> bool:
    """Whether the entry was given tickets by the method in the window of `at`; served by contest_ticket_of_entry."""
    last = Ticket.objects.filter(entry=entry, method=method, delta__gt=0).order_by("-at").first()
    zone = terms.zone(terms.settings_of(contest))
    return last is not None and window(per, last.at, zone) == window(per, at, zone)


def check_ledger(contest: Contest) -> int | None:
    """The number of the first row that does not continue the chain, None when every row does."""
    previous, expected = FIRST_HASH, 1
    for row in Ticket.objects.filter(contest=contest).order_by("seq").iterator(2_000):
        said = (row.seq, row.entry_ref, row.method, row.delta, row.reason, moment_text(row.at))
        if row.seq != expected or row.hash != ledger_hash(previous, said):
            return expected
        previous, expected = row.hash, expected + 1
    return None if previous == (contest.ledger_hash or FIRST_HASH) else expected
