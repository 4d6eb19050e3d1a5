"""The one clock. Times are aware, in UTC; the server's own zone never matters."""

import datetime as dt
from zoneinfo import ZoneInfo, available_timezones

UTC = dt.UTC


def now() -> dt.datetime:
    """The present instant, in UTC."""
    return dt.datetime.now(UTC)


def zone_or_none(name: str | None) -> ZoneInfo | None:
    """The IANA zone called `name`, or None for an unknown name."""
    if name and name in available_zones():
        return ZoneInfo(name)
    return None


_zones: frozenset[str] = frozenset()


def available_zones() -> frozenset[str]:
    """Names of all IANA zones this machine knows; read once."""
    global _zones  # noqa: PLW0603 - a cache of an immutable set
    if not _zones:
        _zones = frozenset(available_timezones())
    return _zones
