"""How often somebody may enter or vote: by address, person, device and network, in windows on the contest's clock."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from contests import terms
from contests.identities import digest_of
from contests.models import Contest, Entry, Identity, Vote
from flows.engine.entries import window


def refused_by(
    *, contest: Contest, limits: Iterable[Mapping[str, Any]], known: Mapping[str, str], at: dt.datetime, votes: bool
) -> list[str]:
    """The kinds of identity by which one more is too many. All limits must allow it.

    Served by index contest_identity: of each identity only the row is read that would be the last allowed one. The
    caller holds the contest's row, so nobody else counts meanwhile.
    """
    refused = []
    for limit in limits:
        kind = str(limit["by"])
        if kind in known and _is_full(contest, limit, known[kind], at, votes):
            refused.append(kind)
    return list(dict.fromkeys(refused))


def _is_full(contest: Contest, limit: Mapping[str, Any], value: str, at: dt.datetime, votes: bool) -> bool:
    most = int(limit["max"])
    if most == 0:
        return True
    digest = digest_of(contest.group_salt, str(limit["by"]), value)
    mine = Identity.objects.filter(contest=contest, kind=limit["by"], digest=digest, vote__isnull=not votes)
    last_allowed = mine.order_by("-at").values_list("at", flat=True)[most - 1 : most]
    zone, per = terms.zone(terms.settings_of(contest)), str(limit["per"])
    return any(window(per, then, zone) == window(per, at, zone) for then in last_allowed)


def keep_identities(
    *, contest: Contest, known: Mapping[str, str], at: dt.datetime, entry: Entry | None = None, vote: Vote | None = None
) -> None:
    """Keep the digests of what an entry or a vote came with."""
    Identity.objects.bulk_create(
        [
            Identity(
                contest=contest, entry=entry, vote=vote, kind=kind, at=at,
                digest=digest_of(contest.group_salt, kind, value),
            )
            for kind, value in sorted(known.items())
        ]
    )  # fmt: skip


def forget_identities(entry: Entry) -> None:
    """An entry that was taken back no longer counts against anybody."""
    Identity.objects.filter(entry=entry).delete()
