"""The list of contacts: searching, filtering, sorting and paging, quick at a million.

Nothing is counted or skipped row by row. A page is found from the key of the row before it. How a search is
answered depends on how common it is, which no statistic of PostgreSQL tells for the beginnings of words:

1. Walk the list in its order, WALK rows at most. A common search fills its page there.
2. Else few match, and indexes give them all (`contacts.text_search`).

Other filters are asked of the people walked past, some hundred at a time, and then of everybody; that may take
GATHER_MILLISECONDS, after which the page says so.
"""

import base64
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.db import OperationalError, connection, transaction

from accounts.models import Workspace
from contacts.addresses import normalise_email
from contacts.exporting.statement import Audience
from contacts.list_counts import EVERYBODY, Sample, count_contacts, estimate_people, sample_of_contacts
from contacts.list_filters import ContactFilter, Prepared
from contacts.models import Channel, Contact
from contacts.problems import Problem
from contacts.text_search import Condition, TextSearch

PAGE = 50
WALK = 10_000
COUNTED_ONE_BY_ONE = 100_000
SAMPLE = 2_000  # the newest people, by whom filters are offered
STEPS = (500, 2_000, 7_500)  # WALK in pieces: common filters fill their page in the first
GATHER_MILLISECONDS = 3_000
COUNT_MILLISECONDS = 400

# Columns that order a list, made unique by the id, and the direction. Each has an index beginning with the workspace.
# That of addresses goes by their bytes, as it finds beginnings of addresses in every database, too.
SORTS: dict[str, tuple[tuple[str, ...], Literal["ASC", "DESC"]]] = {
    "newest": (("id",), "DESC"),
    "name": (("last_name", "first_name", "id"), "ASC"),
    "email": (("email", "id"), "ASC"),
}
_BY_BYTES = {"email": 'email COLLATE "C"'}


@dataclass(frozen=True)
class ContactPage:
    """One page of a list. Cursors are empty where there is no further page.

    `count` is None where counting would take too long. `is_cut` says that not everybody could be looked at in time.
    """

    contacts: Sequence[Contact]
    next: str
    previous: str
    count: int | None
    is_exact: bool
    is_cut: bool = False


def contact_page(workspace: Workspace, wanted: ContactFilter, after: str = "", before: str = "") -> ContactPage:
    """The page behind the cursor `after`, or the one in front of `before`, or the first."""
    is_backwards = bool(before) and not after
    key = read_cursor(before if is_backwards else after, wanted.sort)
    result = _find(workspace, wanted, key, is_backwards and key is not None)
    has_more = len(result.rows) > PAGE
    rows = result.rows[:PAGE]
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
        count=result.count,
        is_exact=result.is_exact,
        is_cut=result.is_cut,
    )


Key = tuple[Any, ...]


@dataclass(frozen=True)
class Found:
    """Sorting keys of at most one row more than a page, and how many there are in all."""

    rows: list[Key]
    count: int | None
    is_exact: bool
    is_cut: bool = False


def _find(workspace: Workspace, wanted: ContactFilter, key: Key | None, is_backwards: bool) -> Found:
    whole = _whole_address(workspace, wanted)
    if whole is not None:
        return Found(whole, len(whole), True)
    search = wanted.text_search()
    if wanted.search and not search.terms:
        return Found([], 0, True)  # only signs that no word is made of
    order = _Order(wanted.sort, is_backwards)
    if wanted.needs_tests:
        return _Tested(workspace, wanted, order).find(key)
    if not search:
        return Found(order.keys(workspace.pk, key, PAGE + 1), *count_contacts(workspace))
    rows, is_all = order.walk(workspace.pk, search, key, WALK)
    if is_all and key is None and len(rows) <= PAGE:
        return Found(rows, len(rows), True)
    if len(rows) > PAGE:
        return Found(rows, *estimate_people(workspace.pk, search.test(), at_least=PAGE + 1))
    return Found(*order.gather(workspace.pk, search, key))


class _Tested:
    """Finding a page of a list whose filters no index knows."""

    def __init__(self, workspace: Workspace, wanted: ContactFilter, order: "_Order") -> None:
        self._workspace = workspace
        self._prepared = wanted.prepare(workspace)
        self._order = order

    def find(self, key: Key | None) -> Found:
        """The page behind `key`. People walked past first; then everybody at once, as long as that may take."""
        rows, is_all = self._walk(key)
        if is_all and key is None and len(rows) <= PAGE:
            return Found(rows, len(rows), True)
        if len(rows) <= PAGE and not is_all:
            return self._gather(key) or Found(rows, None, False, is_cut=True)
        return Found(rows, *self._count())

    def _walk(self, key: Key | None) -> tuple[list[Key], bool]:
        """Matching keys among the next WALK rows, and whether these were all that is left of the list."""
        found: list[Key] = []
        for size in STEPS:
            keys = self._order.keys(self._workspace.pk, key, size)
            ids = [one[-1] for one in keys]
            matching = {row[0] for row in _run(*self._sql("c.id", ids)) or ()}
            found += [one for one in keys if one[-1] in matching]
            if len(found) > PAGE:
                return found[: PAGE + 1], False
            if len(keys) < size:
                return found, True
            key = keys[-1]
        return found, False

    def _gather(self, key: Key | None) -> Found | None:
        """The page out of everybody who matches, all found before any is sorted."""
        sql, params = self._sql(self._order.columns_of("c"), None)
        behind, values = self._order.behind(key)
        rows = _run(
            f"WITH found AS MATERIALIZED ({sql}) SELECT *, (SELECT count(*) FROM found) FROM found"  # noqa: S608
            f" WHERE {behind} {self._order.by} LIMIT %s",
            [*params, *values, PAGE + 1],
        )
        if rows is None:
            return None
        return Found([tuple(row[:-1]) for row in rows], rows[0][-1] if rows else 0, True)

    def _count(self) -> tuple[int | None, bool]:
        """How many match, and whether exactly: of many people a sample is asked."""
        known, _is_exact = count_contacts(self._workspace)
        if known <= COUNTED_ONE_BY_ONE:
            sql, params = self._sql("1", None)
            rows = _run(f"SELECT count(*) FROM ({sql}) AS everybody", params, COUNT_MILLISECONDS)  # noqa: S608
            if rows is not None:
                return int(rows[0][0]), True
        sample = sample_of_contacts()
        sql, params = _selecting(self._workspace, self._prepared, "1", None, sample)
        rows = _run(f"SELECT count(*) FROM ({sql}) AS everybody", params, COUNT_MILLISECONDS)  # noqa: S608
        return (None if rows is None else sample.grown(rows[0][0], at_least=PAGE + 1)), False

    def _sql(self, cells: str, ids: list[int] | None) -> tuple[str, list[Any]]:
        return _selecting(self._workspace, self._prepared, cells, ids)


def _selecting(
    workspace: Workspace,
    prepared: Sequence[Prepared],
    cells: str,
    ids: list[int] | None,
    sample: Sample = EVERYBODY,
) -> tuple[str, list[Any]]:
    """SELECT of `cells` about every contact `c` that words and filters leave, among `ids` or a sample or all."""
    tests = [Condition("c.workspace_id = %s", (workspace.pk,))]
    if ids is not None:
        tests.append(Condition("c.id = ANY(%s::bigint[])", (ids,)))
    tests += [prepare(ids) for prepare in prepared]
    where = " AND ".join(test.sql for test in tests)
    params = [one for test in tests for one in test.params]
    return f"SELECT {cells} FROM contacts_contact c{sample.sql} WHERE {where}", params  # noqa: S608 - from code


def audience_of(workspace: Workspace, wanted: ContactFilter, chosen: Sequence[Any] | None = None) -> Audience:
    """The ids of everybody the list would show, on all its pages; of those `chosen` (public ids) where given."""
    whole = _whole_address(workspace, wanted)
    if whole is not None:
        sql, params = "SELECT c.id FROM contacts_contact c WHERE c.id = ANY(%s)", [[key[-1] for key in whole]]
    else:
        sql, params = _selecting(workspace, wanted.prepare(workspace), "c.id", None)
    if chosen is not None:
        sql, params = f"{sql} AND c.public_id = ANY(%s::uuid[])", [*params, [str(one) for one in chosen]]
    return Audience(sql, tuple(params))


def count_audience(audience: Audience, *, at_most: int, milliseconds: int) -> int | None:
    """How many people an audience has, counted up to `at_most`; None when that takes too long."""
    sql = f"SELECT count(*) FROM (SELECT 1 FROM ({audience.sql}) AS everybody LIMIT %s) AS counted"  # noqa: S608
    rows = _run(sql, [*audience.params, at_most], milliseconds)
    return None if rows is None else int(rows[0][0])


def _run(sql: str, params: Sequence[Any], milliseconds: int = GATHER_MILLISECONDS) -> list[tuple[Any, ...]] | None:
    """The rows of a statement, or None when it took longer than that."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('statement_timeout')")
            before = cursor.fetchone()[0]
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(milliseconds)])
            cursor.execute(sql, params)
            rows = cursor.fetchall()
            # The caller's transaction may go on.
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])
            return rows
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") == "57014":  # cancelled because of its timeout
            return None
        raise


def _whole_address(workspace: Workspace, wanted: ContactFilter) -> list[Key] | None:
    """The one contact whose whole e-mail address is looked for, or None to look for words."""
    if "@" not in wanted.search or wanted.language or wanted.country or wanted.tag or wanted.needs_tests:
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
        ordered = [_BY_BYTES.get(name, name) for name in names]
        self._names = names
        self._columns = ", ".join(names)
        self._by = ", ".join(f"{name} {direction}" for name in ordered)
        self.by = f"ORDER BY {self._by}"
        self._behind = f"({', '.join(ordered)}) {'>' if direction == 'ASC' else '<'} ({', '.join(['%s'] * len(names))})"

    def columns_of(self, alias: str) -> str:
        """The columns of the sorting key, of the table `alias`."""
        return ", ".join(f"{alias}.{name}" for name in self._names)

    def behind(self, key: Key | None) -> tuple[str, list[Any]]:
        """The test that a row comes behind `key`, and its parameters."""
        return ("true", []) if key is None else (self._behind, list(key))

    def keys(self, workspace_id: int, key: Key | None, rows: int) -> list[Key]:
        """The next `rows` sorting keys of the whole list."""
        condition, values = self._start(workspace_id, key)
        sql = f"SELECT {self._columns} FROM contacts_contact WHERE {condition} ORDER BY {self._by} LIMIT %s"  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(sql, [*values, rows])
            return [tuple(row) for row in cursor.fetchall()]

    def walk(self, workspace_id: int, search: TextSearch, key: Key | None, rows: int) -> tuple[list[Key], bool]:
        """Matching keys among the next `rows` of the list, and whether these were all that is left of it."""
        condition, values = self._start(workspace_id, key)
        test = search.test()
        needed = ", ".join(dict.fromkeys([*self._names, "search", "email", "phone", "external_id"]))
        sql = (
            f"SELECT {self._columns} FROM (SELECT {needed} FROM contacts_contact"  # noqa: S608 - from SORTS
            f" WHERE {condition} ORDER BY {self._by} LIMIT %s) AS c WHERE {test.sql} LIMIT %s"
        )
        with connection.cursor() as cursor:
            cursor.execute(sql, [*values, rows, *test.params, PAGE + 1])
            found = [tuple(row) for row in cursor.fetchall()]
            if len(found) > PAGE:
                return found, False
            cursor.execute(
                f"SELECT count(*) FROM (SELECT 1 FROM contacts_contact WHERE {condition}"  # noqa: S608
                f" ORDER BY {self._by} LIMIT %s) AS walked",
                [*values, rows],
            )
            return found, cursor.fetchone()[0] < rows

    def gather(self, workspace_id: int, search: TextSearch, key: Key | None) -> tuple[list[Key], int, bool]:
        """Matching keys by indexes, sorted afterwards, with their exact number."""
        behind, values = self.behind(key)
        test = search.everybody(workspace_id)
        sql = (
            f"WITH found AS MATERIALIZED (SELECT {self._columns} FROM contacts_contact c"  # noqa: S608 - names from SORTS
            f" WHERE workspace_id = %s AND {test.sql})"
            f" SELECT {self._columns}, (SELECT count(*) FROM found) FROM found"
            f" WHERE {behind} {self.by} LIMIT %s"
        )
        with connection.cursor() as cursor:
            cursor.execute(sql, [workspace_id, *test.params, *values, PAGE + 1])
            rows = cursor.fetchall()
        return [tuple(row[:-1]) for row in rows], rows[0][-1] if rows else 0, True

    def _start(self, workspace_id: int, key: Key | None) -> tuple[str, list[Any]]:
        if key is None:
            return "workspace_id = %s", [workspace_id]
        return f"workspace_id = %s AND {self._behind}", [workspace_id, *key]


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
