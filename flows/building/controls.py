"""Controls: one for each value of the document that the builder's pages can change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from flows.building.pointers import found
from flows.building.sentences import ending_title, field_id, step_title, value_words
from flows.building.typed import local_moment
from flows.engine.locales import chosen_text
from flows.engine.values import is_number, number_text

Option = tuple[str, str]


@dataclass(frozen=True)
class Control:
    """What changes one place: `kind` is text, long, number, bool, choice, several, moment, picture or
    captions.

    `redraws`: other controls depend on it. `id` is derived from the path, so that a problem can point at it. The value
    of `several` is its members with commas between them.
    """

    path: str
    kind: str
    label: str
    value: str = ""
    options: Sequence[Option] = ()
    help: str = ""
    redraws: bool = False
    is_wide: bool = False

    @property
    def id(self) -> str:
        """The control's id on the page."""
        return field_id(self.path)

    @property
    def is_on(self) -> bool:
        """Whether a box is ticked."""
        return self.value == "true"

    @property
    def is_known(self) -> bool:
        """Whether the present value is among the options."""
        return any(key == self.value for key, _label in self.options)

    @property
    def chosen(self) -> list[str]:
        """The members of a choice of several."""
        return self.value.split(",") if self.value else []

    @property
    def is_here(self) -> bool:
        """Whether a picture lies with us, so that the page may show it; pictures of other sites it may not."""
        return self.value.startswith("/") and not self.value.startswith("//")


@dataclass(frozen=True)
class Offers:
    """What a workspace has that a document can name, each as (key, name)."""

    topics: Sequence[Option] = ()
    segments: Sequence[Option] = ()


def widened(control: Control) -> Control:
    """The same control over the whole width."""
    return replace(control, is_wide=True)


class Maker:
    """Makes the controls of one document in the language that is being edited."""

    def __init__(self, document: Any, language: str = "", offers: Offers | None = None) -> None:
        self.document = document
        self.offers = offers or Offers()
        self.default = document["default_locale"]
        self.language = language or self.default

    def text(self, path: str, label: str, *, is_long: bool = False, is_wide: bool = False, about: str = "") -> Control:
        """Words that people read."""
        value = found(self.document, path, "")
        if isinstance(value, Mapping):
            shown = str(value.get(self.language, ""))
            about = about or (chosen_text(value, self.default, self.default)[:200] if not shown else "")
        else:
            shown = str(value) if self.language == self.default else ""
            about = about or (str(value)[:200] if not shown else "")
        return Control(path, "long" if is_long else "text", label, shown, help=about, is_wide=is_long)

    def plain(self, path: str, label: str, *, about: str = "", is_long: bool = False) -> Control:
        """A text that is the same in all languages: a key, an address, a formula."""
        value = found(self.document, path)
        shown = ", ".join(map(_shown, value)) if isinstance(value, list) else _shown(value)
        return Control(path, "long" if is_long else "text", label, shown, help=about)

    def number(self, path: str, label: str, *, about: str = "") -> Control:
        """A number."""
        return Control(path, "number", label, _shown(found(self.document, path)), help=about)

    def yes(self, path: str, label: str, *, about: str = "", default: bool = False, redraws: bool = False) -> Control:
        """A box."""
        value = "true" if found(self.document, path, default) else ""
        return Control(path, "bool", label, value, help=about, redraws=redraws)

    def choice(
        self, path: str, label: str, options: Sequence[Option], *, empty: str = "", about: str = "",
        redraws: bool = False,
    ) -> Control:  # fmt: skip
        """One of several; `empty` is what no value means, where that is possible."""
        value = _shown(found(self.document, path))
        shown = ([("", empty)] if empty else []) + list(options)
        if value and not any(key == value for key, _label in shown):
            shown.append((value, value))
        return Control(path, "choice", label, value, shown, about, redraws)

    def several(
        self, path: str, label: str, options: Sequence[Option], *, about: str = "", redraws: bool = False
    ) -> Control:
        """Any number of several. What the document names and nobody offers any more stays to be unticked."""
        present = [_shown(one) for one in found(self.document, path) or ()]
        known = {key for key, _label in options}
        shown = [*options, *((one, one) for one in present if one not in known)]
        return Control(path, "several", label, ",".join(present), shown, about, redraws, is_wide=True)

    def picture(self, path: str, label: str, *, about: str = "") -> Control:
        """The address of a picture: typed, or chosen from those of the workspace."""
        return Control(path, "picture", label, _shown(found(self.document, path)), help=about, is_wide=True)

    def captions(self, path: str, label: str) -> Control:
        """The address of captions: typed, or that of a file which is sent."""
        return Control(path, "captions", label, _shown(found(self.document, path)), is_wide=True)

    def moment(self, path: str, label: str, *, about: str = "") -> Control:
        """A day with a time, in the flow's zone."""
        return Control(path, "moment", label, local_moment(self.document, found(self.document, path)), help=about)

    def target(self, path: str, label: str, *, empty: str = "") -> Control:
        """Where to go on."""
        return self.choice(path, label, targets(self.document), empty=empty)


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(value) if is_number(value) else str(value)


def targets(document: Any) -> list[Option]:
    """Everything that a way can lead to."""
    steps = [
        (f"step:{step['key']}", f"{number}. {step_title(document, step)}")
        for number, step in enumerate(document["steps"], 1)
    ]
    endings = [
        (f"ending:{one['key']}", _("Ending: %(title)s") % {"title": ending_title(document, one)})
        for one in document["endings"]
    ]
    return [("next", _("The next step")), *steps, *endings]


def shown_right(document: Any, comparison: Mapping[str, Any]) -> str:
    """What a comparison compares with, as it is typed."""
    right = comparison.get("right")
    if isinstance(right, list):
        return ", ".join(_shown(one) for one in right)
    return _shown(right)


__all__ = ["Control", "Maker", "Offers", "Option", "shown_right", "targets", "value_words", "widened"]
