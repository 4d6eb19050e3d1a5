"""Who enters a contest how often: identities, windows of time, and the ledger of tickets."""

import datetime as dt
import ipaddress
from collections import defaultdict
from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from flows.engine.draw import lines, sha256
from flows.engine.values import fold

FIRST_HASH = "0" * 64
_GMAIL = ("gmail.com", "googlemail.com")


def identity(kind: str, value: str) -> str:
    """What counts as the same email, ip, ip_range or anything else, which is only trimmed."""
    text = value.strip()
    if kind == "email":
        return _mailbox(text)
    if kind in ("ip", "ip_range"):
        return _network(text, is_range=kind == "ip_range")
    return text


def _mailbox(text: str) -> str:
    local, _at, domain = fold(text).rpartition("@")
    local = local.partition("+")[0]
    if domain in _GMAIL:
        return f"{local.replace('.', '')}@gmail.com"
    return f"{local}@{domain}"


def _network(text: str, *, is_range: bool) -> str:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            return str(ipaddress.ip_network((int(address), 48 if is_range else 64), strict=False))
        address = address.ipv4_mapped
    return str(ipaddress.ip_network((int(address), 24), strict=False)) if is_range else str(address)


def window(per: str, at: dt.datetime, zone: ZoneInfo) -> str:
    """The name of the hour, day or ISO week in which a moment lies on the contest's clocks; "all" for once."""
    local = at.astimezone(zone)
    if per == "hour":
        start = at - dt.timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        return start.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%MZ")
    if per == "day":
        return local.date().isoformat()
    if per == "week":
        year, week, _day = local.isocalendar()
        return f"{year}-W{week:02d}"
    return "all"


def is_allowed(
    limit: Mapping[str, object], before: Iterable[tuple[str, dt.datetime]], who: str, at: dt.datetime, zone: ZoneInfo
) -> bool:
    """Whether one more is within a limit `{by, max, per}`, given (who, when) of those before."""
    kind, per = str(limit["by"]), str(limit["per"])
    mine, now = identity(kind, who), window(per, at, zone)
    used = sum(identity(kind, other) == mine and window(per, then, zone) == now for other, then in before)
    return used < int(str(limit["max"]))


def balance(rows: Iterable[tuple[str, int]], caps: Mapping[str, int]) -> int:
    """An entry's tickets: per method what its rows come to, between 0 and its cap, added up."""
    sums: dict[str, int] = defaultdict(int)
    for method, delta in rows:
        sums[method] += delta
    return sum(max(0, min(total, caps.get(method, total))) for method, total in sums.items())


def ledger_hash(previous: str, row: tuple[int, str, str, int, str, str]) -> str:
    """The hash of a ledger row (seq, entry_ref, method, delta, reason, at) after the row with hash `previous`."""
    seq, ref, method, delta, reason, at = row
    return sha256(lines("rapport-ledger/1", previous, str(seq), ref, method, f"{delta:+d}", reason, at))
