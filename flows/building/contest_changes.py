"""What belongs together in a contest: making one, and what follows from a change, so that it stays publishable."""

import copy
import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _

from flows.building.catalogue import fresh_block
from flows.building.fresh import Document, answer_keys, free_key, keys_in
from flows.building.operations import BadChange
from flows.checking.places import all_blocks, input_blocks
from flows.engine.dates import moment_text, read_moment

DAYS_OPEN = 14
DRAWN_AFTER = dt.timedelta(hours=2)
# The beacon's moment comes at least so long after closing (problem E16).
SOONEST = dt.timedelta(hours=1)
FIRST_ROUND = "quicknet:first round after "
REFERRAL_FIELD = "ref"


@dataclass(frozen=True)
class Host:
    """Who would run a contest that begins now: their name, their time zone, and the time."""

    name: str
    zone: str
    at: dt.datetime


def begin_contest(document: Document, host: Host) -> Document:
    """The same flow as a contest with a draw, two weeks long, with a question for the address and an end."""
    if "contest" in document:
        raise BadChange(_("This is a contest already."))
    made = copy.deepcopy(document)
    opens = host.at.astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0)
    closes = opens + dt.timedelta(days=DAYS_OPEN)
    made["kind"] = "contest"
    made["contest"] = {
        "opens_at": moment_text(opens), "closes_at": moment_text(closes), "timezone": host.zone or "UTC",
        "entry_limits": [
            {"by": "email", "max": 1, "per": "campaign"}, {"by": "ip", "max": 20, "per": "day"},
        ],
        "verification": "email_link",
        "entry_methods": [{"key": "form", "type": "form", "tickets": 1, "mandatory": True}],
        "selection": "random_draw", "draw": fresh_draw(closes),
        "prizes": [{"key": "prize", "name": _("Prize"), "quantity": 1, "fulfilment": "manual"}],
        "fraud": {"hold_over": 60, "disposable_email": True, "velocity_per_ip": 10, "action": "hold"},
        "rules": {"sponsor": host.name, "url": "rules/", "no_purchase": True, "version": "1"},
    }  # fmt: skip
    _ask_for_address(made)
    _tell_at_the_end(made)
    return made


def fresh_draw(closes: dt.datetime) -> Document:
    """A draw two hours after closing, with a number that nobody can know before."""
    at = moment_text(closes + DRAWN_AFTER)
    return {
        "method": "hmac_sha256_order", "beacon": {"type": "drand", "ref": f"{FIRST_ROUND}{at}", "at": at},
        "alternates": 3, "claim_days": 7, "unique_by": "email",
    }  # fmt: skip


def _ask_for_address(document: Document) -> None:
    """Entries are confirmed by mail."""
    if any(place.value["type"] == "email" for place in input_blocks(document)):
        return
    blocks = document["steps"][-1]["blocks"]
    blocks.append(fresh_block("email", free_key("email", answer_keys(document))))


def _tell_at_the_end(document: Document) -> None:
    ending = next((one for one in document["endings"] if one["type"] == "screen"), None)
    shown = {place.value["type"] for place in all_blocks(document)}
    if ending is not None:
        missing = [fresh_block(kind, kind) for kind in ("entry_status", "share") if kind not in shown]
        ending["blocks"] = [*(ending.get("blocks") or ()), *missing]


def completed(before: Document, after: Document) -> Document:
    """What follows from a change of the contest: the field of a referral's link, a draw, the moment of the draw."""
    if after.get("contest") is None or before.get("contest") == after["contest"]:
        return after
    made = copy.deepcopy(after)
    contest, old = made["contest"], before.get("contest") or {}
    _follow_referral(made, contest, old)
    closes = read_moment(contest["closes_at"])
    if contest["selection"] == "random_draw" and "draw" not in contest and closes is not None:
        contest["draw"] = fresh_draw(closes)
    if "draw" in contest:
        _follow_closing(contest, old)
    return made


def _follow_referral(document: Document, contest: Document, old: Document) -> None:
    """A friend is known by a hidden field of their link. What a friend brings is said in one place: the way itself."""
    way = next((one for one in contest.get("entry_methods") or () if one["type"] == "referral"), None)
    if way is None:
        return
    fields = document.setdefault("hidden_fields", [])
    if REFERRAL_FIELD not in keys_in(fields):
        fields.append({"key": REFERRAL_FIELD, "type": "text", "source": "query"})
    rules = contest.get("referral") or {}
    said = next((one for one in old.get("entry_methods") or () if one["key"] == way["key"]), way)
    given = rules.pop("tickets_per_referral", None)
    if given is not None and said.get("tickets") == way["tickets"]:
        way["tickets"] = given
    cap = rules.pop("cap", None)
    if cap is not None and "max_tickets" not in way and "max_tickets" not in said:
        way["max_tickets"] = cap * way["tickets"]


def _follow_closing(contest: Document, old: Document) -> None:
    """The draw stays behind the closing, and its public number is the first one after its moment."""
    beacon, closes = contest["draw"]["beacon"], read_moment(contest["closes_at"])
    at = read_moment(beacon["at"])
    if closes is not None and contest["closes_at"] != old.get("closes_at") and (at is None or at < closes + SOONEST):
        beacon["at"] = moment_text(closes + DRAWN_AFTER)
    was = ((old.get("draw") or {}).get("beacon") or {}).get("type", beacon["type"])
    if beacon["type"] == "drand" and (was != "drand" or beacon["ref"].startswith(FIRST_ROUND)):
        beacon["ref"] = f"{FIRST_ROUND}{beacon['at']}"
    elif beacon["type"] == "server_seed_only":
        beacon["ref"] = "none"
    elif was != beacon["type"]:
        beacon["ref"] = _("Say which number, and who publishes it")
