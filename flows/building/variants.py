"""Versions of a step, to see which does better: shown to so many of the visitors each.

A version without blocks of its own shows those of the step. Questions that versions share have the same key.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from string import ascii_lowercase
from typing import Any

from django.utils.translation import gettext as _

from flows.building.controls import Control, Maker
from flows.building.fresh import Document, answer_keys, free_key, keys_in
from flows.building.operations import MOST_MEMBERS, BadChange, forgotten
from flows.building.pointers import NoSuchPlace, at, joined, parts_of, place_in_list
from flows.building.references import Thing

FIRST_WEIGHT = 1
_PARTS_OF_VERSION = 4  # such as /steps/0/variants/1


@dataclass(frozen=True)
class Version:
    """One version: where it is, its name, of a hundred visitors how many see it, and whether its blocks are shown."""

    path: str
    key: str
    panel: str
    percent: int
    is_shown: bool
    controls: list[Control]
    more: list[Control]


@dataclass(frozen=True)
class VersionsPanel:
    """The versions of a step; none while there is only the step itself."""

    path: str
    versions: list[Version]


def held_by(step: Mapping[str, Any], path: str, version: str) -> str:
    """The place that holds the blocks of a version: its own, else the step."""
    for place, one in enumerate(step.get("variants") or ()):
        if one["key"] == version and one.get("blocks"):
            return f"{path}/variants/{place}"
    return path


def versions_panel(make: Maker, place: int, shown: str) -> VersionsPanel:
    """The versions of the so-many-eth step. Without a wish the first one that shows the step's own blocks is shown."""
    path, step = f"/steps/{place}", make.document["steps"][place]
    variants = step.get("variants") or ()
    whole = sum(int(one["weight"]) for one in variants)
    if not any(one["key"] == shown for one in variants):
        shown = next((one["key"] for one in variants if not one.get("blocks")), "")
    return VersionsPanel(path, [
        Version(
            f"{path}/variants/{number}", one["key"], f"step:{step['key']}/{one['key']}",
            round(int(one["weight"]) * 100 / whole) if whole else 0, one["key"] == shown,
            [
                make.plain(f"{path}/variants/{number}/key", _("Name")),
                make.number(f"{path}/variants/{number}/weight", _("Share of visitors")),
            ],
            [make.target(f"{path}/variants/{number}/next", _("Otherwise go to"), empty=_("As the step says"))],
        )
        for number, one in enumerate(variants)
    ])  # fmt: skip


def add_version(document: Document, path: str) -> tuple[Document, str]:
    """Another version of a step, beginning as a copy of its blocks. Returns it with the pointer of the version."""
    made = copy.deepcopy(document)
    step = _step(made, path)
    variants = step.setdefault("variants", [])
    if not variants:
        variants.append({"key": "a", "weight": FIRST_WEIGHT})
    if len(variants) >= MOST_MEMBERS:
        raise BadChange(_("There is no room for another one."))
    taken = keys_in(variants)
    key = next((one for one in ascii_lowercase if one not in taken), "") or free_key("version", taken)
    variants.append({"key": key, "weight": FIRST_WEIGHT, "blocks": copy.deepcopy(step["blocks"])})
    return made, f"{path}/variants/{len(variants) - 1}"


def remove_version(document: Document, path: str) -> tuple[Document, int]:
    """Take a version away. The last but one leaves a plain step. Returns how many references went along."""
    made = copy.deepcopy(document)
    step, number = _version(made, path)
    if len(step["variants"]) <= 2:
        others = [one for place, one in enumerate(step["variants"]) if place != number]
        return _only(document, made, step, others[0] if others else {})
    step["variants"].pop(number)
    return _settled(document, made)


def keep_version(document: Document, path: str) -> tuple[Document, int]:
    """End the comparison: the step becomes this version. Returns how many references to the others' questions went."""
    made = copy.deepcopy(document)
    step, number = _version(made, path)
    return _only(document, made, step, step["variants"][number])


def _only(document: Document, made: Document, step: Document, version: Mapping[str, Any]) -> tuple[Document, int]:
    step["blocks"] = version.get("blocks") or step["blocks"]
    if "next" in version:
        step["next"] = version["next"]
    step.pop("variants")
    return _settled(document, made)


def _settled(before: Document, made: Document) -> tuple[Document, int]:
    """Let go of what refers to questions that nobody asks any more."""
    lost = answer_keys(before) - answer_keys(made)
    return forgotten(made, [Thing("answer", key) for key in sorted(lost) if not key.endswith("_other")])


def _step(document: Document, path: str) -> Document:
    step = at(document, path)
    if parts_of(path)[0] != "steps" or len(parts_of(path)) != 2 or not isinstance(step, dict):
        raise NoSuchPlace(path)
    return step


def _version(document: Document, path: str) -> tuple[Document, int]:
    parts = parts_of(path)
    if len(parts) != _PARTS_OF_VERSION or parts[0] != "steps" or parts[2] != "variants":
        raise NoSuchPlace(path)
    at(document, path)
    return _step(document, joined(parts[:2])), place_in_list(parts[3])
