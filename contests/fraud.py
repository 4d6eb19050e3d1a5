"""Signs of cheating: each gives points, and so many points flag an entry, hold it for a look, or turn it down."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from contacts.validity.disposable import is_disposable
from contests.identities import digest_of
from contests.models import Contest, Identity

# A throw-away address alone, or two weaker signs together, pass the usual threshold of 60.
POINTS = {"disposable_email": 70, "velocity_ip": 50, "shared_device": 40}
DEFAULT_VELOCITY = 20
# A family has a few people on one device.
PEOPLE_ON_A_DEVICE = 3
FLAG, HOLD, REJECT = "flag", "hold", "reject"


def signs(contest: Contest, settings: Mapping[str, Any], known: Mapping[str, str], at: dt.datetime) -> list[str]:
    """The signs that an entry with these identities shows, before it is written. Three small index reads."""
    rules = settings.get("fraud")
    if rules is None:
        return []
    found = []
    if rules.get("disposable_email", True) and is_disposable(known.get("email", "").rpartition("@")[2]):
        found.append("disposable_email")
    if "ip" in known:
        most = int(rules.get("velocity_per_ip", DEFAULT_VELOCITY))
        if _count(contest, "ip", known["ip"], most, since=at - dt.timedelta(hours=1)) >= most:
            found.append("velocity_ip")
    # Whoever clears cookies between entries still has the browser's name and the connection ("likely").
    devices = [(kind, known[kind]) for kind in ("device", "likely") if kind in known]
    if any(_count(contest, *one, PEOPLE_ON_A_DEVICE) >= PEOPLE_ON_A_DEVICE for one in devices):
        found.append("shared_device")
    return found


def verdict(settings: Mapping[str, Any], found: list[str]) -> str:
    """What is done about the signs: nothing (""), `flag`, `hold` or `reject`."""
    rules = settings.get("fraud") or {}
    if not found:
        return ""
    points = sum(POINTS[sign] for sign in found)
    action = str(rules.get("action", FLAG))
    return action if points > int(rules.get("hold_over", 0)) else FLAG


def _count(contest: Contest, kind: str, value: str, most: int, since: dt.datetime | None = None) -> int:
    """How many entries came with it, counted no further than needed."""
    rows = Identity.objects.filter(
        contest=contest, kind=kind, digest=digest_of(contest.group_salt, kind, value), vote__isnull=True
    )
    if since is not None:
        rows = rows.filter(at__gte=since)
    return rows[: most or 1].count() if most else 1
