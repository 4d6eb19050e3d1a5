"""What to say about an answer that could not be taken."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from flows.engine.flow import Flow, Step
from flows.engine.piping import words_of
from flows.engine.view import View


def sentence(code: str, block: Mapping[str, Any], view: View) -> str:
    """The author's own words for the error, else ours, with the limit that was passed."""
    rule: Mapping[str, Any] = next((one for one in block.get("validations") or () if one["rule"] == code), {})
    # What to do about a code that is no longer good are our words to say: the author's are about a wrong one.
    own = rule.get("message") or (block.get("error") if not code.startswith("code_") else None)
    if own:
        return view.text(own)
    limit = rule.get("value", block.get(code, _scale_limit(code, block)))
    return _sentences().get(code, _("Please look at this again.")) % {"limit": _limit_words(code, limit, view)}


def find_block(flow: Flow, step: Step, variant: str | None, key: str) -> Mapping[str, Any]:
    """The block of a step that has this key."""
    return next((one for one in step.blocks(variant) if one.get("key") == key), {})


def _scale_limit(code: str, block: Mapping[str, Any]) -> Any:
    scales = {"rating": (1, 5), "opinion_scale": (0, 10), "nps": (0, 10), "slider": (0, 100)}
    low, high = scales.get(block["type"], ("", "")) if block else ("", "")
    longest = {"short_text": 1_000, "long_text": 10_000}.get(block.get("type", ""), "")
    return {"min": low, "max": high, "max_length": longest, "file_size": block.get("max_size_mb", 10)}.get(code, "")


def _limit_words(code: str, limit: Any, view: View) -> str:
    if code == "file_count":
        return ""
    return words_of(limit, view.state.locale) if limit != "" else ""


def _sentences() -> dict[str, str]:
    return {
        "required": _("Please answer this."),
        "type": _("We could not read this. Please write it another way."),
        "choice": _("Please choose one of the answers."),
        "exclusive": _("This answer does not go together with others. Choose either it or the others."),
        "incomplete": _("Something is missing here. Please fill in every line."),
        "email": _("This does not look like an e-mail address. Something like anna@example.com works."),
        "phone": _("Please write the number with its country code, such as +44 20 7946 0000."),
        "url": _("This does not look like a web address."),
        "country": _("Please choose a country from the list."),
        "range": _("The first day has to come before the last one."),
        "min": _("This has to be at least %(limit)s."),
        "max": _("This can be at most %(limit)s."),
        "step": _("This number does not fit the steps. Please choose a nearby one."),
        "min_length": _("Please write at least %(limit)s letters."),
        "max_length": _("This is too long: at most %(limit)s letters fit."),
        "min_selected": _("Please choose at least %(limit)s."),
        "max_selected": _("Please choose at most %(limit)s."),
        "pattern": _("This does not have the form that is asked for."),
        "date_after": _("Please choose a later day."),
        "date_before": _("Please choose an earlier day."),
        "expr": _("This does not fit your other answers. Please look at it again."),
        "unique": _("Somebody has given this answer already."),
        "file_count": _("These are too many files."),
        "file_type": _("Files of this kind are not taken here."),
        "file_size": _("This file is too large: at most %(limit)s MB."),
        "code": _("That is not the code from our newest mail. Please look again."),
        "code_expired": _("This code has run out. Press “Send it again” and type the new one."),
        "code_tries": _("That was tried too often, so this code is void. Press “Send it again” and type the new one."),
        "code_unsent": _("There is no code to type yet. Press “Send it again” to get one."),
        "puzzle": _("Please solve this little sum, so that we know you are no program."),
    }
