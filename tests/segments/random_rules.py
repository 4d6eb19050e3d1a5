"""Random valid rules over every kind of sentence, about the things of `random_world`."""

import datetime as dt
from decimal import Decimal

from hypothesis import strategies as st

from tests.segments.random_world import (
    ACTIONS,
    AMOUNTS,
    BASES,
    CHANNELS,
    COUNTRIES,
    CURRENCIES,
    DOMAINS,
    LANGUAGES,
    NOWS,
    NUMBERS,
    OPTIONS,
    REGISTRY,
    SALTS,
    TEXTS,
    ZONES,
)

PRESENCE = ["is_set", "is_empty"]
COMPARISONS = ["eq", "ne", "lt", "lte", "gt", "gte", "between"]
FIELDS = {
    "first_name": "text",
    "last_name": "text",
    "language": "language",
    "country": "country",
    "zone": "zone",
    "created_at": "datetime",
    "imported_at": "datetime",
}
OPERATORS = {
    "text": ["eq", "ne", "in", "not_in", "contains", "not_contains", "starts_with", "ends_with"],
    "number": [*COMPARISONS, "in", "not_in"],
    "boolean": ["eq", "ne"],
    "date": [*COMPARISONS, "within", "within", "within"],
    "datetime": ["lt", "lte", "gt", "gte", "within", "within", "within"],
    "choice": ["eq", "ne", "in", "not_in"],
    "multi_choice": ["has_any", "has_all", "has_none"],
    "money": COMPARISONS,
    "language": ["eq", "ne", "in", "not_in"],
    "country": ["eq", "ne", "in", "not_in"],
    "zone": ["eq", "ne", "in", "not_in"],
    "tags": ["has_any", "has_all", "has_none"],
}
LISTED = {"in", "not_in", "has_any", "has_all", "has_none"}
EDGES = [dt.datetime.fromisoformat(one) for one in NOWS]
pick = st.sampled_from


def some(values, least=1, most=3):
    """A list of different ones of these values."""
    return st.lists(pick(list(values)), min_size=least, max_size=most, unique_by=repr)


@st.composite
def members(draw, required, optional=None):
    """An object with all of the first members and some of the second."""
    made = {name: draw(strategy) for name, strategy in required.items()}
    for name, strategy in (optional or {}).items():
        if draw(st.booleans()):
            made[name] = draw(strategy)
    return made


DAYS = st.builds(
    lambda edge, days: (edge.date() + dt.timedelta(days=days)).isoformat(), pick(EDGES), st.integers(-40, 10)
)
INSTANTS = st.builds(
    lambda edge, seconds, hours: (edge + dt.timedelta(seconds=seconds)).astimezone(
        dt.timezone(dt.timedelta(hours=hours))
    ),
    pick(EDGES),
    pick([-86400 * 7, -86400, -3600, -1, 0, 1, 3600]),
    pick([0, 2, -3.5, 13]),
).map(lambda moment: moment.isoformat())
NUMBER_VALUES = pick(
    [*NUMBERS, *[Decimal(repr(one)) for one in NUMBERS], Decimal("0.10"), Decimal("1E+2")]
) | st.integers(-3, 12)
MONEY = st.builds(lambda amount, currency: {"amount": amount, "currency": currency}, pick(AMOUNTS), pick(CURRENCIES))
FRAGMENTS = pick([*TEXTS, *[text[:2] for text in TEXTS], *[text[-2:] for text in TEXTS], "ss", "s", "i"]).filter(
    lambda text: text.strip(" \u3000\u00a0\u0345") != ""
)
VALUES = {
    "text": FRAGMENTS,
    "number": NUMBER_VALUES,
    "boolean": st.booleans(),
    "date": DAYS,
    "datetime": INSTANTS,
    "choice": pick(OPTIONS),
    "multi_choice": pick(OPTIONS),
    "money": MONEY,
    "language": pick([*LANGUAGES, "zh", "EN", "e", "zh-hant"]).filter(lambda tag: len(tag) > 1),
    "country": pick(COUNTRIES),
    "zone": pick(ZONES),
    "tags": pick([*TEXTS, "missing", "X"]),
}


def between(values, key):
    """Two values, the lower first."""
    return st.tuples(values, values).map(lambda ends: sorted(ends, key=key))


ENDS = {
    "number": between(NUMBER_VALUES, lambda number: Decimal(str(number))),
    "date": between(DAYS, str),
    "money": st.builds(
        lambda ends, currency: [{"amount": end, "currency": currency} for end in ends],
        between(pick(AMOUNTS), Decimal),
        pick(CURRENCIES),
    ),
}


@st.composite
def windows(draw, dates_only=False):
    """A window of any form."""
    zone = draw(pick([{}, {}, {"zone": "workspace"}, {"zone": "contact"}, {"zone": "contact"}]))
    form = draw(pick(["last", "next", "over", "ago", "calendar", "ends"]))
    if form == "calendar":
        return {"calendar": draw(pick(CALENDAR)), **zone}
    if form == "ends":
        return {**draw(DAY_ENDS if dates_only else INSTANT_ENDS), **zone}
    units = ["days", "days", "weeks", "months", "years"] + ([] if dates_only else ["minutes", "hours"])
    number = pick([0, 0, 1, 1, 2, 7, 12, 30, 31, 365])
    value = draw(st.lists(number, min_size=2, max_size=2).map(sorted) if form == "ago" else number)
    unit = draw(pick(units))
    if unit == "years":
        value = [min(one, 100) for one in value] if form == "ago" else min(value, 100)
    return {form: value, "unit": unit, **zone}


CALENDAR = [
    "today", "yesterday", "tomorrow", "this_week", "last_week", "next_week", "this_month", "last_month", "next_month",
    "this_year", "last_year",
]  # fmt: skip
DAY_ENDS = st.one_of(
    st.builds(lambda day: {"from": day}, DAYS),
    st.builds(lambda day: {"to": day}, DAYS),
    between(DAYS, str).map(lambda ends: {"from": ends[0], "to": ends[1]}),
)
INSTANT_ENDS = st.one_of(
    DAY_ENDS,
    st.builds(lambda moment: {"from": moment}, INSTANTS),
    st.builds(lambda moment: {"to": moment}, INSTANTS),
    between(INSTANTS, dt.datetime.fromisoformat).map(lambda ends: {"from": ends[0], "to": ends[1]}),
    st.builds(lambda day, moment: {"from": day, "to": moment}, DAYS, INSTANTS),
    st.builds(lambda day, moment: {"from": moment, "to": day}, DAYS, INSTANTS),
)


@st.composite
def operations(draw, type_name):
    """An operator of a type with its value."""
    operator = draw(pick(OPERATORS[type_name] + PRESENCE))
    if operator in PRESENCE:
        return {"op": operator}
    if operator == "within":
        return {"op": operator, "value": draw(windows(dates_only=type_name == "date"))}
    if operator == "between":
        return {"op": operator, "value": draw(ENDS[type_name])}
    if operator in LISTED:
        return {"op": operator, "value": draw(st.lists(VALUES[type_name], min_size=1, max_size=3))}
    return {"op": operator, "value": draw(VALUES[type_name])}


@st.composite
def conditions(draw, types):
    """One condition on one of these."""
    key = draw(pick(sorted(types)))
    return {"key": key, **draw(operations(types[key]["type"]))}


def conditions_on(types):
    """A list of conditions."""
    return st.lists(conditions(types), min_size=1, max_size=2)


def comparisons(type_name, values=None, ends=None):
    """A comparison, without the operators that need no value."""
    values = VALUES[type_name] if values is None else values
    ends = ENDS[type_name] if ends is None else ends
    single = st.builds(lambda op, value: {"op": op, "value": value}, pick(COMPARISONS[:-1]), values)
    return single | ends.map(lambda both: {"op": "between", "value": both})


COUNTS = comparisons("number", st.integers(0, 4), between(st.integers(0, 4), int))
SPANS = members({"n": pick([1, 2, 24, 48, 90]), "unit": pick(["minutes", "hours", "days"])})


@st.composite
def events(draw):
    """Events counted, summed, or the first or last of them."""
    name = draw(pick(sorted(REGISTRY["events"])))
    types = REGISTRY["events"][name]
    leaf = {"kind": "event", "event": name}
    how = draw(pick(["times", "sum", "first", "last", "any", "none"]))
    if how in ("first", "last", "any"):
        leaf["pick"] = how
    if how == "times":
        leaf["times"] = draw(COUNTS)
    if how == "sum" and types:
        key = draw(pick([one for one in types if types[one]["type"] in ("number", "money")]))
        leaf["sum"] = {"key": key, **draw(comparisons(types[key]["type"]))}
    if types and draw(st.booleans()):
        leaf["where"] = draw(conditions_on(types))
    if how in ("first", "last") and types and draw(st.booleans()):
        leaf["having"] = draw(conditions_on(types))
    if draw(st.booleans()):
        leaf["window"] = draw(windows())
    return leaf


@st.composite
def sequences(draw):
    """Two to four events, the last of which may be absent."""
    steps = []
    for _step in range(draw(pick([2, 2, 3, 4]))):
        name = draw(pick(sorted(REGISTRY["events"])))
        step = {"event": name}
        if REGISTRY["events"][name] and draw(pick([False, False, True])):
            step["where"] = draw(conditions_on(REGISTRY["events"][name]))
        steps.append(step)
    if draw(st.booleans()):
        steps[-1]["absent"] = True
    return {"kind": "sequence", "steps": steps, **draw(members({}, {"within": SPANS, "window": windows()}))}


@st.composite
def engagements(draw):
    """Messages with a fact."""
    action = draw(pick(["sent", *ACTIONS, "opened", "clicked"]))
    optional = {
        "campaign": pick(REGISTRY["campaigns"]),
        "channel": pick(["email", "sms", "push"]),
        "times": COUNTS,
        "window": windows(),
    }
    if action in ("opened", "clicked"):
        optional["verdict"] = pick(["human", "any"])
    return {"kind": "engagement", "action": action, **draw(members({}, optional))}


@st.composite
def flows(draw):
    """What was answered in a flow."""
    name = draw(pick(sorted(REGISTRY["flows"])))
    entry = REGISTRY["flows"][name]
    optional = {
        "pick": pick(["any", "last"]),
        "status": some(["completed", "partial"], most=2),
        "score": comparisons("number"),
        "window": windows(),
    }
    if entry["outcomes"]:
        optional |= {"outcome": some(entry["outcomes"], most=2), "where": conditions_on(entry["answers"])}
    return {"kind": "flow", "flow": name, **draw(members({}, optional))}


@st.composite
def addresses(draw):
    """An address of a channel."""
    channel = draw(pick([*CHANNELS, "email"]))
    optional = {"status": some(["valid", "unverified", "invalid", "dead", "risky"]), "primary": st.booleans()}
    if channel == "email":
        optional["domain"] = some([*DOMAINS, "Bücher.Example", "EXAMPLE.org"])
        optional["flag"] = some(["role", "disposable", "typo"])
    if channel in ("sms", "whatsapp"):
        optional["prefix"] = some(["+49", "+43", "+4917600001", "+", "+1"])
    return {"kind": "address", "channel": channel, **draw(members({}, optional))}


@st.composite
def anniversaries(draw):
    """Birthdays and the like."""
    start = draw(pick([-366, -31, -7, -1, 0, 0, 0, 1, 300]))
    span = draw(pick([0, 0, 1, 7, 30, 65, 366]))
    of = draw(
        st.builds(lambda key: {"key": key}, pick(["day", "day", "day_2", "moment"]))
        | st.builds(lambda field: {"field": field}, pick(["created_at", "imported_at"]))
    )
    optional = {"leap": pick(["feb28", "mar1"]), "years": COUNTS, "zone": pick(["workspace", "contact"])}
    return {"kind": "anniversary", **of, "from": start, "to": min(start + span, 366), **draw(members({}, optional))}


ATTRIBUTES = conditions(REGISTRY["attributes"]).map(lambda one: {"kind": "attribute", **one})
CONTACT = pick(sorted(FIELDS)).flatmap(
    lambda field: operations(FIELDS[field]).map(lambda one: {"kind": "contact", "field": field, **one})
)
CONSENTS = members(
    {
        "kind": st.just("consent"),
        "channel": pick(["email", "email", "sms"]),
        "purpose": pick(REGISTRY["purposes"]),
        "state": some(["granted", "pending", "denied", "withdrawn", "expired", "none"]),
    },
    {
        "topic": pick([None, *REGISTRY["topics"], "news"]),
        "basis": some(BASES),
        "changed": windows(),
        "expires": windows(),
    },
)
LISTS = members({"kind": st.just("list"), "key": pick(REGISTRY["lists"])}, {"added": windows()})
TAGS = operations("tags").map(lambda one: {"kind": "tags", **one})
BUCKETS = st.builds(
    lambda salt, ends: {"kind": "bucket", "salt": salt, "from": ends[0], "to": ends[1]},
    pick(SALTS),
    between(st.integers(0, 9999), int),
)
LEAVES = st.one_of(
    st.just({"kind": "everyone"}), ATTRIBUTES, ATTRIBUTES, CONTACT, addresses(), CONSENTS, events(), events(),
    sequences(), engagements(), LISTS, TAGS, flows(), anniversaries(), BUCKETS,
)  # fmt: skip


def nodes(leaves):
    """Groups of leaves in groups, some of them denied."""
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=3).map(lambda children: {"all": children}),
            st.lists(inner, min_size=1, max_size=3).map(lambda children: {"any": children}),
            inner.map(lambda child: {"not": child}),
        ),
        max_leaves=5,
    )


@st.composite
def rules(draw):
    """A rule, and the rules of the two segments it may put in."""
    inner = {"version": 1, "where": draw(nodes(LEAVES))}
    outer = {"version": 1, "where": draw(nodes(LEAVES | st.just({"kind": "segment", "key": "inner"})))}
    named = pick(["inner", "outer"]).map(lambda key: {"kind": "segment", "key": key})
    return {"version": 1, "where": draw(nodes(st.one_of(LEAVES, LEAVES, LEAVES, named)))}, {
        "inner": inner,
        "outer": outer,
    }
