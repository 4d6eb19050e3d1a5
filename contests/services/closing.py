"""After closing: everybody who takes part and everybody who does not is listed, published and sealed."""

import datetime as dt

from contests import terms
from contests.mail import receipt_of
from contests.models import Attempt, Contest, Document, Entry
from contests.services.documents import publish_document
from core.clock import now
from flows.engine.dates import moment_text
from flows.engine.draw import commitment_document, entries_text, group_ref, lines, removed_text, tree_root

CHUNK = 2_000
# What is undecided when the list is sealed takes no part, and the list says so.
UNDECIDED = {Entry.Status.PENDING: "not_confirmed", Entry.Status.HELD: "not_reviewed"}


def close_contest(contest: Contest) -> None:
    """No more entries: the receipts are published, and where moments were sealed these and all tries."""
    contest.phase = Contest.Phase.CLOSED
    publish_document(contest=contest, kind=Document.Kind.RECEIPTS, body=receipts_text(contest))
    settings = terms.settings_of(contest)
    if settings["selection"] == terms.INSTANT:
        publish_document(contest=contest, kind=Document.Kind.MOMENTS, body=_moments_and_seed(contest, settings))
        publish_document(contest=contest, kind=Document.Kind.ATTEMPTS, body=attempts_text(contest))
    contest.next_at = now()


def commit_contest(contest: Contest) -> None:
    """Publish entries, removed and commitment. From here on nothing about an entry changes."""
    opening = contest.document(Document.Kind.OPENING)
    assert opening is not None  # noqa: S101 - a contest is only closed after it was opened
    entries, removed = _lists(contest)
    publish_document(contest=contest, kind=Document.Kind.ENTRIES, body=entries)
    publish_document(contest=contest, kind=Document.Kind.REMOVED, body=removed)
    commitment = commitment_document(opening.body, entries, removed, receipts_root(contest))
    publish_document(contest=contest, kind=Document.Kind.COMMITMENT, body=commitment)
    contest.phase, contest.next_at, contest.trouble = Contest.Phase.COMMITTED, contest.draws_at, ""


def commits_at(contest: Contest) -> dt.datetime:
    """When the list is sealed at the latest, whatever is undecided."""
    assert contest.draws_at is not None  # noqa: S101 - set at opening
    return contest.draws_at - terms.COMMITTED_BEFORE


def has_undecided(contest: Contest) -> bool:
    """Whether an entry still waits for its entrant or for somebody's look, or votes are still to come."""
    if now() < terms.voting_ends_at(terms.settings_of(contest)):
        return True
    return Entry.objects.filter(contest=contest, status__in=list(UNDECIDED)).exists()


def publish_root(contest: Contest) -> None:
    """The root of the receipts so far, once a day: nobody can be added or left out unseen afterwards."""
    count = Entry.objects.filter(contest=contest).count()
    if count:
        body = lines(
            "rapport-receipts-root/1", f"contest:{contest.name}", f"count:{count}", f"root:{receipts_root(contest)}"
        )
        publish_document(contest=contest, kind=Document.Kind.ROOT, body=body)  # fmt: skip


def receipts_root(contest: Contest) -> str:
    """The root of the tree of all receipts (RFC 6962)."""
    rows = Entry.objects.filter(contest=contest).order_by("seq")
    return tree_root([receipt_of(contest, entry) for entry in rows.iterator(CHUNK)])


def receipts_text(contest: Contest) -> str:
    """What receipts are made of, so that anybody can build the tree: number, time and name of each entry."""
    rows = Entry.objects.filter(contest=contest).order_by("seq").values_list("seq", "issued_at", "entry_ref")
    said = (f"{seq},{moment_text(at)},{ref}" for seq, at, ref in rows.iterator(CHUNK))
    return lines("rapport-receipts/1", f"contest:{contest.name}", *said)


def attempts_text(contest: Contest) -> str:
    """All tries in order, with what they won."""
    rows = Attempt.objects.filter(contest=contest).order_by("seq").select_related("entry")
    said = (
        f"{one.seq},{one.second},{one.entry.entry_ref},{one.entry.group_ref},{one.prize or '-'}"
        for one in rows.iterator(CHUNK)
    )
    return lines("rapport-attempts/1", f"contest:{contest.name}", *said)


def _moments_and_seed(contest: Contest, settings: terms.Settings) -> str:
    return terms.sealed_moments(contest, settings)


def _lists(contest: Contest) -> tuple[str, str]:
    """The documents of who takes part and who does not."""
    settings = terms.settings_of(contest)
    promised = terms.draw_terms(contest)
    by_contact = terms.unique_by(settings) == "contact"
    taking_part: list[tuple[str, int, str]] = []
    removed: list[tuple[str, str]] = []
    rows = Entry.objects.filter(contest=contest).select_related("contact").order_by("seq")
    for entry in rows.iterator(CHUNK):
        if entry.status != Entry.Status.VERIFIED or entry.tickets < 1:
            removed.append((entry.entry_ref, _why_not(entry)))
            continue
        # Two contacts may have become one person since they entered.
        is_known = by_contact and entry.contact is not None
        group = group_ref(promised, str(entry.contact.public_id)) if is_known and entry.contact else entry.group_ref
        taking_part.append((entry.entry_ref, entry.tickets, group))
    return entries_text(contest.name, taking_part), removed_text(contest.name, removed)


def _why_not(entry: Entry) -> str:
    if entry.status == Entry.Status.VERIFIED:
        return "no_tickets"
    return UNDECIDED.get(entry.status) or entry.reason or "other"  # type: ignore[call-overload]
