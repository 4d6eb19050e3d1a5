"""Segments people need on day one, as rules in the text language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from segments.language.problems import RuleError
from segments.language.registry import Registry, Rule
from segments.language.text_parser import parse_text
from segments.language.text_printer import print_string
from segments.language.validate import validate_rule

Words = object


@dataclass(frozen=True)
class Starter:
    """A segment to begin with. `text` makes the rule from what the workspace has; empty when it does not fit,
    and `missing` says what it would need.
    """

    key: str
    name: Words
    description: Words
    icon: str
    text: Callable[[Registry], str]
    missing: Words = ""


@dataclass(frozen=True)
class Offer:
    """A starter with its rule; without one it does not fit this workspace."""

    starter: Starter
    rule: Rule | None


def _agreed(registry: Registry, ending: str = "") -> str:
    topic = next(iter(sorted(registry.topics)), "")
    return f"consent email/{print_string(topic)}/marketing is granted{ending}" if topic else ""


def _purchase(registry: Registry) -> str:
    """The kind of event that stands for a purchase, quoted; the first that sounds like one."""
    names = sorted(name for name in registry.events if name.startswith(("order.", "purchase.", "booking.", "stay.")))
    # An order can also be cancelled or shipped; what says that something was bought comes first.
    done = [name for name in names if name.endswith(("placed", "paid", "made", "completed", "confirmed"))]
    return print_string((done or names)[0]) if names else ""


def _birthday(registry: Registry) -> str:
    dates = [key for key, one in registry.attributes.items() if one.type == "date"]
    named = [key for key in dates if "birth" in key]
    return print_string(named[0]) if named else ""


def _buyers(ending: str) -> Callable[[Registry], str]:
    def text(registry: Registry) -> str:
        name = _purchase(registry)
        return f"event {name} {ending}" if name else ""

    return text


def _fixed(text: str) -> Callable[[Registry], str]:
    return lambda registry: text


STARTERS = (
    Starter(
        "agreed",
        _("Agreed to hear from us"),
        _("Everyone who said yes to your first topic by e-mail and whose address works."),
        "shield-check",
        lambda registry: (
            (f"{_agreed(registry)} and address email status valid, unverified, risky") if registry.topics else ""
        ),
        missing=_("It needs a topic people can agree to."),
    ),
    Starter(
        "new",
        _("New this week"),
        _("Added in the last seven days. A good time for a welcome."),
        "user-plus",
        _fixed("contact created_at in the last 7 days"),
    ),
    Starter(
        "engaged",
        _("Engaged"),
        _("Opened or clicked themselves in the last 90 days; machines are not counted."),
        "zap",
        _fixed("engagement opened in the last 90 days or engagement clicked in the last 90 days"),
    ),
    Starter(
        "slipping",
        _("Slipping away"),
        _("Got something in the last 180 days and opened none of it."),
        "hourglass",
        _fixed(
            "engagement sent at least 3 times in the last 180 days and engagement opened never in the last 180 days"
        ),
    ),
    Starter(
        "never-opened",
        _("Never opened by a person"),
        _("Was sent messages; at most a machine opened them."),
        "mail-x",
        _fixed("engagement sent and engagement opened never"),
    ),
    Starter(
        "birthday",
        _("Birthday soon"),
        _("Has a birthday within the next seven days."),
        "calendar",
        lambda registry: f"anniversary of {_birthday(registry)} from 0 to 7" if _birthday(registry) else "",
        missing=_("It needs an attribute of the type date whose key says “birth”."),
    ),
    Starter(
        "running-out",
        _("Consent running out"),
        _("Agreed, but only until a day in the next 60."),
        "timer",
        lambda registry: _agreed(registry, " expires in the next 60 days"),
        missing=_("It needs a topic people can agree to."),
    ),
    Starter(
        "best",
        _("Best customers"),
        _("Bought at least three times in the last year."),
        "sparkles",
        _buyers("at least 3 times in the last 365 days"),
        missing=_("It needs events about purchases, such as order.placed. Your shop can send them through the API."),
    ),
    Starter(
        "no-phone",
        _("No phone number"),
        _("Can be reached by e-mail, not by text message."),
        "phone",
        _fixed("address email and not address sms"),
    ),
)


def starters_for(registry: Registry, among: Sequence[Starter] = STARTERS) -> list[tuple[Starter, Rule]]:
    """Return the starters that fit a workspace, each with its rule."""
    fitting = []
    for starter in among:
        text = starter.text(registry)
        if not text:
            continue
        try:
            rule = parse_text(text)
        except RuleError:
            continue
        if not validate_rule(rule, registry):
            fitting.append((starter, rule))
    return fitting


def offered_starters(registry: Registry) -> list[Offer]:
    """Return every starter, those that fit first."""
    fitting = {starter.key: rule for starter, rule in starters_for(registry)}
    offers = [Offer(starter, fitting.get(starter.key)) for starter in STARTERS]
    return sorted(offers, key=lambda one: one.rule is None)
