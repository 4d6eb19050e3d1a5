"""New members of a document's lists, with keys that nobody has yet."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from flows.building.catalogue import fresh_choice, fresh_region, fresh_row
from flows.checking.places import input_blocks

Document = dict[str, Any]
LONGEST_KEY = 48


def answer_keys(document: Document) -> set[str]:
    """The keys of all questions, and those that their free answers reserve."""
    keys = {str(place.value["key"]) for place in input_blocks(document)}
    return keys | {f"{key}_other" for key in keys}


def keys_in(members: Iterable[Mapping[str, Any]]) -> set[str]:
    """The keys of a list's members."""
    return {str(one["key"]) for one in members if "key" in one}


def free_key(wish: str, taken: set[str]) -> str:
    """A key like the wish that is not taken: letters of ASCII, digits and `_`, as the schema wants it."""
    plain = unicodedata.normalize("NFKD", wish).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:LONGEST_KEY].rstrip("_")
    base = base if base[:1].isalpha() else f"q_{base}".rstrip("_")
    lowered = {key.lower() for key in taken}
    number, key = 1, base
    while key.lower() in lowered:
        number += 1
        key = f"{base}_{number}"
    return key


def fresh_member(document: Document, name: str, members: list[Any]) -> Any:
    """What a new member of the list called `name` begins with. Raises KeyError where nothing can be added."""
    return _FRESH[name](document, members)


def _choice(_document: Document, members: list[Any]) -> Document:
    choice = fresh_choice(len(members) + 1)
    return {**choice, "key": free_key(choice["key"], keys_in(members))}


def _row(_document: Document, members: list[Any]) -> Document:
    row = fresh_row(len(members) + 1)
    return {**row, "key": free_key(row["key"], keys_in(members))}


def _region(_document: Document, members: list[Any]) -> Document:
    region = fresh_region(len(members) + 1)
    return {**region, "key": free_key(region["key"], keys_in(members))}


def _track(document: Document, _members: list[Any]) -> Document:
    return {"kind": "captions", "srclang": document["default_locale"], "src": ""}


def _ending(_document: Document, members: list[Any]) -> Document:
    return {"key": free_key("ending", keys_in(members)), "type": "screen", "title": _("Thank you")}


def _outcome(_document: Document, members: list[Any]) -> Document:
    title = _("Result %(number)d") % {"number": len(members) + 1}
    return {"key": free_key(f"result_{len(members) + 1}", keys_in(members)), "title": title}


def _variable(_document: Document, members: list[Any]) -> Document:
    return {"key": free_key("value", keys_in(members)), "type": "number", "initial": 0}


def _calculation(_document: Document, members: list[Any]) -> Document:
    style = {"style": "number", "decimals": 0}
    return {"key": free_key("sum", keys_in(members)), "expr": "0", "format": style, "public": True}


def _hidden(_document: Document, members: list[Any]) -> Document:
    return {"key": free_key("utm_source", keys_in(members)), "type": "text", "source": "query"}


def comparison(document: Document) -> Document:
    """A condition to begin with: the first question is answered."""
    first = next(input_blocks(document), None)
    left = f"answers.{first.value['key']}" if first else "score"
    return {"left": left, "op": "is_set"}


def _rule(document: Document, _members: list[Any]) -> Document:
    ending = document["endings"][0]["key"]
    return {"when": {"all": [comparison(document)]}, "actions": [{"do": "jump", "to": f"ending:{ending}"}]}


def _action(_document: Document, _members: list[Any]) -> Document:
    return {"do": "tag", "tag": ""}


def _prize(_document: Document, members: list[Any]) -> Document:
    return {"key": free_key("prize", keys_in(members)), "name": _("Prize"), "quantity": 1}


def _next_of(kinds: tuple[str, ...], taken: list[str]) -> str:
    """The first of the kinds that is not there yet, else the first."""
    return next((one for one in kinds if one not in taken), kinds[0])


def _way(_document: Document, members: list[Any]) -> Document:
    kind = _next_of(("form", "referral", "daily_return", "upload", "secret_code"), [one["type"] for one in members])
    return {"key": free_key(kind, keys_in(members)), "type": kind, "tickets": 1}


def _limit(_document: Document, members: list[Any]) -> Document:
    kind = _next_of(("email", "phone", "contact", "device", "ip"), [one["by"] for one in members])
    return {"by": kind, "max": 1, "per": "campaign"}


def _vote_limit(_document: Document, members: list[Any]) -> Document:
    return {"by": _next_of(("device", "ip", "entry"), [one["by"] for one in members]), "max": 1, "per": "day"}


_FRESH: Mapping[str, Callable[[Document, list[Any]], Any]] = {
    "choices": _choice,
    "rows": _row,
    "columns": _row,
    "regions": _region,
    "tracks": _track,
    "endings": _ending,
    "outcomes": _outcome,
    "variables": _variable,
    "calculations": _calculation,
    "hidden_fields": _hidden,
    "logic": _rule,
    "on_enter": _rule,
    "actions": _action,
    "all": lambda document, _members: comparison(document),
    "any": lambda document, _members: comparison(document),
    "validations": lambda _document, _members: {"rule": "min_length", "value": 2},
    "prizes": _prize,
    "entry_methods": _way,
    "entry_limits": _limit,
    "vote_limits": _vote_limit,
    "sources": lambda _document, _members: {"src": "", "type": "video/mp4"},
    "locales": lambda document, members: next(
        one for one in ("en", "ru", "ar", "de", "fr", "es") if one not in {document["default_locale"], *members}
    ),
}
ADDABLE = frozenset(_FRESH)


def fresh_action(document: Document, do: str) -> Document:
    """An action of a kind, with what the schema wants of it."""
    variables = [one["key"] for one in document.get("variables") or ()]
    if do in ("set", "add", "subtract", "multiply", "divide", "append"):
        return {"do": do, "variable": variables[0] if variables else "value", "value": 1}
    made: dict[str, Document] = {
        "jump": {"to": f"ending:{document['endings'][0]['key']}"},
        "require": {"target": comparison(document)["left"].removeprefix("answers.")},
        "tag": {"tag": ""}, "untag": {"tag": ""}, "subscribe": {"channel": "email"},
        "send_message": {"template": ""}, "webhook": {"url": "https://"}, "redirect": {"url": "https://"},
        "wait": {"seconds": 1}, "seek": {"to_seconds": 0}, "issue_code": {"pool": ""},
        "award_entries": {"value": 1},
    }  # fmt: skip
    return {"do": do, **made.get(do, {})}
