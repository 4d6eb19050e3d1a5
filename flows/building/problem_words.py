"""What the checks say, in sentences for people, and where on the page it is mended."""

import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from flows.building.pointers import found, joined, parts_of
from flows.building.sentences import ending_title, field_id, plain, step_title
from flows.checking import Problem

# One sentence for each code; `%(name)s` and so on come from the problem's details.
SENTENCES = {
    "E01": gettext_lazy("Something here is missing or has the wrong form."),
    "E02": gettext_lazy("Two things have the key “%(key)s”. Give one of them another."),
    "E03": gettext_lazy("This leads to “%(target)s”, which is not there."),
    "E04": gettext_lazy("Nobody can get to this step. Let something lead here, or take it away."),
    "E05": gettext_lazy("From this step nobody comes to an ending."),
    "E06": gettext_lazy("This uses “%(name)s”, which is not there."),
    "E07": gettext_lazy("This uses the answer “%(name)s” before it can have been given."),
    "E08": gettext_lazy("This step leads back to itself without asking anything."),
    "E09": gettext_lazy("This formula cannot be read. Check brackets, names and commas."),
    "E10": gettext_lazy("This pattern cannot be read."),
    "E11": gettext_lazy("This does not fit the kind of “%(name)s”."),
    "E12": gettext_lazy("The name “%(key)s” is taken. Call the variable something else."),
    "E13": gettext_lazy("Two answers have keys that read the same: “%(key)s”."),
    "E14": gettext_lazy("Somebody would be subscribed whom you never asked. Add a consent for this channel first."),
    "E15": gettext_lazy("The contest is not complete yet: dates in order, prizes, a draw and a check of addresses."),
    "E16": gettext_lazy("The draw comes at least one hour after closing. Choose a later moment."),
    "E17": gettext_lazy("The rules ask for age or country, but no question does."),
    "E18": gettext_lazy("Say what this picture or video shows, for people who cannot see or hear it."),
    "E19": gettext_lazy("This cannot be shown in “%(channel)s”."),
    "E20": gettext_lazy("All variants have the weight 0, so nobody would see any."),
    "E21": gettext_lazy("This is not an address people can be sent to. It begins with https://."),
    "E22": gettext_lazy("This calculation reads itself, a later one or the result. Put it further down."),
    "E23": gettext_lazy("The winning moments are not sealed yet."),
    "E24": gettext_lazy("This condition is too large. Split it into several rules."),
    "W01": gettext_lazy("“%(outcome)s” hardly ever comes out. Give it more points, or a wider range."),
    "W02": gettext_lazy("The score ranges of the results overlap or leave a gap."),
    "W03": gettext_lazy("Results often tie. Spread the points, so that the answers decide."),
    "W04": gettext_lazy("Some answers lead somewhere and others do not. Say where the rest goes on."),
    "W05": gettext_lazy("The first ending turns people away, and it is the one for everybody else."),
    "W06": gettext_lazy("A translation is missing here."),
    "W07": gettext_lazy("In a chat, ask one question at a time."),
    "W08": gettext_lazy("These colours are hard to read together."),
    "W09": gettext_lazy("This puts something private into an address, where others may see it."),
    "W10": gettext_lazy("Dates are compared, but nobody said in which time zone. Choose one in the settings."),
    "W11": gettext_lazy("This condition always comes out the same."),
    "W12": gettext_lazy("This comes too late: the answers were sent already. Do it before the step is shown."),
    "W13": gettext_lazy("A formula failed for some of the pretend people: %(where)s."),
}
# A detail in a sentence of any language, with the marks that quote it there.
QUOTED = re.compile(r"[“„«‹‘\"]\s?%\(\w+\)s\s?[”“»›’\"]|%\(\w+\)s")


@dataclass(frozen=True)
class Complaint:
    """A problem for people: the sentence, where it is in words, which panel shows it, and the control's id."""

    code: str
    sentence: str
    place: str
    panel: str
    focus: str
    is_error: bool


def complaints(document: Any, problems: list[Problem]) -> list[Complaint]:
    """What the checks found, in their order."""
    return [_complaint(document, problem) for problem in problems]


def sentence_of(problem: Problem) -> str:
    """The sentence of one problem. Where a detail is not known, it says “this”, in whatever language."""
    words = str(SENTENCES.get(problem.code, SENTENCES["E01"]))
    try:
        return words % problem.detail
    except KeyError:
        return QUOTED.sub(lambda _found: _("this"), words)


def _complaint(document: Any, problem: Problem) -> Complaint:
    panel, place = panel_of(document, problem.path)
    return Complaint(
        problem.code, sentence_of(problem), place, panel, field_id(problem.path), problem.is_error
    )  # fmt: skip


def panel_of(document: Any, path: str) -> tuple[str, str]:
    """Which panel of the builder shows a place, and what to call it."""
    parts = parts_of(path)
    root = parts[0] if parts else ""
    if root in ("steps", "endings") and len(parts) > 1:
        member = found(document, joined(parts[:2]))
        if isinstance(member, dict) and "key" in member:
            if root == "steps":
                number = int(parts[1]) + 1
                title = step_title(document, member) if "blocks" in member else member["key"]
                words = _("Step %(number)d: %(title)s") % {"number": number, "title": title}
                return f"step:{member['key']}{_version_of(document, parts)}", words
            return f"ending:{member['key']}", _("Ending: %(title)s") % {"title": ending_title(document, member)}
    if root in ("outcomes", "outcome_mode"):
        one = found(document, joined(parts[:2])) if len(parts) > 1 else None
        return "results", plain(document, one["title"]) if isinstance(one, dict) else _("Results")
    if root in ("variables", "calculations", "hidden_fields"):
        return "numbers", _("Variables and calculations")
    return ("contest", _("Contest")) if root == "contest" else ("settings", _("Settings"))


def _version_of(document: Any, parts: list[str]) -> str:
    """The version of a step whose blocks a place is in, as its panel is called."""
    version = found(document, joined(parts[:4])) if len(parts) > 4 and parts[2] == "variants" else None
    return f"/{version['key']}" if isinstance(version, dict) and "key" in version else ""
