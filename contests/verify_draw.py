#!/usr/bin/env python3
"""Check a published draw, with nothing but Python 3.8 or newer.

    python3 verify_draw.py FOLDER_OR_ZIP [RECEIPT …]

The folder (or documents.zip) holds the files of the draw's page. Receipts are files with the text that entrants were
mailed. It prints what it checked, one line each, and ends with status 0 when everything is right, 1 when something is
not, 2 when something that is needed is missing.

What it cannot know: whether the opening was published before the first entry (look at its date), whether the public
value is the one that was announced (look it up), and whether entrants are real people.
"""

import hashlib
import hmac
import os
import sys
import zipfile


def sha256(text):
    """SHA-256 of a text or of bytes, in hex."""
    return hashlib.sha256(text.encode("utf-8") if isinstance(text, str) else text).hexdigest()


def read_documents(place):
    """The files of a folder or a zip, by name."""
    if os.path.isdir(place):
        names = [name for name in os.listdir(place) if name.endswith(".txt")]
        return {name: open(os.path.join(place, name), encoding="utf-8", newline="").read() for name in names}
    with zipfile.ZipFile(place) as archive:
        return {name: archive.read(name).decode("utf-8") for name in archive.namelist() if name.endswith(".txt")}


def lines_of(text, head):
    """The lines after the first, which says what the document is."""
    if not text.endswith("\n") or not text.startswith(head + "\n"):
        raise ValueError("not a document of the kind " + head)
    return text[:-1].split("\n")[1:]


def fields_of(text, head):
    """Lines `name:value` as a dictionary; a name that comes again is kept in a list under `name*`."""
    found = {}
    for line in lines_of(text, head):
        name, _colon, value = line.partition(":")
        found.setdefault(name, value)
        found.setdefault(name + "*", []).append(value)
    return found


def tree_root(leaves):
    """The root of a hash tree, RFC 6962 section 2.1."""
    if not leaves:
        return hashlib.sha256(b"").hexdigest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0].encode("utf-8")).hexdigest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    left, right = bytes.fromhex(tree_root(leaves[:split])), bytes.fromhex(tree_root(leaves[split:]))
    return hashlib.sha256(b"\x01" + left + right).hexdigest()


def score_of(key, reference, tickets):
    """The smallest hash of an entry's tickets."""
    return min(
        hmac.new(key, (reference + "," + str(number)).encode(), hashlib.sha256).hexdigest()
        for number in range(1, tickets + 1)
    )


class Check:
    """What was found, in order."""

    def __init__(self):
        self.wrong = 0

    def say(self, is_right, sentence):
        """Print one finding."""
        print(("right  " if is_right else "WRONG  ") + sentence)
        self.wrong += not is_right


def entries_of(documents, check):
    """The rows of the entries as (reference, tickets, group), checked to be what they say."""
    rows = lines_of(documents["entries.txt"], "rapport-draw-entries/1")
    entries = [(ref, int(tickets), group) for ref, tickets, group in (row.split(",") for row in rows[3:])]
    check.say(rows[1] == "count:%d" % len(entries), "the list has as many entries as it says: %d" % len(entries))
    total = sum(tickets for _ref, tickets, _group in entries)
    check.say(rows[2] == "tickets:%d" % total, "the list has as many tickets as it says: %d" % total)
    in_order = [ref for ref, _tickets, _group in entries]
    check.say(in_order == sorted(set(in_order)), "the entries are in order, each once")
    return entries


def check_receipts(documents, opening, entries, commitment, check):
    """Every receipt is an entry or removed with a reason, and all receipts together are what was committed to."""
    removed = [row.partition(",")[0] for row in lines_of(documents["removed.txt"], "rapport-draw-removed/1")[1:]]
    if "receipts.txt" not in documents:
        return
    rows = [row.split(",") for row in lines_of(documents["receipts.txt"], "rapport-receipts/1")[1:]]
    contest = opening["contest"]
    leaves = [
        "rapport-receipt/1\ncontest:%s\nentry:%s\nseq:%s\nissued_at:%s\n" % (contest, ref, seq, at)
        for seq, at, ref in rows
    ]
    check.say(tree_root(leaves) == commitment["receipts_root"], "the receipts are those of the commitment")
    issued = sorted(ref for _seq, _at, ref in rows)
    listed = sorted([ref for ref, _tickets, _group in entries] + removed)
    check.say(issued == listed, "everybody with a receipt takes part or is named among those who do not")


def check_own(receipts, entries, documents, check):
    """Receipts of whoever runs this."""
    listed = {ref: tickets for ref, tickets, _group in entries}
    removed = dict(row.split(",", 1) for row in lines_of(documents["removed.txt"], "rapport-draw-removed/1")[1:])
    for name in receipts:
        with open(name, encoding="utf-8") as file:
            text = file.read().strip() + "\n"
        ref = fields_of(text, "rapport-receipt/1")["entry"]
        if ref in listed:
            check.say(True, "your receipt takes part with %d tickets: %s" % (listed[ref], ref))
        else:
            check.say(ref in removed, "your receipt does not take part: " + removed.get(ref, "and is not named either"))


def ranking_of(key, entries):
    """(reference, score) in ascending order; of each group only the first."""
    seen, ranking = set(), []
    for score, ref, group in sorted((score_of(key, ref, tickets), ref, group) for ref, tickets, group in entries):
        if group not in seen:
            seen.add(group)
            ranking.append((ref, score))
    return ranking


def check_draw(documents, opening, entries, check):
    """The key follows from what was published, and the winners from the key."""
    result = fields_of(documents["result.txt"], "rapport-draw-result/1")
    commitment = documents["commitment.txt"]
    check.say(result["commitment_sha256"] == sha256(commitment), "the result is of this commitment")
    seed, value = bytes.fromhex(result["server_seed"]), bytes.fromhex(result["beacon_value"])
    check.say(sha256(seed) == opening["server_seed_sha256"], "the organiser's secret is the one promised at the start")
    key = hashlib.sha256(b"rapport-draw-key/1\n" + hashlib.sha256(commitment.encode()).digest() + seed + value).digest()
    check.say(key.hex() == result["key"], "the key follows from commitment, secret and public value")
    if opening["beacon"] == "public_value":
        print("look   the public value is: " + value.decode("utf-8") + " (" + opening["beacon_ref"] + ")")
    elif opening["beacon"] == "drand":
        print("look   the public value is: " + value.hex() + " (" + opening["beacon_ref"] + ")")
    else:
        print("look   there is no public value: the organiser could have known the result")
    prizes = [
        key for key, count in (one.split("=") for one in opening["prizes"].split(";")) for _n in range(int(count))
    ]
    ranking = ranking_of(key, entries)
    winners = [(prize,) + who for prize, who in zip(prizes, ranking)]
    said = [":".join((str(place),) + one) for place, one in enumerate(winners, 1)]
    check.say(said == result.get("winner*", []), "the winners are those with the smallest hashes: %d" % len(winners))
    waiting = ranking[len(winners) :][: int(opening["alternates"])] if len(winners) == len(prizes) else []
    said = [":".join((str(place),) + one) for place, one in enumerate(waiting, 1)]
    check.say(said == result.get("alternate*", []), "the alternates are those who follow: %d" % len(waiting))


def main(arguments):
    """Check what the command line names; returns the status to end with."""
    if not arguments:
        print(__doc__)
        return 2
    documents, check = read_documents(arguments[0]), Check()
    missing = [one for one in ("opening", "entries", "removed", "commitment") if one + ".txt" not in documents]
    if missing:
        print("missing: " + ", ".join(one + ".txt" for one in missing))
        return 2
    # An opening that was replaced before the first entry has a number; the newest counts.
    newest = sorted((name for name in documents if name.startswith("opening")), key=lambda name: (len(name), name))[-1]
    opening = fields_of(documents[newest], "rapport-draw-opening/1")
    commitment = fields_of(documents["commitment.txt"], "rapport-draw-commitment/1")
    check.say(commitment["opening_sha256"] == sha256(documents[newest]), "the commitment is of this opening")
    check.say(commitment["entries_sha256"] == sha256(documents["entries.txt"]), "the commitment is of these entries")
    check.say(commitment["removed_sha256"] == sha256(documents["removed.txt"]), "the commitment is of these removals")
    entries = entries_of(documents, check)
    check_receipts(documents, opening, entries, commitment, check)
    check_own(arguments[1:], entries, documents, check)
    if "result.txt" not in documents:
        print("The draw has not taken place yet.")
    elif documents["result.txt"].startswith("rapport-draw-result/1\n"):
        check_draw(documents, opening, entries, check)
    print("Everything is right." if not check.wrong else "%d things are wrong." % check.wrong)
    return 1 if check.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
