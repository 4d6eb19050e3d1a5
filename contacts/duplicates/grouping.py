"""Pairs into groups: who hangs together by any chain of pairs. Pure."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from contacts.duplicates.evidence import LIKELY

MOST_TOGETHER = 12
# Groups are named after who is in them: the same people are the same group after every search.
_NAMES = uuid.UUID("5f0c9d3e-7b1a-5c39-8f5e-2a6d1f60b7c4")

Pair = tuple[int, int]


@dataclass
class Group:
    """People who may all be one, and the pairs that say so."""

    members: set[int]
    pairs: list[Pair] = field(default_factory=list)
    strength: int = 100

    def public_id(self, workspace_id: int) -> uuid.UUID:
        """The name that follows from the members."""
        return uuid.uuid5(_NAMES, f"{workspace_id}:{','.join(map(str, sorted(self.members)))}")


def ordered(one: int, other: int) -> Pair:
    """The pair of two ids, the lower first."""
    return (one, other) if one < other else (other, one)


def group_pairs(strengths: Mapping[Pair, int], dismissed: Iterable[Pair] = ()) -> list[Group]:
    """Connected groups of at most MOST_TOGETHER people, the strongest pairs first.

    A group is as strong as its weakest pair, and no longer certain when it holds two who were said not to be one. A
    pair that would make a group too large is left out: chance chains strangers together sooner than anything else.
    """
    parent: dict[int, int] = {}
    size: dict[int, int] = defaultdict(lambda: 1)

    def root(member: int) -> int:
        parent.setdefault(member, member)
        while parent[member] != member:
            parent[member] = parent[parent[member]]
            member = parent[member]
        return member

    taken: list[Pair] = []
    for pair in sorted(strengths, key=lambda pair: (-strengths[pair], pair)):
        one, other = root(pair[0]), root(pair[1])
        if one != other:
            if size[one] + size[other] > MOST_TOGETHER:
                continue
            parent[other] = one
            size[one] += size[other]
        taken.append(pair)
    groups: dict[int, Group] = {}
    for pair in taken:
        group = groups.setdefault(root(pair[0]), Group(set()))
        group.members.update(pair)
        group.pairs.append(pair)
        group.strength = min(group.strength, strengths[pair])
    for one, other in dismissed:
        if one in parent and other in parent and root(one) == root(other):
            group = groups[root(one)]
            group.strength = min(group.strength, LIKELY - 1)
    return list(groups.values())
