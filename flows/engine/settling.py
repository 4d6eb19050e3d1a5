"""What a session gives in the end, once, from its final path."""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from flows.engine.dates import local_day, read_day, zone_of
from flows.engine.errors import FlowError
from flows.engine.rules import EARNED, Earned, Effect, replay
from flows.engine.state import DISQUALIFIED, State
from flows.engine.values import Value, is_set, nfc
from flows.engine.view import View

_TAGS = frozenset({"tag", "untag"})


def earned_so_far(view: View, state: State) -> list[Earned]:
    """Consents and effects of rules that the path has earned, in order, without those that were given before."""
    gathered: list[Earned] = []
    at_rules, _rules = replay(view.flow, state, earned=gathered)
    consents = list(_consents(at_rules))
    found = [*consents, *(one for one in gathered if _is_allowed(one, consents, view))]
    return [one for one in found if one.mark not in state.settled]


def settle(view: View, state: State, status: str) -> list[Effect]:
    """Everything that a session gives when it ends with a status."""
    earned = [one.effect for one in earned_so_far(view, state)]
    if status == DISQUALIFIED:
        return [effect for effect in earned if effect["type"] in _TAGS]
    consents = [effect for effect in earned if effect["type"] == "consent"]
    by_rules = [effect for effect in earned if effect["type"] in EARNED]
    tags: list[Effect] = [{"type": "tag", "tag": tag} for tag in (view.outcome or {}).get("tags") or ()]
    contest = _contest_effects(view)
    if any(effect["type"] == "entry_refused" for effect in contest):
        by_rules = [effect for effect in by_rules if effect["type"] != "award_entries"]
    return [*_contact_effects(view), *consents, *by_rules, *tags, *contest]


def _is_allowed(earned: Earned, consents: Collection[Earned], view: View) -> bool:
    """`subscribe` never creates consent: a live consent block must name its channel, and topic if both name topics."""
    effect = earned.effect
    if effect["type"] != "subscribe":
        return True
    for consent in (one.effect for one in consents):
        topics, topic = consent["topics"], effect["topic"]
        if effect["channel"] in consent["channels"] and (not topic or not topics or topic in topics):
            return True
    view.note("no_consent", earned.where)
    return False


def _consents(view: View) -> Iterator[Earned]:
    for entry, block in _live_blocks(view):
        if block["type"] != "consent" or entry.answers.get(block["key"]) is not True:
            continue
        shown = nfc(view.text(block.get("legal_text") or block.get("label") or "", is_filled=False))
        effect: Effect = {
            "type": "consent",
            "block": block["key"],
            "purpose": block["purpose"],
            "channels": list(block.get("channels") or ()),
            "topics": list(block.get("topics") or ()),
            "legal_version": block["legal_version"],
            "double_opt_in": bool(block.get("double_opt_in")),
            "text_sha256": hashlib.sha256(shown.encode()).hexdigest(),
        }
        yield Earned(f"{entry.visit}:{entry.step}/{block['key']}", f"{entry.step}/{block['key']}", effect)


def _live_blocks(view: View) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    for entry in view.live.values():
        step = view.flow.step(entry.step)
        for block in step.blocks(view.state.variants.get(entry.step)) if step else ():
            if block.get("key") in entry.shown:
                yield entry, block


def _contact_effects(view: View) -> Iterator[Effect]:
    variables = {key: view.variables[key] for key, one in view.flow.variables.items() if one.get("scope") == "contact"}
    if variables:
        yield {"type": "contact_variables", "variables": variables}
    fields = {
        block["contact_field"]: entry.answers[block["key"]]
        for entry, block in _live_blocks(view)
        if block.get("contact_field") and is_set(entry.answers.get(block["key"]))
    }
    if fields:
        yield {"type": "update_contact", "fields": fields}


def _contest_effects(view: View) -> list[Effect]:
    contest = view.flow.contest
    if contest is None:
        return []
    reasons = _refusals(view, contest)
    if reasons:
        return [{"type": "entry_refused", "reasons": reasons}]
    forms = [method for method in contest.get("entry_methods") or () if method["type"] == "form"]
    method = forms[0] if forms else {"key": "form", "tickets": 1}
    return [{"type": "enter_contest", "method": method["key"], "tickets": method["tickets"]}]


def _refusals(view: View, contest: Mapping[str, Any]) -> list[str]:
    """Why somebody may not enter; what is unknown is refused."""
    rules = contest.get("eligibility") or {}
    reasons = [*_age_refusal(view, contest, rules), *_country_refusal(view, rules)]
    if "custom" in rules and not view.holds(rules["custom"]):
        reasons.append("custom")
    order = ("min_age", "country", "custom", "unknown_age", "unknown_country")
    return sorted(reasons, key=order.index)


def _age_refusal(view: View, contest: Mapping[str, Any], rules: Mapping[str, Any]) -> Iterator[str]:
    if not rules.get("min_age"):
        return
    born = read_day(_field(view, "birth_date"))
    if born is None:
        yield "unknown_age"
        return
    try:
        today = local_day(view.clock.now, zone_of(contest["timezone"]))
    except FlowError:
        yield "unknown_age"
        return
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    if age < rules["min_age"]:
        yield "min_age"


def _country_refusal(view: View, rules: Mapping[str, Any]) -> Iterator[str]:
    countries = rules.get("countries") or {}
    codes = countries.get("codes") or ()
    if not codes:
        return
    country, region = _field(view, "country"), _field(view, "region")
    if not isinstance(country, str):
        yield "unknown_country"
        return
    names = {country, f"{country}-{region}"}
    if not isinstance(region, str) and any(code.startswith(f"{country}-") for code in codes) and country not in codes:
        yield "unknown_country"
    elif bool(names & set(codes)) != (countries.get("mode", "include") == "include"):
        yield "country"


def _field(view: View, name: str) -> Value:
    """The live answer that goes into a contact's field."""
    for entry, block in _live_blocks(view):
        if block.get("contact_field") == name and is_set(entry.answers.get(block["key"])):
            return entry.answers[block["key"]]
    return None
