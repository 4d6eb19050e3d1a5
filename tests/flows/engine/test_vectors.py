"""The engine does what the written rules say, case by case."""

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from flows.engine import documents, draw, entries, instant_win
from flows.engine.advance import advance, describe
from flows.engine.conditions import holds
from flows.engine.errors import FlowError
from flows.engine.expressions import evaluate
from flows.engine.flow import Flow
from flows.engine.intake import Refused, take
from flows.engine.piping import fill, words_of
from flows.engine.state import State
from tests.flows.engine.situations import Known

VECTORS = json.loads(
    (Path(__file__).parent / "vectors" / "flows.json").read_text(encoding="utf-8"), parse_float=Decimal
)


def plain(value: Any) -> Any:
    """Numbers by value, so that 1 and 1.0 are the same and true is neither."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, (int, float, Decimal)):
        return ("number", Decimal(str(value)).normalize())
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    return {key: plain(one) for key, one in value.items()}


def moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text.replace("Z", "+00:00"))


@pytest.mark.parametrize("case", VECTORS["expressions"], ids=lambda case: case["expr"][:40])
def test_expression(case):
    known = Known(case["context"], case["now"], case["zone"])
    if "error" in case:
        with pytest.raises(FlowError) as raised:
            evaluate(case["expr"], known)
        assert raised.value.code == case["error"]
    else:
        assert plain(evaluate(case["expr"], known)) == plain(case["value"])


@pytest.mark.parametrize("case", VECTORS["conditions"], ids=lambda case: json.dumps(case["condition"])[:50])
def test_condition(case):
    assert holds(case["condition"], Known(case["context"], case["now"], case["zone"])) is case["expect"]


@pytest.mark.parametrize("case", VECTORS["pipes"], ids=lambda case: case["template"] + case["renderer"])
def test_piping(case):
    known = Known(case["context"])
    shown = fill(case["template"], lambda names: words_of(known.read(names), case["locale"]), case["renderer"])
    assert shown == case["expect"]


@pytest.mark.parametrize("case", VECTORS["intake"], ids=lambda case: f"{case['block']['type']} {case['raw']!r}")
def test_intake(case):
    try:
        found = (take(case["block"], case["raw"], case["locale"]).value, None)
    except Refused as refused:
        found = (None, refused.code)
    assert plain(found) == plain((case.get("value"), case.get("error")))


@pytest.mark.parametrize("case", VECTORS["canonical"], ids=lambda case: case["sha256"][:8])
def test_canonical_text(case):
    document = case["document"]
    assert (documents.canonical(document), documents.version_of(document)) == (case["text"], case["sha256"])


def counted(function: str, values: list[Any]) -> Any:
    match function:
        case "identity":
            return entries.identity(*values)
        case "window":
            return entries.window(values[0], moment(values[1]), ZoneInfo(values[2]))
        case "allowed":
            limit, zone, before, who, at = values
            earlier = [(name, moment(when)) for name, when in before]
            return entries.is_allowed(limit, earlier, who, moment(at), ZoneInfo(zone))
        case "balance":
            return entries.balance([tuple(row) for row in values[0]], values[1])
        case _:
            return entries.ledger_hash(values[0], tuple(values[1:]))


@pytest.mark.parametrize("case", VECTORS["contest"], ids=lambda case: f"{case['function']} {case['arguments'][:2]}")
def test_contest_bookkeeping(case):
    assert counted(case["function"], case["arguments"]) == case["expect"]


def drawn(given: dict[str, Any]) -> dict[str, Any]:
    beacon = given["beacon"]
    terms = draw.Terms(
        contest=given["contest"], opens_at=given["opens_at"], closes_at=given["closes_at"],
        prizes=[tuple(prize) for prize in given["prizes"]], alternates=given["alternates"],
        unique_by=given["unique_by"], beacon=beacon["type"], beacon_ref=beacon["ref"], beacon_at=beacon["at"],
        server_seed=given["server_seed"], group_salt=given["group_salt"], rules_sha256=given["rules_sha256"],
    )  # fmt: skip
    taken = [
        draw.Entry(one["id"], one["salt"], one["tickets"], one["group"], one["seq"], one["issued_at"],
                   one.get("removed", ""))
        for one in given["entries"]
    ]  # fmt: skip
    result = draw.draw(terms, taken, given["beacon_value"])
    receipts = [draw.receipt(terms.contest, one) for one in taken]
    return {
        "entry_refs": [draw.entry_ref(terms.contest, one) for one in taken],
        "opening_sha256": draw.sha256(result.opening),
        "entries_sha256": draw.sha256(result.entries),
        "removed_sha256": draw.sha256(result.removed),
        "receipts_root": result.receipts_root,
        "last_receipt_sha256": draw.sha256(receipts[-1]) if receipts else None,
        "last_receipt_proof": draw.tree_proof(receipts, len(receipts) - 1) if receipts else [],
        "commitment_sha256": draw.sha256(result.commitment),
        "key": result.key,
        "winners": [[seat.prize, seat.entry_ref] for seat in result.winners],
        "alternates": [seat.entry_ref for seat in result.alternates],
        "result_sha256": draw.sha256(result.result),
        "entries_document": result.entries,
        "result_document": result.result,
    }


@pytest.mark.parametrize("case", VECTORS["draws"], ids=lambda case: case["name"])
def test_draw(case):
    if "error" in case:
        with pytest.raises(FlowError) as raised:
            drawn(case["given"])
        assert raised.value.code == case["error"]
    else:
        found = drawn(case["given"])
        assert {name: found[name] for name, wanted in case["expect"].items() if wanted is not None} == {
            name: wanted for name, wanted in case["expect"].items() if wanted is not None
        }


@pytest.mark.parametrize("case", VECTORS["instant"], ids=lambda case: case["name"])
def test_instant_win(case):
    given = case["given"]
    prizes = [tuple(prize) for prize in given["prizes"]]
    moments = instant_win.make_moments(bytes.fromhex(given["seed"]), prizes, given["opens"], given["closes"])
    attempts = [instant_win.Attempt(*attempt) for attempt in given["attempts"]]
    assert {
        "moments": [list(one) for one in moments],
        "moments_sha256": draw.sha256(instant_win.moments_document(given["contest"], moments)),
        "wins": [list(win) for win in instant_win.award(moments, attempts, given["max_wins_per_entrant"])],
    } == case["expect"]


FIELDS = ("status", "current", "ending", "answers", "variables", "calculations", "score", "outcome")


def run_case(case: dict[str, Any]) -> tuple[dict[str, Any], list[list[dict[str, Any]]]]:
    """What became of a session, and the effects of each event. The state goes through JSON between events."""
    flow = Flow(case["flow"])
    state: State | None = None
    effects = []
    for event in case["events"]:
        state, happened = advance(flow, state, event)
        effects.append(happened)
        if state is not None:
            state = State.from_record(json.loads(to_json(state.to_record()), parse_float=Decimal))
    found = describe(flow, state) if state is not None else {}
    return {name: found.get(name) for name in FIELDS}, effects


def to_json(record: Any) -> str:
    """JSON with decimals as numbers, as a database would keep it."""
    return json.dumps(record, default=lambda number: float(number) if number % 1 else int(number))


def said(effects: list[list[dict[str, Any]]], kind: str, names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {"event": place, **{name: effect[name] for name in names if name in effect}}
        for place, happened in enumerate(effects)
        for effect in happened
        if effect["type"] == kind
    ]


def missing(wanted: list[dict[str, Any]], effects: list[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Effects that did not happen in their event, in their order, with at least their fields."""
    left = []
    for place, happened in enumerate(effects):
        mine = [one for one in wanted if one["event"] == place]
        for effect in happened:
            if mine and all(
                plain(effect.get(name)) == plain(value) for name, value in mine[0].items() if name != "event"
            ):
                mine.pop(0)
        left += mine
    return left


@pytest.mark.parametrize("case", VECTORS["flows"], ids=lambda case: case["name"])
def test_flow(case):
    expect = case["expect"]
    found, effects = run_case(case)
    for name in ("answers", "variables", "calculations"):
        found[name] = found[name] or {}
    assert plain(found) == plain({name: expect[name] for name in FIELDS})
    assert [one["step"] for happened in effects for one in happened if one["type"] == "render"] == expect["visited"]
    assert said(effects, "error", ("code", "block", "message")) == expect["errors"]
    assert said(effects, "notice", ("code", "at")) == expect["notices"]
    assert missing(expect["effects"], effects) == []
    for kind in expect["watched"]:
        times = [sum(effect["type"] == kind for effect in happened) for happened in effects]
        wanted = [sum(one["event"] == place and one["type"] == kind for one in expect["effects"])
                  for place in range(len(effects))]  # fmt: skip
        assert (kind, times) == (kind, wanted)
