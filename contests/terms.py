"""The terms of a contest, read from the document that was published."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from contests.models import Contest, Document
from flows.documents import compiled
from flows.engine.dates import moment_text, read_moment, zone_of
from flows.engine.draw import NONE, SEED_ONLY, Terms, sha256
from flows.engine.instant_win import Moment, make_moments, moments_document

Settings = Mapping[str, Any]

# What a ranking needs no public value for is settled this long after closing, so that votes and scores are looked at.
RANKED_AFTER = dt.timedelta(hours=1)
# The commitment must be out before the public value can be known; until then doubtful entries may be looked at.
COMMITTED_BEFORE = dt.timedelta(minutes=30)
DEFAULT_CLAIM_DAYS = 7
RANDOM, INSTANT = "random_draw", "instant_win"


def settings_of(contest: Contest) -> Settings:
    """What the published document says about the contest; empty while nothing is published."""
    return (compiled(contest.version).contest or {}) if contest.version else {}


def kept_out(settings: Settings) -> list[str]:
    """The keys of segments whose people may not take part."""
    return [str(key) for key in (settings.get("eligibility") or {}).get("exclude_segments") or ()]


def is_random(settings: Settings) -> bool:
    """Whether chance decides, so that there is a draw."""
    return bool(settings.get("selection") == RANDOM)


def zone(settings: Settings) -> ZoneInfo:
    """The contest's own zone: its days and hours are those of its limits."""
    return zone_of(str(settings["timezone"]))


def moment(settings: Settings, name: str) -> dt.datetime:
    """A moment that the checks have found in the document."""
    found = read_moment(settings[name])
    if found is None:
        raise ValueError(name)
    return found


def beacon_of(settings: Settings) -> Mapping[str, Any]:
    """Which public value decides and when; a contest without a draw needs none."""
    beacon: Mapping[str, Any] | None = (settings.get("draw") or {}).get("beacon")
    if beacon is not None:
        return beacon
    at = voting_ends_at(settings) + RANKED_AFTER
    return {"type": SEED_ONLY, "ref": "none", "at": moment_text(at)}


def voting_ends_at(settings: Settings) -> dt.datetime:
    """When the last vote counts; of a contest without votes, when it closes."""
    closes = moment(settings, "closes_at")
    return max(closes, moment(settings, "voting_closes_at")) if settings.get("voting_closes_at") else closes


def draws_at(settings: Settings) -> dt.datetime:
    """When the winners are found."""
    found = read_moment(beacon_of(settings)["at"])
    if found is None:
        raise ValueError("at")
    return found


def claim_days(settings: Settings) -> int:
    """How many days a winner has to answer."""
    return int((settings.get("draw") or {}).get("claim_days") or DEFAULT_CLAIM_DAYS)


def prizes_of(settings: Settings) -> list[tuple[str, int]]:
    """Keys and numbers of the prizes, in order of drawing."""
    return [(str(one["key"]), int(one["quantity"])) for one in settings.get("prizes") or ()]


def pool_of(settings: Settings, prize: str) -> str:
    """The key of the pool whose codes are the prize; "" for a prize of another kind."""
    return next((str(one.get("code_pool", "")) for one in settings.get("prizes") or () if one["key"] == prize), "")


def unique_by(settings: Settings) -> str:
    """What two entries of one person have in common."""
    return str((settings.get("draw") or {}).get("unique_by") or "email")


def methods_of(settings: Settings) -> list[Mapping[str, Any]]:
    """The ways to tickets."""
    return list(settings.get("entry_methods") or ())


def caps_of(settings: Settings) -> dict[str, int]:
    """The most tickets that each method gives; for referrals the most friends times their tickets."""
    caps = {}
    referral = settings.get("referral") or {}
    for method in methods_of(settings):
        if "max_tickets" in method:
            caps[method["key"]] = int(method["max_tickets"])
        if method["type"] == "referral" and "cap" in referral:
            most = int(referral["cap"]) * referral_tickets(settings)
            caps[method["key"]] = min(most, caps.get(method["key"], most))
    return caps


def referral_tickets(settings: Settings) -> int:
    """Tickets for one friend."""
    given = (settings.get("referral") or {}).get("tickets_per_referral")
    if given is not None:
        return int(given)
    return next((int(one["tickets"]) for one in methods_of(settings) if one["type"] == "referral"), 0)


def draw_terms(contest: Contest, rules_sha256: str = "", *, settings: Settings | None = None) -> Terms:
    """The terms as the draw wants them. `rules_sha256` is that of the rules published with the opening."""
    found = settings if settings is not None else settings_of(contest)
    beacon = beacon_of(found)
    if not rules_sha256:
        rules = contest.document(Document.Kind.RULES)
        rules_sha256 = rules.sha256 if rules else NONE
    return Terms(
        contest=contest.name,
        opens_at=moment_text(moment(found, "opens_at")),
        closes_at=moment_text(moment(found, "closes_at")),
        prizes=prizes_of(found),
        alternates=int((found.get("draw") or {}).get("alternates") or 0),
        unique_by=unique_by(found),
        beacon=str(beacon["type"]),
        beacon_ref=str(beacon["ref"]),
        beacon_at=moment_text(draws_at(found)),
        server_seed=contest.server_seed,
        group_salt=contest.group_salt,
        rules_sha256=rules_sha256,
        moments_sha256=sha256(sealed_moments(contest, found)) if found["selection"] == INSTANT else NONE,
    )


def moments_of(contest: Contest, settings: Settings) -> list[Moment]:
    """The seconds that win, made anew from the sealed seed each time: nothing else in the database tells them."""
    opens, closes = (int(moment(settings, name).timestamp()) for name in ("opens_at", "closes_at"))
    return make_moments(bytes.fromhex(contest.moments_seed), prizes_of(settings), opens, closes)


def sealed_moments(contest: Contest, settings: Settings) -> str:
    """The document of the moments, whose hash is told at the opening and itself at closing."""
    return moments_document(contest.name, moments_of(contest, settings))
