"""What changed between two documents, in sentences."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from flows.building.sentences import ending_title, plain, step_title

_WHOLE = {"kind", "name", "default_locale", "locales", "settings", "theme", "start", "outcome_mode", "video"}


def differences(old: Any, new: Any) -> list[str]:
    """One sentence for each part that came, went or changed; nothing where both are the same."""
    lines = [*_steps(old, new)]
    named = (
        ("endings", _("ending"), ending_title),
        ("outcomes", _("result"), lambda whole, one: plain(whole, one["title"])),
        ("calculations", _("calculation"), _key), ("variables", _("variable"), _key),
        ("hidden_fields", _("hidden field"), _key),
    )  # fmt: skip
    for name, kind, title in named:
        lines += _members(old, new, name, kind, title)
    if any(old.get(name) != new.get(name) for name in _WHOLE):
        lines.append(_("The settings are different."))
    if old.get("contest") != new.get("contest"):
        lines.append(_("The contest's dates, prizes or rules are different."))
    return lines


def _key(_whole: Any, one: Any) -> str:
    return str(one["key"])


def _steps(old: Any, new: Any) -> Iterator[str]:
    before = {one["key"]: one for one in old["steps"]}
    after = {one["key"]: one for one in new["steps"]}
    for key, step in after.items():
        title = {"title": step_title(new, step)}
        if key not in before:
            yield _("New step: “%(title)s”.") % title
        elif before[key] != step:
            yield _("The step “%(title)s” is different.") % title
    for key, step in before.items():
        if key not in after:
            yield _("The step “%(title)s” is gone.") % {"title": step_title(old, step)}
    kept = [key for key in before if key in after]
    if kept != [key for key in after if key in before]:
        yield _("The steps come in another order.")


def _members(old: Any, new: Any, name: str, kind: str, title: Any) -> Iterator[str]:
    before = {one["key"]: one for one in old.get(name) or ()}
    after = {one["key"]: one for one in new.get(name) or ()}
    for key, one in after.items():
        words = {"kind": kind, "title": title(new, one)}
        if key not in before:
            yield _("New %(kind)s: “%(title)s”.") % words
        elif before[key] != one:
            yield _("The %(kind)s “%(title)s” is different.") % words
    for key, one in before.items():
        if key not in after:
            yield _("The %(kind)s “%(title)s” is gone.") % {"kind": kind, "title": title(old, one)}
