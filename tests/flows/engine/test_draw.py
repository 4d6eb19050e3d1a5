"""The draw is fair: chances follow tickets, and everybody can check it with the published documents alone."""

import hashlib
from collections import Counter

from flows.engine.draw import Entry, lines, rank, receipt, sha256, tree_proof, tree_root

DRAWS = 20_000
# The value that chi-squared with 4 degrees of freedom exceeds once in a thousand times.
RARE = 18.47


def test_winners_of_twenty_thousand_draws_follow_the_tickets():
    tickets = [1, 2, 3, 4, 5]
    refs = [sha256(str(number)) for number in range(5)]
    rows = sorted(f"{ref},{count},{sha256(ref)[:32]}" for ref, count in zip(refs, tickets, strict=True))
    document = lines("rapport-draw-entries/1", "contest:c", "count:5", "tickets:15", *rows)
    won = Counter(rank(hashlib.sha256(str(draw).encode()).digest(), document)[0][0] for draw in range(DRAWS))
    expected = [DRAWS * count / 15 for count in tickets]
    distance = sum((won[ref] - wanted) ** 2 / wanted for ref, wanted in zip(refs, expected, strict=True))
    assert distance < RARE


def test_one_person_with_two_entries_has_one_seat():
    rows = sorted(f"{sha256(str(number))},1,{'a' * 32 if number < 2 else 'b' * 32}" for number in range(3))
    document = lines("rapport-draw-entries/1", "contest:c", "count:3", "tickets:3", *rows)
    assert len(rank(b"k" * 32, document)) == 2


def proven(leaf: bytes, place: int, size: int, path: list[str]) -> str:
    """The root that a proof leads to, by RFC 9162 §2.1.3.2, written apart from the engine."""
    node, at, last = leaf, place, size - 1
    for step in map(bytes.fromhex, path):
        if at % 2 or at == last:
            node = hashlib.sha256(b"\x01" + step + node).digest()
            while not at % 2 and at:
                at, last = at >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\x01" + node + step).digest()
        at, last = at >> 1, last >> 1
    return node.hex()


def test_every_receipt_is_proved_by_its_path_whatever_the_number():
    for size in range(1, 34):
        receipts = [receipt("c", Entry(f"e{n}", "0" * 32, 1, "g", n, "2026-06-02T12:00:00Z")) for n in range(size)]
        root = tree_root(receipts)
        for place, text in enumerate(receipts):
            leaf = hashlib.sha256(b"\x00" + text.encode()).digest()
            assert proven(leaf, place, size, tree_proof(receipts, place)) == root
