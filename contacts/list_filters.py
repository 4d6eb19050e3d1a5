"""What narrows a list of contacts: the fields of its address, and filters that apps above contacts bring.

Every filter becomes a test of the contact `c` in SQL. The list asks it of some hundred people at a time, an export of
everybody; so a filter gets the ids it is asked about, or None.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, cast, runtime_checkable
from urllib.parse import urlencode

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Workspace
from contacts.models import Address
from contacts.search_words import marks_query
from contacts.text_search import Condition, TextSearch
from core.clock import UTC, zone_or_none

MAX_SEARCH = 200
MAX_VALUE = 200
SORT_NAMES = ("newest", "name", "email")


NOBODY = Condition("false")

# From the ids of everybody who will be asked about, or None for the whole workspace, to the test.
Prepared = Callable[[Sequence[int] | None], Condition]


def always(test: Condition) -> Prepared:
    """The same test whoever is asked about."""
    return lambda _ids: test


@dataclass(frozen=True)
class Choice:
    """A value that a filter can take, as the address has it and as people read it; `group` heads several."""

    value: str
    label: str
    group: str = ""


class ListFilter(Protocol):
    """A filter of an app above contacts: `name` is its field in the address, `scope` what an API key needs for it."""

    name: str
    scope: str

    def label(self) -> str:
        """What the menu is called."""

    def choices(self, workspace: Workspace) -> Sequence[Choice]:
        """What it offers; none hides it."""

    def prepare(self, workspace: Workspace, value: str) -> "Prepared":
        """The tests for a value, which may be nonsense: then nobody passes."""


@runtime_checkable
class Describes(Protocol):
    """A filter that takes more values than it offers, and can say in words what each of them asks for."""

    def describe(self, workspace: Workspace, value: str) -> str:
        """The value in words, a dash for nonsense."""


_filters: dict[str, ListFilter] = {}


def offer_filter(new: ListFilter) -> None:
    """Have the list of contacts take `?name=value`. Called once, in `AppConfig.ready()`."""
    if _filters.setdefault(new.name, new) is not new:
        raise ValueError(f"two filters of the list are called {new.name}")


def offered_filters() -> dict[str, ListFilter]:
    """Every filter that apps above brought, by its name."""
    return dict(_filters)


@dataclass(frozen=True)
class ContactFilter:
    """What the address asks for; empty fields ask for nothing. `others` are offered filters with their values."""

    search: str = ""
    language: str = ""
    country: str = ""
    tag: str = ""
    has: str = ""
    state: str = ""
    since: str = ""
    until: str = ""
    restricted: str = ""
    others: Mapping[str, str] = field(default_factory=dict)
    sort: str = "newest"

    @classmethod
    def from_query(cls, query: Any) -> "ContactFilter":
        """Read `request.GET` or another mapping of texts; nonsense is left out."""
        sort, state = query.get("sort", ""), query.get("address", "")
        return cls(
            search=" ".join(query.get("q", "").replace("\x00", "").split())[:MAX_SEARCH],
            language=_text(query, "language")[:20],
            country=_text(query, "country")[:2].upper(),
            tag=_text(query, "tag")[:60],
            has=_text(query, "has")[:60],
            state=state if state in Address.Status.values else "",
            since=_day(query, "since"),
            until=_day(query, "until"),
            restricted="yes" if query.get("restricted") == "yes" else "",
            others={name: _text(query, name) for name in _filters if _text(query, name)},
            sort=sort if sort in SORT_NAMES else "newest",
        )

    def query_string(self, **changes: str) -> str:
        """The address's query of this filter with some fields changed, on its first page; begins with `?`."""
        pairs = self.pairs(**changes)
        return "?" + urlencode(pairs)

    def pairs(self, **changes: str) -> dict[str, str]:
        """The fields that ask for something, as the address names them, with some changed."""
        own: dict[str, Any] = {name: value for name, value in changes.items() if name not in _filters}
        wanted = replace(self, **own)
        others = {**self.others, **{name: value for name, value in changes.items() if name in _filters}}
        pairs = {
            "q": wanted.search,
            "language": wanted.language,
            "country": wanted.country,
            "tag": wanted.tag,
            "has": wanted.has,
            "address": wanted.state,
            "since": wanted.since,
            "until": wanted.until,
            "restricted": wanted.restricted,
            **{name: others.get(name, "") for name in _filters},
            "sort": wanted.sort if wanted.sort != "newest" else "",
        }
        return {name: value for name, value in pairs.items() if value}

    @property
    def is_narrowed(self) -> bool:
        """True when not everybody is asked for."""
        return bool(self.search or self.language or self.country or self.tag or self.needs_tests)

    @property
    def needs_tests(self) -> bool:
        """True when more is asked than the index of words knows."""
        return bool(self.has or self.state or self.since or self.until or self.restricted or self.others)

    def text_search(self) -> TextSearch:
        """Its words and what else the index of words knows."""
        tags = (self.tag,) if self.tag else ()
        return TextSearch.of(self.search, marks_query(language=self.language, country=self.country, tags=tags))

    def prepare(self, workspace: Workspace) -> list[Prepared]:
        """Everything that is asked for."""
        search = self.text_search()
        prepared = [always(test) for test in self._own_tests(workspace) if test is not None]
        if self.search and not search.terms:
            prepared.insert(0, always(NOBODY))  # only signs that no word is made of
        elif search:
            prepared.insert(0, lambda ids: search.everybody(workspace.pk) if ids is None else search.test())
        return [
            *prepared,
            *(_filters[name].prepare(workspace, value) for name, value in self.others.items()),
        ]

    def _own_tests(self, workspace: Workspace) -> Iterable[Condition | None]:
        yield Condition("c.attributes ? %s", (self.has,)) if self.has else None
        yield (
            Condition(
                "EXISTS (SELECT 1 FROM contacts_address a WHERE a.contact_id = c.id AND a.is_primary"
                " AND a.channel = 'email' AND a.status = %s)",
                (self.state,),
            )
            if self.state
            else None
        )
        yield Condition("c.created_at >= %s", (_midnight(workspace, self.since, 0),)) if self.since else None
        yield Condition("c.created_at < %s", (_midnight(workspace, self.until, 1),)) if self.until else None
        if self.restricted:
            yield Condition("EXISTS (SELECT 1 FROM contacts_restriction r WHERE r.contact_id = c.id)")


@dataclass(frozen=True)
class Menu:
    """A filter as the page offers it: what is chosen, the address without it, and (label, address)s by group."""

    name: str
    label: str
    chosen: str
    without: str
    groups: list[tuple[str, list[tuple[str, str]]]]


@dataclass(frozen=True)
class Chip:
    """Something that narrows the list now, in words, and the address without it."""

    label: str
    chosen: str
    without: str


# Fields of ContactFilter that menus set beside the offered filters, and what they are called.
_FIELDS = {
    "language": gettext_lazy("Language"),
    "country": gettext_lazy("Country"),
    "tag": gettext_lazy("Tag"),
    "state": gettext_lazy("State of the address"),
    "has": gettext_lazy("Has a value"),
    "restricted": gettext_lazy("Use"),
}


def menus(workspace: Workspace, wanted: ContactFilter, own: Mapping[str, Sequence[Choice]]) -> list[Menu]:
    """The filters this workspace can use, offered ones first; `own` are choices of fields, such as languages."""
    choices: dict[str, Sequence[Choice]] = {
        **{name: one.choices(workspace) for name, one in _filters.items()},
        **own,
        "state": [Choice(value, str(label)) for value, label in Address.Status.choices],
        "restricted": [Choice("yes", _("May be kept, but not used"))],
    }
    return [
        _menu(workspace, wanted, name, offered) for name, offered in choices.items() if offered or _value(wanted, name)
    ]


def chips(menus: Sequence[Menu], wanted: ContactFilter) -> list[Chip]:
    """Everything that narrows the list now beside the words looked for."""
    found = [Chip(menu.label, menu.chosen, menu.without) for menu in menus if menu.chosen]
    for name, label in (("since", _("Added from")), ("until", _("Added until"))):
        if day := getattr(wanted, name):
            shown = date_format(dt.date.fromisoformat(day), "SHORT_DATE_FORMAT")
            found.append(Chip(label, shown, wanted.query_string(**{name: ""})))
    return found


def _value(wanted: ContactFilter, name: str) -> str:
    return wanted.others.get(name, "") if name in _filters else getattr(wanted, name)


def _menu(workspace: Workspace, wanted: ContactFilter, name: str, choices: Sequence[Choice]) -> Menu:
    groups: dict[str, list[tuple[str, str]]] = {}
    chosen = shown = _value(wanted, name)
    for choice in choices:
        groups.setdefault(choice.group, []).append((choice.label, wanted.query_string(**{name: choice.value})))
        if choice.value == chosen:
            shown = f"{choice.group}: {choice.label}" if choice.group else choice.label
    if chosen and shown == chosen and isinstance(_filters.get(name), Describes):
        shown = cast(Describes, _filters[name]).describe(workspace, chosen)
    label = _filters[name].label() if name in _filters else str(_FIELDS[name])
    return Menu(name, label, shown, wanted.query_string(**{name: ""}), list(groups.items()))


def _text(query: Any, name: str) -> str:
    return str(query.get(name, "")).replace("\x00", "")[:MAX_VALUE]


def _day(query: Any, name: str) -> str:
    """A date as forms send it, else empty; years that no calendar of ours ends in are left out."""
    try:
        day = dt.date.fromisoformat(query.get(name, ""))
    except ValueError:
        return ""
    return day.isoformat() if 1900 < day.year < 9000 else ""


def _midnight(workspace: Workspace, day: str, later: int) -> dt.datetime:
    """When the day, or one so many days later, begins in the workspace's zone."""
    zone = zone_or_none(workspace.time_zone) or UTC
    return dt.datetime.combine(dt.date.fromisoformat(day) + dt.timedelta(days=later), dt.time(), zone)
