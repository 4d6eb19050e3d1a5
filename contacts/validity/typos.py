"""Mistyped mail domains: which real one was probably meant. Pure.

Only near misses of domains that very many people use are named, and of those that are frequent in a workspace. A
domain that somebody could really own is left alone: another first letter is another company (ymail.com, email.com),
and so is another country (hotmail.no).
"""

from collections.abc import Iterable

from contacts.validity.word_lists import word_list

# Where most people have their mailboxes. Names that differ by one letter from an everyday word are left out.
COMMON = word_list("common_domains")
# Near to a common one, and real.
REAL = frozenset(word_list("real_domains"))
# Endings that do not exist (IANA's root zone has none of them), and what was meant.
ENDINGS = {
    **dict.fromkeys(("con", "cmo", "ocm", "comm", "coom", "vom", "xom", "cpm", "cim", "comn", "ccom"), "com"),
    **dict.fromkeys(("nte", "ent", "nett", "neet"), "net"),
    **dict.fromkeys(("ogr", "rog", "orgg", "prg"), "org"),
}
# Countries whose endings are reached by losing a letter of .com; taken as mistyped behind a common name only.
_LOST_LETTER = frozenset({"co", "cm", "om"})
MIN_NAME = 5
LONG_NAME = 8
# A workspace's own domain counts as known when so many people have it, and one as its misspelling when so few do.
FREQUENT = 20
RARE = 3
RATIO = 25


class Suggester:
    """Knows the common domains and those of a workspace, `known`, which are frequent there."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._own = frozenset(known) - frozenset(COMMON)
        self._all = frozenset(COMMON) | self._own | REAL
        self._names = frozenset(domain.partition(".")[0] for domain in COMMON)
        self._nearby: dict[tuple[str, str], list[str]] = {}
        for domain in (*COMMON, *sorted(self._own)):
            name, _dot, ending = domain.partition(".")
            if len(name) >= MIN_NAME + (domain in self._own):
                for letter in {name[0], name[1]}:
                    self._nearby.setdefault((letter, ending), []).append(name)

    def suggest(self, domain: str, count: int = 1) -> str:
        """The domain that was probably meant by `domain`, which `count` people here have; empty for none."""
        if domain in self._all:
            return ""
        name, _dot, ending = domain.partition(".")
        head, _dot, last = ending.rpartition(".")
        mended = f"{head}.{ENDINGS[last]}".lstrip(".") if last in ENDINGS else ending
        if ending in _LOST_LETTER and name in self._names:
            mended = "com"
        whole = f"{name}.{mended}"
        if whole in self._all:
            return whole
        near = self._near(name, mended, count)
        if near:
            return f"{near}.{mended}"
        return whole if mended != ending else ""

    def _near(self, name: str, ending: str, count: int) -> str:
        """The known name that is so near that nothing else can have been meant."""
        found: list[tuple[int, str]] = []
        for known in self._nearby.get((name[:1], ending), ()):
            is_own = f"{known}.{ending}" in self._own
            if is_own and count > RARE:
                continue
            most = 2 if len(known) >= LONG_NAME and not is_own else 1
            if abs(len(known) - len(name)) > most or not _begins_alike(name, known):
                continue
            distance = edits(name, known, most)
            if 0 < distance <= most:
                found.append((distance, known))
        found.sort()
        is_clear = len(found) == 1 or (len(found) > 1 and found[0][0] < found[1][0])
        return found[0][1] if is_clear else ""


def _begins_alike(name: str, known: str) -> bool:
    """The first letter is right, or the first two changed places."""
    return name[0] == known[0] or (name[:2] == known[1::-1])


def edits(one: str, other: str, most: int) -> int:
    """Insertions, deletions, replacements and swaps of neighbours that make one text the other; at most `most` + 1.

    The restricted Damerau-Levenshtein distance (optimal string alignment): no part is edited twice.
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        previous, row = row, [i]
        for j, wanted in enumerate(other, 1):
            cost = min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
        before = previous
    return min(row[-1], most + 1)


_COMMON_ONLY = Suggester()


def suggest_email(email: str, suggester: Suggester = _COMMON_ONLY) -> str:
    """The normalised address with the domain that was probably meant, or empty when nothing looks wrong."""
    local, at, domain = email.rpartition("@")
    suggestion = suggester.suggest(domain) if at else ""
    return f"{local}@{suggestion}" if suggestion else ""
