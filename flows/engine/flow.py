"""A flow's document, made ready to be asked: steps, blocks and endings by key."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from flows.engine.dates import read_moment, zone_of
from flows.engine.documents import version_of
from flows.engine.intake import Block
from flows.engine.values import Value

INPUT_TYPES = frozenset(
    {
        "short_text", "long_text", "email", "phone", "number", "url", "date", "time", "date_range", "single_choice",
        "multiple_choice", "dropdown", "picture_choice", "yes_no", "rating", "opinion_scale", "nps", "slider",
        "ranking", "matrix", "hotspot", "address", "full_name", "country", "file_upload", "signature", "consent",
        "payment", "otp", "captcha",
    }
)  # fmt: skip
FREE_TEXT = ("short_text", "long_text")
OTHER = "_other"


def is_input(block: Block) -> bool:
    """Whether a block asks something; all others only show."""
    return block["type"] in INPUT_TYPES


class Step:
    """One step: its blocks may depend on the variant that a session drew."""

    def __init__(self, document: Mapping[str, Any], place: int) -> None:
        self.document = document
        self.key = str(document["key"])
        self.place = place
        self.on_enter: Sequence[Mapping[str, Any]] = document.get("on_enter") or ()
        self.logic: Sequence[Mapping[str, Any]] = document.get("logic") or ()
        self.visible_if = document.get("visible_if")
        self.time_limit: int | None = document.get("time_limit")
        self.timeline: Mapping[str, Any] | None = document.get("timeline")
        self.variants: Sequence[Mapping[str, Any]] = document.get("variants") or ()
        self._variants = {one["key"]: one for one in self.variants}
        own: Sequence[Block] = document["blocks"]
        self._blocks = {key: one.get("blocks") or own for key, one in self._variants.items()}

    def blocks(self, variant: str | None) -> Sequence[Block]:
        """The blocks shown with a variant; its own where there is no such variant."""
        found: Sequence[Block] = self._blocks.get(variant or "") or self.document["blocks"]
        return found

    def next(self, variant: str | None) -> str | None:
        """Where the variant, else the step, leads."""
        return self._variants.get(variant or "", {}).get("next") or self.document.get("next")


class Flow:
    """A version of a flow. It never changes, so everything is worked out once."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.settings: Mapping[str, Any] = document.get("settings") or {}
        self.contest: Mapping[str, Any] | None = document.get("contest")
        self.steps = [Step(step, place) for place, step in enumerate(document["steps"])]
        self.endings = {str(ending["key"]): ending for ending in document["endings"]}
        self.outcomes: Sequence[Mapping[str, Any]] = document.get("outcomes") or ()
        self.calculations: Sequence[Mapping[str, Any]] = document.get("calculations") or ()
        self.calculation_places = {one["key"]: place for place, one in enumerate(self.calculations)}
        self.variables: Mapping[str, Mapping[str, Any]] = {one["key"]: one for one in document.get("variables") or ()}
        self.events: Sequence[Mapping[str, Any]] = document.get("events") or ()
        self.hidden_fields: Sequence[Mapping[str, Any]] = document.get("hidden_fields") or ()
        self.default_locale = str(document["default_locale"])
        self._steps_by_key = {step.key: step for step in self.steps}

    @cached_property
    def version(self) -> str:
        """The hash that names this version."""
        return version_of(self.document)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The flow's zone: its own, the contest's, else UTC."""
        name = self.settings.get("timezone") or (self.contest or {}).get("timezone") or "UTC"
        return zone_of(str(name))

    @property
    def is_chat(self) -> bool:
        """Whether questions are asked one by one."""
        return self.settings.get("mode") == "chat"

    @property
    def is_film(self) -> bool:
        """Whether steps come by the time of a video."""
        return self.document["kind"] == "interactive_video" or "video" in self.document

    @cached_property
    def step_of_block(self) -> Mapping[str, Step]:
        """The step of every key that an answer can have, `X_other` included."""
        found: dict[str, Step] = {}
        for step in self.steps:
            groups = [step.document["blocks"], *(one.get("blocks") or () for one in step.variants)]
            for block in (block for group in groups for block in group if is_input(block)):
                found[block["key"]] = found[block["key"] + OTHER] = step
        return found

    def step(self, key: str) -> Step | None:
        """The step of a key."""
        return self._steps_by_key.get(key)

    def moment(self, name: str, *, of_contest: bool = False) -> Value:
        """A moment of the settings' submissions, or of the contest; None where it is not set."""
        holder = self.contest if of_contest else self.settings.get("submissions")
        return read_moment((holder or {}).get(name))
