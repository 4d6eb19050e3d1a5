"""The list of contacts: searching, filtering, sorting and paging, quick at a million.

Nothing is counted or skipped row by row. A page is found from the key of the row before it. How a search is
answered depends on how common it is, which no statistic of PostgreSQL tells for the beginnings of words:

1. Walk the list in its order, WALK rows at most. A common search fills its page there.
2. Else few match, and the index of words gives them all.
"""

import base64
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import urlencode

from django.db import connection

from accounts.models import Workspace
from contacts.addresses import normalise_email
from contacts.models import Channel, Contact
from contacts.problems import Problem
from contacts.search_words import marks_of, search_query

PAGE = 50
WALK = 10_000
EXACT_UP_TO = 10_000
SAMPLE = 2_000  # the newest people, by whom filters are offered
MAX_SEARCH = 200

# Columns that order a list, made unique by the id, and the direction. Each has an index beginning with the workspace.
SORTS: dict[str, tuple[tuple[str, ...], Literal["ASC", "DESC"]]] = {
    "newest": (("id",), "DESC"),
    "name": (("last_name", "first_name", "id"), "ASC"),
    "email": (("email", "id"), "ASC"),
}


@dataclass(frozen=True)
class ContactFilter:
    """What the URL asks for; empty fields ask for nothing."""

    search: str = ""
    language: str = ""
    country: str = ""
    tag: str = ""
    sort: str = "newest"

    @classmethod
    def from_query(cls, query: Any) -> "ContactFilter":
        """Read `request.GET`; nonsense is left out."""
        sort = query.get("sort", "")
        return cls(
            search=" ".join(query.get("q", "").replace("\x00", "").split())[:MAX_SEARCH],
            language=query.get("language", "")[:20],
            country=query.get("country", "")[:2].upper(),
            tag=query.get("tag", "").replace("\x00", "")[:60],
            sort=sort if sort in SORTS else "newest",
        )

    def query_string(self, **changes: str) -> str:
        """The URL's query of this filter with some fields changed, on its first page; begins with `?`."""
        wanted = replace(self, **changes)
        pairs = {
            "q": wanted.search,
            "language": wanted.language,
            "country": wanted.country,
            "tag": wanted.tag,
            "sort": wanted.sort if wanted.sort != "newest" else "",
        }
        return "?" + urlencode({name: value for name, value in pairs.items() if value})

    @property
    def is_narrowed(self) -> bool:
        """True when not everybody is asked for."""
        return bool(self.search or self.language or self.country or self.tag)

    def words(self) -> str:
        """The tsquery of this filter, or empty."""
        tags = (self.tag,) if self.tag else ()
        return search_query(self.search, marks_of(language=self.language, country=self.country, tags=tags))


@dataclass(frozen=True)
class ContactPage:
    """One page of a list. Cursors are empty where there is no further page."""

    contacts: Sequence[Contact]
    next: str
    previous: str
    count: int
    is_exact: bool


def contact_page(workspace: Workspace, wanted: ContactFilter, after: str = "", before: str = "") -> ContactPage:
    """The page behind the cursor `after`, or the one in front of `before`, or the first."""
    is_backwards = bool(before) and not after
    key = read_cursor(before if is_backwards else after, wanted.sort)
    rows, count, is_exact = _find(workspace, wanted, key, is_backwards and key is not None)
    has_more = len(rows) > PAGE
    rows = rows[:PAGE]
    if is_backwards and key is not None:
        rows.reverse()
        has_previous, has_next = has_more, True
    else:
        has_previous, has_next = key is not None, has_more
    found = Contact.objects.in_bulk([row[-1] for row in rows])
    return ContactPage(
        contacts=[found[row[-1]] for row in rows if row[-1] in found],
        next=_cursor(rows[-1]) if rows and has_next else "",
        previous=_cursor(rows[0]) if rows and has_previous else "",
        count=count,
        is_exact=is_exact,
    )


Key = tuple[Any, ...]


def _find(
    workspace: Workspace, wanted: ContactFilter, key: Key | None, is_backwards: bool
) -> tuple[list[Key], int, bool]:
    """(sorting keys of one row more than a page, how many there are, whether exactly)."""
    whole = _whole_address(workspace, wanted)
    if whole is not None:
        return whole, len(whole), True
    if wanted.search and not wanted.words():
        return [], 0, True  # only signs that no word is made of
    order = _Order(wanted.sort, is_backwards)
    words = wanted.words()
    if not words:
        rows, _is_all = order.walk(workspace.pk, "", key, PAGE + 1)
        count, is_exact = count_contacts(workspace)
        return rows, count, is_exact
    rows, is_all = order.walk(workspace.pk, words, key, WALK)
    if len(rows) > PAGE or (is_all and key is None):
        return (rows, len(rows), True) if is_all and len(rows) <= PAGE else (rows, *_estimate(workspace.pk, words))
    return order.gather(workspace.pk, words, key)


def _whole_address(workspace: Workspace, wanted: ContactFilter) -> list[Key] | None:
    """The one contact whose whole e-mail address is looked for, or None to look for words."""
    if "@" not in wanted.search or wanted.language or wanted.country or wanted.tag:
        return None
    try:
        email = normalise_email(wanted.search)
    except Problem:
        return None
    columns, _direction = SORTS[wanted.sort]
    found = Contact.objects.in_workspace(workspace).with_address(Channel.EMAIL, email).values_list(*columns)[:1]
    return [tuple(row) for row in found] or None


class _Order:
    """SQL of one order of the list, forwards or backwards."""

    def __init__(self, sort: str, is_backwards: bool) -> None:
        names, direction = SORTS[sort]
        if is_backwards:
            direction = "ASC" if direction == "DESC" else "DESC"
        self._columns = ", ".join(names)
        self._by = ", ".join(f"{name} {direction}" for name in names)
        self._behind = f"({self._columns}) {'>' if direction == 'ASC' else '<'} ({', '.join(['%s'] * len(names))})"

    def walk(self, workspace_id: int, words: str, key: Key | None, rows: int) -> tuple[list[Key], bool]:
        """Matching keys among the next `rows` of the list, and whether these were all that is left of it."""
        condition, values = self._start(workspace_id, key)
        fits = "search @@ %s::tsquery" if words else "true"
        sql = (
            f"SELECT {self._columns} FROM (SELECT {self._columns}, search FROM contacts_contact"  # noqa: S608 - from SORTS
            f" WHERE {condition} ORDER BY {self._by} LIMIT %s) AS walked WHERE {fits} LIMIT %s"
        )
        with connection.cursor() as cursor:
            cursor.execute(sql, [*values, rows, *([words] if words else []), PAGE + 1])
            found = [tuple(row) for row in cursor.fetchall()]
            if len(found) > PAGE or not words:
                return found, False
            cursor.execute(
                f"SELECT count(*) FROM (SELECT 1 FROM contacts_contact WHERE {condition}"  # noqa: S608
                f" ORDER BY {self._by} LIMIT %s) AS walked",
                [*values, rows],
            )
            return found, cursor.fetchone()[0] < rows

    def gather(self, workspace_id: int, words: str, key: Key | None) -> tuple[list[Key], int, bool]:
        """Matching keys by the index of words, sorted afterwards, with their exact number."""
        behind = f"WHERE {self._behind}" if key is not None else ""
        sql = (
            f"WITH found AS MATERIALIZED (SELECT {self._columns} FROM contacts_contact"  # noqa: S608 - names from SORTS
            " WHERE workspace_id = %s AND search @@ %s::tsquery)"
            f" SELECT {self._columns}, (SELECT count(*) FROM found) FROM found {behind} ORDER BY {self._by} LIMIT %s"
        )
        with connection.cursor() as cursor:
            cursor.execute(sql, [workspace_id, words, *(key or ()), PAGE + 1])
            rows = cursor.fetchall()
        return [tuple(row[:-1]) for row in rows], rows[0][-1] if rows else 0, True

    def _start(self, workspace_id: int, key: Key | None) -> tuple[str, list[Any]]:
        if key is None:
            return "workspace_id = %s", [workspace_id]
        return f"workspace_id = %s AND {self._behind}", [workspace_id, *key]


def count_contacts(workspace: Workspace) -> tuple[int, bool]:
    """How many contacts the workspace has, and whether exactly: beyond EXACT_UP_TO it is the planner's estimate."""
    some = Contact.objects.in_workspace(workspace).values("pk")[: EXACT_UP_TO + 1].count()
    if some <= EXACT_UP_TO:
        return some, True
    return _estimate(workspace.pk, "")


def _estimate(workspace_id: int, words: str) -> tuple[int, bool]:
    fits = " AND search @@ %s::tsquery" if words else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"EXPLAIN (FORMAT JSON) SELECT 1 FROM contacts_contact WHERE workspace_id = %s{fits}",  # noqa: S608
            [workspace_id, *([words] if words else [])],
        )
        plan = cursor.fetchone()[0]
    plan = json.loads(plan) if isinstance(plan, str) else plan
    rows = int(plan[0]["Plan"]["Plan Rows"])
    digits = max(0, len(str(rows)) - 2)
    rough = round(rows, -digits)
    return (max(rough, PAGE + 1) if words else max(rough, EXACT_UP_TO)), False


@dataclass(frozen=True)
class FilterOptions:
    """What the newest people have in common, commonest first: offered as filters."""

    languages: list[str]
    countries: list[str]
    tags: list[str]


def filter_options(workspace: Workspace, wanted: ContactFilter) -> FilterOptions:
    """Filters worth offering; what is chosen already is always among them."""
    newest = Contact.objects.in_workspace(workspace).order_by("-id").values_list("language", "country", "tags")[:SAMPLE]
    languages: Counter[str] = Counter()
    countries: Counter[str] = Counter()
    tags: Counter[str] = Counter()
    for language, country, own in newest:
        languages[language.partition("-")[0]] += 1
        countries[country] += 1
        tags.update(own)

    def top(counts: Counter[str], chosen: str) -> list[str]:
        names = [name for name, _count in counts.most_common(30) if name]
        return names if not chosen or chosen in names else [chosen, *names]

    return FilterOptions(top(languages, wanted.language), top(countries, wanted.country), top(tags, wanted.tag))


def _cursor(key: Key) -> str:
    return base64.urlsafe_b64encode(json.dumps(key, ensure_ascii=False).encode()).rstrip(b"=").decode()


def read_cursor(text: str, sort: str) -> Key | None:
    """The sorting key in a cursor, or None for an empty or a foreign one."""
    if not text:
        return None
    try:
        key = json.loads(base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)))
        written = json.dumps(key, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    names, _direction = SORTS[sort]
    if not isinstance(key, list) or len(key) != len(names):
        return None
    kinds = [int if name == "id" else str for name in names]
    if any(type(value) is not kind for value, kind in zip(key, kinds, strict=True)):
        return None
    return tuple(key) if b"\\u0000" not in written and abs(key[-1]) < 2**63 else None
