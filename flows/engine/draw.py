"""A draw that anybody can do again: every document is published, and the smallest hash wins (docs/draws.md).

Chances are proportional to tickets, without replacement. HMAC is that of RFC 2104 with SHA-256; the tree of receipts
is that of RFC 6962 §2.1.
"""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from flows.engine.errors import FlowError
from flows.engine.values import nfc

MOST_TICKETS = 100_000
DRAND, PUBLIC_VALUE, SEED_ONLY = "drand", "public_value", "server_seed_only"
NONE = "-"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a contest. `salt` is 16 bytes in hex; `removed` says why it takes no part, if so."""

    entry_id: str
    salt: str
    tickets: int
    group: str
    seq: int
    issued_at: str
    removed: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """What is fixed and published before the first entry. Seeds and salts are hex; `prizes` in order of drawing."""

    contest: str
    opens_at: str
    closes_at: str
    prizes: Sequence[tuple[str, int]]
    alternates: int
    unique_by: str
    beacon: str
    beacon_ref: str
    beacon_at: str
    server_seed: str
    group_salt: str
    rules_sha256: str
    moments_sha256: str = NONE


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody drawn: the prize (empty for an alternate), the entry and its score in hex."""

    prize: str
    entry_ref: str
    score: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """What comes of the public value: the key in hex, the result document, and the seats."""

    key: str
    result: str
    winners: list[Seat]
    alternates: list[Seat]


@dataclass(frozen=True, slots=True)
class Result:
    """Everything there is to publish about a draw."""

    opening: str
    entries: str
    removed: str
    commitment: str
    receipts_root: str
    key: str
    result: str
    winners: list[Seat] = field(default_factory=list)
    alternates: list[Seat] = field(default_factory=list)


def sha256(content: str | bytes) -> str:
    """SHA-256 in lower-case hex."""
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def lines(*texts: str) -> str:
    """A document: every line, also the last, ended by one LF."""
    return "".join(f"{text}\n" for text in texts)


def entry_ref(contest: str, entry: Entry) -> str:
    """What an entry is called in public; only who has its salt can show which it is."""
    return sha256(lines("rapport-entry/1", contest, entry.entry_id, entry.salt))


def group_ref(terms: Terms, identity: str) -> str:
    """What all entries of one person share in public."""
    message = lines("rapport-group/1", terms.contest, identity)
    return _hmac(bytes.fromhex(terms.group_salt), message).hex()[:32]


def opening_document(terms: Terms) -> str:
    """What is promised before the first entry."""
    return lines(
        "rapport-draw-opening/1",
        f"contest:{terms.contest}",
        f"opens_at:{terms.opens_at}",
        f"closes_at:{terms.closes_at}",
        "prizes:" + ";".join(f"{key}={count}" for key, count in terms.prizes),
        f"alternates:{terms.alternates}",
        f"unique_by:{terms.unique_by}",
        f"beacon:{terms.beacon}",
        f"beacon_ref:{terms.beacon_ref}",
        f"beacon_at:{terms.beacon_at}",
        f"server_seed_sha256:{sha256(bytes.fromhex(terms.server_seed))}",
        f"rules_sha256:{terms.rules_sha256}",
        f"moments_sha256:{terms.moments_sha256}",
    )


def receipt(contest: str, entry: Entry) -> str:
    """What an entrant is sent: proof that their entry was taken."""
    return lines(
        "rapport-receipt/1",
        f"contest:{contest}",
        f"entry:{entry_ref(contest, entry)}",
        f"seq:{entry.seq}",
        f"issued_at:{entry.issued_at}",
    )


def tree_root(receipts: Sequence[str]) -> str:
    """The root of the tree of receipts in order of seq (RFC 6962 §2.1)."""
    return _tree([_leaf(one) for one in receipts])[0].hex()


def tree_proof(receipts: Sequence[str], place: int) -> list[str]:
    """The hashes that lead from the receipt at `place` to the root (RFC 6962 §2.1.1)."""
    return [node.hex() for node in _path([_leaf(one) for one in receipts], place)]


def entries_document(terms: Terms, entries: Iterable[Entry]) -> str:
    """Who takes part, with tickets. Raises FlowError bad_tickets."""
    taking_part = [entry for entry in entries if not entry.removed]
    if not all(1 <= entry.tickets <= MOST_TICKETS for entry in taking_part):
        raise FlowError("bad_tickets")
    return entries_text(
        terms.contest,
        [(entry_ref(terms.contest, entry), entry.tickets, group_ref(terms, entry.group)) for entry in taking_part],
    )


def entries_text(contest: str, entries: Sequence[tuple[str, int, str]]) -> str:
    """The entries document of (entry_ref, tickets, group_ref), for whoever keeps the refs themselves."""
    tickets = sum(count for _ref, count, _group in entries)
    head = ("rapport-draw-entries/1", f"contest:{contest}", f"count:{len(entries)}", f"tickets:{tickets}")
    return lines(*head, *sorted(f"{ref},{count},{group}" for ref, count, group in entries))


def removed_document(terms: Terms, entries: Iterable[Entry]) -> str:
    """Every receipt that is not among the entries, with the reason."""
    return removed_text(
        terms.contest, [(entry_ref(terms.contest, entry), entry.removed) for entry in entries if entry.removed]
    )


def removed_text(contest: str, removed: Iterable[tuple[str, str]]) -> str:
    """The removed document of (entry_ref, reason)."""
    return lines("rapport-draw-removed/1", f"contest:{contest}", *sorted(f"{ref},{why}" for ref, why in removed))


def commitment_document(opening: str, entries: str, removed: str, receipts_root: str) -> str:
    """What is published after closing and before the public value is known."""
    return lines(
        "rapport-draw-commitment/1",
        f"opening_sha256:{sha256(opening)}",
        f"entries_sha256:{sha256(entries)}",
        f"removed_sha256:{sha256(removed)}",
        f"receipts_root:{receipts_root}",
    )


def beacon_bytes(kind: str, value: str) -> bytes:
    """The public value as bytes. Raises FlowError bad_beacon."""
    if kind == SEED_ONLY:
        return b""
    if kind == PUBLIC_VALUE:
        return " ".join(nfc(value).split()).encode()
    try:
        found = bytes.fromhex(value)
    except ValueError as error:
        raise FlowError("bad_beacon") from error
    if kind != DRAND or len(found) != 32:
        raise FlowError("bad_beacon")
    return found


def draw(terms: Terms, entries: Sequence[Entry], beacon_value: str) -> Result:
    """The whole draw. Raises FlowError bad_tickets, bad_beacon."""
    public_value = beacon_bytes(terms.beacon, beacon_value)
    opening, listed = opening_document(terms), entries_document(terms, entries)
    removed = removed_document(terms, entries)
    root = tree_root([receipt(terms.contest, entry) for entry in sorted(entries, key=lambda entry: entry.seq)])
    commitment = commitment_document(opening, listed, removed, root)
    drawn = decide(terms, commitment, listed, public_value)
    return Result(
        opening, listed, removed, commitment, root, drawn.key, drawn.result, drawn.winners, drawn.alternates
    )  # fmt: skip


def decide(terms: Terms, commitment: str, entries: str, public_value: bytes) -> Drawn:
    """Winners and alternates of an entries document, once the public value is there."""
    key = draw_key(commitment, terms.server_seed, public_value)
    winners, alternates = seated(terms, rank(key, entries))
    result = lines(
        "rapport-draw-result/1",
        f"commitment_sha256:{sha256(commitment)}",
        f"server_seed:{terms.server_seed}",
        f"beacon_value:{public_value.hex()}",
        f"key:{key.hex()}",
        *(f"winner:{place}:{one.prize}:{one.entry_ref}:{one.score}" for place, one in enumerate(winners, 1)),
        *(f"alternate:{place}:{one.entry_ref}:{one.score}" for place, one in enumerate(alternates, 1)),
    )
    return Drawn(key.hex(), result, winners, alternates)


def seated(terms: Terms, ranking: Sequence[tuple[str, str]]) -> tuple[list[Seat], list[Seat]]:
    """Prizes given in order down a ranking of (entry_ref, score), and those who wait behind."""
    prizes = [prize for prize, count in terms.prizes for _piece in range(count)]
    winners = [Seat(prize, ref, score) for prize, (ref, score) in zip(prizes, ranking, strict=False)]
    waiting = ranking[len(winners) : len(winners) + terms.alternates] if len(winners) == len(prizes) else []
    return winners, [Seat("", ref, score) for ref, score in waiting]


def draw_key(commitment: str, server_seed: str, public_value: bytes) -> bytes:
    """The key of the draw: nobody knew it before the public value was there."""
    committed = hashlib.sha256(commitment.encode()).digest()
    return hashlib.sha256(b"rapport-draw-key/1\n" + committed + bytes.fromhex(server_seed) + public_value).digest()


def rank(key: bytes, entries: str) -> list[tuple[str, str]]:
    """(entry_ref, score) of an entries document in ascending order; of each group only the first stays."""
    scored = []
    for row in entries.splitlines()[4:]:
        ref, tickets, group = row.split(",")
        scored.append((_score(key, ref, int(tickets)), ref, group))
    seen: set[str] = set()
    ranking = []
    for score, ref, group in sorted(scored):
        if group not in seen:
            seen.add(group)
            ranking.append((ref, score.hex()))
    return ranking


def _score(key: bytes, ref: str, tickets: int) -> bytes:
    """The smallest hash of an entry's tickets."""
    start = f"{ref},"
    return min(hmac.digest(key, f"{start}{number}".encode(), "sha256") for number in range(1, tickets + 1))


def _hmac(key: bytes, message: str) -> bytes:
    return hmac.digest(key, message.encode(), "sha256")


def _leaf(text: str) -> bytes:
    return hashlib.sha256(b"\x00" + text.encode()).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _tree(level: list[bytes]) -> list[bytes]:
    """The root alone. A level's odd last node rises as it is, which is what RFC 6962's split comes to."""
    if not level:
        return [hashlib.sha256(b"").digest()]
    while len(level) > 1:
        level = _above(level)
    return level


def _above(level: list[bytes]) -> list[bytes]:
    pairs = [_node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
    return pairs + level[-1:] if len(level) % 2 else pairs


def _path(level: list[bytes], place: int) -> list[bytes]:
    path = []
    while len(level) > 1:
        neighbour = place ^ 1
        if neighbour < len(level):
            path.append(level[neighbour])
        level, place = _above(level), place // 2
    return path
