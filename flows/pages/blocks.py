"""A block as its template wants it: words in the visitor's language, choices in their order, what is filled in."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from contacts.places import country_choices
from flows.codes import address_in, is_confirmed
from flows.engine.flow import is_input
from flows.engine.intake import choice_list
from flows.engine.judging import visible_choices
from flows.engine.piping import words_of
from flows.engine.values import Value, is_number, number_text
from flows.engine.view import View
from flows.pages.parts import parts_of

Block = Mapping[str, Any]
PREFIX = "a."

WIDGETS = {
    "short_text": "text", "email": "text", "phone": "text", "url": "text", "number": "text", "date": "text",
    "time": "text", "long_text": "textarea", "single_choice": "choice", "multiple_choice": "choice",
    "yes_no": "choice", "picture_choice": "pictures", "dropdown": "dropdown", "country": "dropdown",
    "rating": "rating", "opinion_scale": "scale", "nps": "scale", "slider": "slider", "ranking": "ranking",
    "matrix": "matrix", "hotspot": "hotspot", "address": "parts", "full_name": "parts", "date_range": "parts",
    "consent": "consent", "file_upload": "file", "signature": "signature", "captcha": "captcha",
    "otp": "code",
}  # fmt: skip
# Widgets of several controls are a group with a legend; the others have one control and its label.
GROUPS = frozenset({"choice", "pictures", "rating", "scale", "ranking", "matrix", "hotspot", "parts"})
_INPUT_TYPES = {
    "short_text": ("text", ""), "email": ("email", "email"), "phone": ("tel", "tel"), "url": ("text", "url"),
    "number": ("text", "decimal"), "date": ("date", ""), "time": ("time", ""),
}  # fmt: skip
_AUTOCOMPLETE = {"email": "email", "phone": "tel", "url": "url", "country": "country"}
SCALES = {"rating": (1, 5), "opinion_scale": (0, 10), "nps": (0, 10), "slider": (0, 100)}


@dataclass
class ChoiceView:
    """One answer that can be chosen, or one point of a scale."""

    key: str
    label: str
    id: str
    is_chosen: bool = False
    image: str = ""
    alt: str = ""
    is_other: bool = False
    other: str = ""
    is_right: bool = False
    is_exclusive: bool = False
    more: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclass
class BlockView:
    """A block to be shown. `name` is what it is called in effects, `field` the name of its form field.

    `value` is what is filled in, as text or as the members of a group; `problem` a sentence; `more` what only this
    type has.
    """

    type: str
    widget: str
    name: str
    id: str
    label: str = ""
    help: str = ""
    placeholder: str = ""
    is_input: bool = False
    is_group: bool = False
    is_required: bool = False
    is_lone: bool = False
    field: str = ""
    value: Any = ""
    problem: str = ""
    choices: list[ChoiceView] = dataclasses.field(default_factory=list)
    more: dict[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def template(self) -> str:
        """The template of this block."""
        return f"flows/public/blocks/{self.widget}.html"

    @property
    def described_by(self) -> str:
        """Ids for aria-describedby: the help and the problem, where there are any."""
        parts = [f"{self.id}-help" if self.help else "", f"{self.id}-problem" if self.problem else ""]
        return " ".join(filter(None, parts))


@dataclass(frozen=True)
class Shown:
    """What of a step is shown, from the engine's `render`, and what was just sent where it was not taken."""

    values: Mapping[str, Value]
    order: Mapping[str, Sequence[str]]
    required: frozenset[str]
    problems: Mapping[str, str]
    sent: Mapping[str, Value]


def text_of_value(value: Value, locale: str) -> str:
    """A value as it stands in a text field."""
    return words_of(value, locale) if value is not None else ""


def plain(number: Any) -> str:
    """A number as attributes of HTML want it: ASCII, a point."""
    return number_text(Decimal(number)) if is_number(number) else str(number)


def input_view(block: Block, name: str, view: View, shown: Shown) -> BlockView:
    """The view of a block that asks something."""
    key = str(block["key"])
    widget = WIDGETS.get(block["type"], "text")
    raw = shown.sent[key] if key in shown.sent else shown.values.get(key)
    built = BlockView(
        type=block["type"],
        widget=widget,
        name=name,
        id=f"q-{key}",
        label=view.text(block.get("label", "")),
        help=view.text(block.get("help", "")),
        placeholder=view.text(block.get("placeholder", "")),
        is_input=True,
        is_group=widget in GROUPS,
        is_required=key in shown.required,
        field=f"{PREFIX}{key}",
        problem=shown.problems.get(key, ""),
    )
    _FILLERS[widget](built, block, raw, view, shown)
    return built


def _fill_text(built: BlockView, block: Block, raw: Value, view: View, _shown: Shown) -> None:
    kind, mode = _INPUT_TYPES.get(block["type"], ("text", ""))
    built.value = raw if isinstance(raw, str) else text_of_value(raw, view.state.locale)
    built.more = {
        "type": kind,
        "mode": mode,
        "autocomplete": block.get("autocomplete") or _AUTOCOMPLETE.get(block["type"], ""),
        "is_ltr": block["type"] in ("email", "phone", "url"),
        "rows": 5,
    }


def _fill_choices(built: BlockView, block: Block, raw: Value, view: View, shown: Shown) -> None:
    several = block["type"] == "multiple_choice"
    chosen = _chosen(raw)
    built.more = {"type": "checkbox" if several else "radio", "is_several": several}
    if block["type"] == "yes_no":
        built.choices = _yes_no(built, block, raw, view)
        return
    other = shown.values.get(f"{block['key']}_other")
    by_key = {str(one["key"]): one for one in choice_list(block)}
    for place, key in enumerate(shown.order.get(block["key"]) or visible_choices(view, block)):
        built.choices.append(_choice(built, by_key[key], place, view, chosen, other))


def _choice(
    built: BlockView, one: Block, place: int, view: View, chosen: Mapping[str, str], other: Value
) -> ChoiceView:
    key = str(one["key"])
    return ChoiceView(
        key=key,
        label=view.text(one["label"]),
        id=f"{built.id}-{place}",
        is_chosen=key in chosen,
        image=str(one.get("image") or ""),
        alt=view.text(one.get("alt", "")),
        is_other=bool(one.get("other")),
        other=chosen.get(key) or (other if isinstance(other, str) else ""),
        is_exclusive=bool(one.get("exclusive")),
        more={side: plain(one[side]) for side in ("x", "y", "width", "height") if side in one},
    )


def _chosen(raw: Value) -> dict[str, str]:
    """Chosen keys with the free text of an `other` one; from stored answers and from what was sent."""
    members = raw if isinstance(raw, list) else [] if raw in (None, "") else [raw]
    found: dict[str, str] = {}
    for one in members:
        if isinstance(one, Mapping):
            found[str(one.get("key"))] = str(one.get("text") or "")
        elif isinstance(one, str):
            found[one] = ""
    return found


def _yes_no(built: BlockView, block: Block, raw: Value, view: View) -> list[ChoiceView]:
    labels = {str(one["key"]): view.text(one["label"]) for one in block.get("choices") or ()}
    is_yes = raw is True or raw == "yes"
    is_no = raw is False or raw == "no"
    return [
        ChoiceView("yes", labels.get("yes") or _("Yes"), f"{built.id}-0", is_yes),
        ChoiceView("no", labels.get("no") or _("No"), f"{built.id}-1", is_no),
    ]


def _fill_dropdown(built: BlockView, block: Block, raw: Value, view: View, shown: Shown) -> None:
    if block["type"] == "country":
        built.more = {"autocomplete": block.get("autocomplete") or "country"}
        built.choices = [ChoiceView(code, name, "", code == raw) for code, name in country_choices()]
        return
    _fill_choices(built, block, raw, view, shown)
    built.more = {"autocomplete": block.get("autocomplete", ""), "other": any(one.is_other for one in built.choices)}


def _fill_scale(built: BlockView, block: Block, raw: Value, view: View, _shown: Shown) -> None:
    low, high = SCALES[block["type"]]
    least, most = Decimal(block.get("min", low)), Decimal(block.get("max", high))
    step = Decimal(block.get("step", 1))
    now = plain(raw) if is_number(raw) else str(raw or "")
    count = min(int((most - least) / step) + 1, 31) if most >= least else 1
    points = [plain(least + step * place) for place in range(count)]
    built.choices = [
        ChoiceView(point, words_of(Decimal(point), view.state.locale), f"{built.id}-{place}", point == now)
        for place, point in enumerate(points)
    ]
    ends = [view.text(one["label"]) for one in block.get("points") or ()]
    built.more = {"low": ends[0] if ends else "", "high": ends[-1] if len(ends) > 1 else "", "count": count}


def _fill_slider(built: BlockView, block: Block, raw: Value, view: View, _shown: Shown) -> None:
    low, high = SCALES["slider"]
    least, most = Decimal(block.get("min", low)), Decimal(block.get("max", high))
    step = Decimal(block.get("step", 1))
    middle = least + (most - least) / step // 2 * step
    built.value = plain(raw) if is_number(raw) else plain(middle)
    built.more = {
        "min": plain(least),
        "max": plain(most),
        "step": plain(step),
        "shown": words_of(Decimal(built.value), view.state.locale),
        "low": words_of(least, view.state.locale),
        "high": words_of(most, view.state.locale),
    }


def _fill_ranking(built: BlockView, block: Block, raw: Value, view: View, shown: Shown) -> None:
    by_key = {str(one["key"]): one for one in choice_list(block)}
    order = [str(key) for key in shown.order.get(block["key"]) or visible_choices(view, block)]
    given = [key for key in raw if key in order] if isinstance(raw, list) else []
    built.more = {"count": len(order), "places": [str(place + 1) for place in range(len(order))]}
    for key in sorted(order, key=lambda one: given.index(one) if one in given else len(order)):
        one = _choice(built, by_key[key], order.index(key), view, {}, None)
        one.more = {"place": str(given.index(key) + 1) if key in given else ""}
        built.choices.append(one)


def _fill_matrix(built: BlockView, block: Block, raw: Value, view: View, _shown: Shown) -> None:
    chosen = raw if isinstance(raw, Mapping) else {}
    columns = [(str(one["key"]), view.text(one["label"])) for one in block["columns"]]
    rows = []
    for line, row in enumerate(block["rows"]):
        key = str(row["key"])
        cells = [
            ChoiceView(column, label, f"{built.id}-{line}-{place}", chosen.get(key) == column)
            for place, (column, label) in enumerate(columns)
        ]
        rows.append({"key": key, "label": view.text(row["label"]), "cells": cells, "id": f"{built.id}-{line}"})
    built.more = {"rows": rows, "columns": [label for _key, label in columns]}


def _fill_hotspot(built: BlockView, block: Block, raw: Value, view: View, shown: Shown) -> None:
    _fill_choices(built, block, raw, view, shown)
    built.more |= {"src": str(block.get("src") or ""), "alt": view.text(block.get("alt", ""))}


def _fill_parts(built: BlockView, block: Block, raw: Value, view: View, _shown: Shown) -> None:
    members = raw if isinstance(raw, Mapping) else {}
    built.more = {"parts": parts_of(block["type"], built.id, built.field, members), "kind": block["type"]}


def _fill_consent(built: BlockView, block: Block, raw: Value, view: View, _shown: Shown) -> None:
    built.value = raw is True or raw == "yes"
    is_of_rules = block.get("purpose") == "contest_rules" and "contest" in view.flow.document
    built.more = {"legal": view.text(block.get("legal_text", "")), "rules": is_of_rules}


def _fill_file(built: BlockView, block: Block, raw: Value, view: View, _shown: Shown) -> None:
    files = [one for one in raw if isinstance(one, Mapping)] if isinstance(raw, list) else []
    accept = [str(one) for one in block.get("accept") or ()]
    built.value = [{"id": one.get("id"), "name": one.get("name"), "size": one.get("size")} for one in files]
    built.more = {
        "accept": ",".join(accept),
        "is_several": int(block.get("max_files", 1)) > 1,
        "count": int(block.get("max_files", 1)),
        "size": words_of(Decimal(block.get("max_size_mb", 10)), view.state.locale),
        "kinds": ", ".join(accept),
    }


def _fill_signature(built: BlockView, _block: Block, raw: Value, _view: View, _shown: Shown) -> None:
    text = raw if isinstance(raw, str) else ""
    is_drawn = text.startswith("M")
    built.value = "" if is_drawn else text
    built.more = {"drawn": text if is_drawn else ""}


def _fill_trusted(built: BlockView, _block: Block, raw: Value, _view: View, _shown: Shown) -> None:
    built.more = {"is_settled": raw is True}


def _fill_code(built: BlockView, _block: Block, raw: Value, view: View, _shown: Shown) -> None:
    """What was typed, or that the address is confirmed. How it stands with the mail is filled in by the page."""
    address = address_in(view)
    is_settled = is_confirmed(raw, address)
    built.value = raw if isinstance(raw, str) else ""
    built.is_required = built.is_required or is_settled
    built.more = {"address": address, "is_settled": is_settled, "sent": "sent"}


_FILLERS: dict[str, Callable[[BlockView, Block, Value, View, Shown], None]] = {
    "text": _fill_text,
    "textarea": _fill_text,
    "choice": _fill_choices,
    "pictures": _fill_choices,
    "dropdown": _fill_dropdown,
    "rating": _fill_scale,
    "scale": _fill_scale,
    "slider": _fill_slider,
    "ranking": _fill_ranking,
    "matrix": _fill_matrix,
    "hotspot": _fill_hotspot,
    "parts": _fill_parts,
    "consent": _fill_consent,
    "file": _fill_file,
    "signature": _fill_signature,
    "captcha": _fill_trusted,
    "code": _fill_code,
}


def is_question(block: Block) -> bool:
    """Whether a page can ask this block; it takes no payments."""
    return is_input(block) and block["type"] in WIDGETS
