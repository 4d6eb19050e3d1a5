"""Reading a rule from its text form; the grammar stands in docs/segments.md §7."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from segments.language.canonical import canonical_rule
from segments.language.registry import Node, Rule
from segments.language.text_reader import Reader
from segments.language.words import STEP_UNITS, VERSION

# Brackets without meaning may pile up; this keeps the reading far from Python's own limit.
_MAX_NESTING = 60


def parse_text(text: str) -> Rule:
    """Return the canonical rule a text says; raises RuleError(bad_text) with the offset where it stops making sense.

    Names and values are not checked here: pass the rule to `validate_rule`.
    """
    reader = Reader(text)
    node = _read_any(reader, 0)
    if reader.peek().kind != "end":
        reader.fail()
    return canonical_rule({"version": VERSION, "where": node})


def _read_any(reader: Reader, depth: int) -> Node:
    return _read_joined(
        reader, "any", "or", lambda: _read_joined(reader, "all", "and", lambda: _read_unary(reader, depth))
    )


def _read_joined(reader: Reader, group: str, joiner: str, read: Callable[[], Node]) -> Node:
    children = [read()]
    while reader.accept_words(joiner):
        children.append(read())
    return children[0] if len(children) == 1 else {group: children}


def _read_unary(reader: Reader, depth: int) -> Node:
    if depth > _MAX_NESTING:
        reader.fail()
    if reader.accept_words("not"):
        return {"not": _read_unary(reader, depth + 1)}
    for group in ("all", "any"):
        if reader.at_words(group):
            reader.take()
            return {group: _read_brackets(reader, depth, is_call=True)}
    if reader.at_symbol("("):
        return _read_brackets(reader, depth, is_call=False)[0]
    token = reader.peek()
    read = _LEAVES.get(token.text) if token.kind == "word" else None
    if read is None:
        reader.fail()
    reader.take()
    return read(reader)


def _read_brackets(reader: Reader, depth: int, *, is_call: bool) -> list[Node]:
    reader.read_symbol("(")
    outside, reader.in_call = reader.in_call, is_call
    children = [_read_any(reader, depth + 1)]
    while is_call and reader.accept_symbol(","):
        children.append(_read_any(reader, depth + 1))
    reader.read_symbol(")")
    reader.in_call = outside
    return children


def _read_optional(reader: Reader, leaf: Node, member: str, read: Callable[[], Any]) -> None:
    """Read what follows the word that is also the name of the member."""
    if reader.accept_words(member):
        leaf[member] = read()


def _read_address(reader: Reader) -> Node:
    leaf: Node = {"kind": "address", "channel": reader.read_name()}
    for word, primary in (("primary", True), ("secondary", False)):
        if reader.accept_words(word):
            leaf["primary"] = primary
            break
    _read_optional(reader, leaf, "status", reader.read_names)
    _read_optional(reader, leaf, "flag", reader.read_names)
    _read_optional(reader, leaf, "domain", reader.read_list)
    _read_optional(reader, leaf, "prefix", reader.read_list)
    return leaf


def _read_consent(reader: Reader) -> Node:
    leaf: Node = {"kind": "consent", "channel": reader.read_name()}
    reader.read_symbol("/")
    leaf["topic"] = None if reader.accept_symbol("*") else reader.read_name()
    reader.read_symbol("/")
    leaf["purpose"] = reader.read_name()
    reader.read_words("is")
    leaf["state"] = reader.read_names()
    _read_optional(reader, leaf, "basis", reader.read_names)
    _read_optional(reader, leaf, "changed", reader.read_window)
    _read_optional(reader, leaf, "expires", reader.read_window)
    return leaf


def _read_event(reader: Reader) -> Node:
    leaf: Node = {"kind": "event", "event": reader.read_name()}
    for pick in ("first", "last"):
        if reader.accept_words(pick):
            leaf["pick"] = pick
            break
    _set_found(leaf, "times", reader.accept_times())
    _read_optional(reader, leaf, "sum", lambda: {"key": reader.read_name(), **reader.read_operator()})
    _read_optional(reader, leaf, "where", reader.read_conditions)
    _read_optional(reader, leaf, "having", reader.read_conditions)
    _set_found(leaf, "window", reader.accept_window())
    return leaf


def _set_found(leaf: Node, member: str, value: Any) -> None:
    if value is not None:
        leaf[member] = value


def _read_sequence(reader: Reader) -> Node:
    reader.read_symbol("(")
    steps = [_read_step(reader)]
    while reader.accept_words("then"):
        steps.append(_read_step(reader))
    reader.read_symbol(")")
    leaf: Node = {"kind": "sequence", "steps": steps}
    if reader.accept_words("within"):
        leaf["within"] = {"n": reader.read_integer()}
        if reader.peek().text not in STEP_UNITS:
            reader.fail()
        leaf["within"]["unit"] = reader.take().text
    _set_found(leaf, "window", reader.accept_window())
    return leaf


def _read_step(reader: Reader) -> dict[str, Any]:
    is_absent = reader.accept_words("no")
    reader.read_words("event")
    step: dict[str, Any] = {"event": reader.read_name()}
    if is_absent:
        step["absent"] = True
    _read_optional(reader, step, "where", reader.read_conditions)
    return step


def _read_engagement(reader: Reader) -> Node:
    leaf: Node = {"kind": "engagement", "action": reader.read_name()}
    for verdict in ("human", "any"):
        if reader.accept_words(verdict):
            leaf["verdict"] = verdict
            break
    _read_optional(reader, leaf, "campaign", reader.read_name)
    _read_optional(reader, leaf, "channel", reader.read_name)
    _set_found(leaf, "times", reader.accept_times())
    _set_found(leaf, "window", reader.accept_window())
    return leaf


def _read_flow(reader: Reader) -> Node:
    leaf: Node = {"kind": "flow", "flow": reader.read_name()}
    if reader.accept_words("last"):
        leaf["pick"] = "last"
    _read_optional(reader, leaf, "status", reader.read_names)
    _read_optional(reader, leaf, "outcome", reader.read_names)
    _read_optional(reader, leaf, "score", reader.read_operator)
    _read_optional(reader, leaf, "where", reader.read_conditions)
    _set_found(leaf, "window", reader.accept_window())
    return leaf


def _read_anniversary(reader: Reader) -> Node:
    reader.read_words("of")
    source = "field" if reader.accept_words("contact") else "key"
    leaf: Node = {"kind": "anniversary", source: reader.read_name()}
    reader.read_words("from")
    leaf["from"] = reader.read_integer()
    reader.read_words("to")
    leaf["to"] = reader.read_integer()
    _read_optional(reader, leaf, "leap", reader.read_name)
    _read_optional(reader, leaf, "years", reader.read_operator)
    if reader.accept_words("in", "contact", "zone"):
        leaf["zone"] = "contact"
    return leaf


def _read_bucket(reader: Reader) -> Node:
    salt = reader.read_string()
    reader.read_words("from")
    first, last = reader.read_part()
    return {"kind": "bucket", "salt": salt, "from": first, "to": last}


def _read_list(reader: Reader) -> Node:
    leaf: Node = {"kind": "list", "key": reader.read_name()}
    _read_optional(reader, leaf, "added", reader.read_window)
    return leaf


_LEAVES: dict[str, Callable[[Reader], Node]] = {
    "everyone": lambda reader: {"kind": "everyone"},
    "attribute": lambda reader: {"kind": "attribute", "key": reader.read_name(), **reader.read_operator()},
    "contact": lambda reader: {"kind": "contact", "field": reader.read_name(), **reader.read_operator()},
    "segment": lambda reader: {"kind": "segment", "key": reader.read_name()},
    "list": _read_list,
    "tags": lambda reader: {"kind": "tags", **reader.read_operator()},
    "address": _read_address,
    "consent": _read_consent,
    "event": _read_event,
    "sequence": _read_sequence,
    "engagement": _read_engagement,
    "flow": _read_flow,
    "anniversary": _read_anniversary,
    "bucket": _read_bucket,
}
