"""Things nobody should send, and rules spoilt in one place with them."""

import copy
from decimal import Decimal

from hypothesis import strategies as st

JUNK = [
    None, True, False, 0, -0.0, -1, 1.5, 10**15, 10**30, 10**400, float("inf"), float("nan"), Decimal("1e400"),
    Decimal("NaN"), Decimal("-0"), Decimal("1e-400"), "", " ", "x", "a\x00b", "\ud800", "\u3000", "x" * 501,
    "%s", "'; DROP TABLE contacts_contact; --", "2026-02-30", "0001-01-01", "9999-12-31", "2026-13-01",
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-01-01T00:00:00", "2026-01-01T24:00:00Z", "today",
    [], {}, [[]], [None], ["x"] * 1001, [["x"]] * 3, [2, 1], [1, 2, 3], {"amount": "1", "currency": "eur"},
    {"amount": "1e9", "currency": "EUR"}, {"amount": 1, "currency": "EUR"}, {"\x00": 1}, {"\ud800": {}},
    {"op": "eq"}, {"op": "eq", "value": None}, {"op": "between", "value": [3, 1]}, {"last": 1},
    {"last": 10**9, "unit": "days"},
    {"last": 5000, "unit": "weeks"}, {"ago": [1], "unit": "days"}, {"calendar": ["today"]}, {"from": "0001-01-01"},
    {"to": "9999-12-31", "zone": "contact"}, {"from": "9999-12-31T23:59:59-12:00"}, {"over": 150, "unit": "years"},
    {"kind": "everyone"}, {"all": []}, {"not": {"not": None}}, {"kind": []}, {"kind": "segment", "key": "outer"},
]  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
ANYTHING = st.sampled_from(JUNK) | st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def places(value, path=()):
    """Every place in a document, the whole of it first."""
    yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inside:
        yield from places(item, (*path, key))


@st.composite
def spoilt(draw, documents):
    """A document with something else in one or two places, something more, or something missing."""
    document = {"": copy.deepcopy(draw(documents))}
    for _time in range(draw(st.sampled_from([1, 1, 2]))):
        path = draw(st.sampled_from(list(places(document))[1:]))
        parent = document
        for step in path[:-1]:
            parent = parent[step]
        how = draw(st.sampled_from(["replace", "replace", "replace", "add", "drop"]))
        if how == "add" and isinstance(parent, dict) and len(path) > 1:
            parent[draw(st.sampled_from(["zone", "value", "", "a/b~", "\x00", "\ud800"]))] = draw(ANYTHING)
        elif how == "drop" and len(path) > 1:
            del parent[path[-1]]
        else:
            parent[path[-1]] = draw(ANYTHING)
    return document[""]
