"""What an export can hold: built-in fields, details, and what apps above contacts offer.

Every column is SQL about the contact `c`; its values come from the database as text, ready for the file, so that a
million people pass through without Python looking at their cells.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Workspace
from contacts.models import Attribute, Channel
from contacts.wording import TARGET_LABELS

MAX_COLUMNS = 300

GROUPS = {
    "person": gettext_lazy("The person"),
    "addresses": gettext_lazy("Addresses"),
    "details": gettext_lazy("Details you keep"),
    "consent": gettext_lazy("Consent"),
    "record": gettext_lazy("The record"),
}


@dataclass(frozen=True, kw_only=True)
class ExportColumn:
    """One column: `key` names it in addresses and programs, `label` heads it.

    `text` is an SQL expression of type text about `c` and the tables of `joins`, with `params` for its `%s` in order.
    A join must match at most one row; the same join of several columns is made once. `json` is the expression for
    JSON Lines where that differs. `member` says where the value stands in a line of JSON: one name, or the name of
    an object and a key in it. `is_written` marks what people may have written: formulas in it are disarmed.
    `is_number` marks what a spreadsheet may add up.
    `scope` is what an API key must hold beside the contacts to get it.
    """

    key: str
    label: str
    group: str
    text: str
    params: tuple[Any, ...] = ()
    json: str = ""
    joins: tuple[str, ...] = ()
    member: tuple[str, ...]
    is_written: bool = False
    is_number: bool = False
    is_usual: bool = False
    scope: str = ""


Provider = Callable[[Workspace], Iterable[ExportColumn]]
# From a key to its column, None for a key that is not its own or of something gone.
Family = Callable[[Workspace, str], ExportColumn | None]

_providers: dict[str, Provider] = {}
_families: dict[str, Family] = {}


def offer_columns(name: str, provider: Provider) -> None:
    """Let an app above contacts add columns. Called in `AppConfig.ready()`; `name` is `app.noun` and unique."""
    if _providers.get(name, provider) is not provider:
        raise ValueError(f"two providers of columns are called {name}")
    _providers[name] = provider


def offer_family(prefix: str, resolve: Family) -> None:
    """Let an app above contacts add columns that are about one of its things, too many to offer all of them.

    Their keys begin with `prefix` and a colon; they are made when they are asked for. Called in `AppConfig.ready()`.
    """
    if _families.get(prefix, resolve) is not resolve:
        raise ValueError(f"two families of columns are called {prefix}")
    _families[prefix] = resolve


def columns_of(workspace: Workspace) -> dict[str, ExportColumn]:
    """Every column an export of this workspace can have, by its key, in the order they are offered."""
    offered = [*_own(), *_details(workspace)]
    for provider in _providers.values():
        offered += provider(workspace)
    return {column.key: column for column in [*offered, *_record(workspace)]}


def usual_columns(columns: Iterable[ExportColumn]) -> list[str]:
    """The keys that are ticked before anybody has chosen."""
    return [column.key for column in columns if column.is_usual]


def grouped(columns: Iterable[ExportColumn]) -> list[tuple[str, list[ExportColumn]]]:
    """The columns under the words of their groups; empty groups are left out."""
    found: dict[str, list[ExportColumn]] = {group: [] for group in GROUPS}
    for column in columns:
        found[column.group].append(column)
    return [(str(GROUPS[group]), members) for group, members in found.items() if members]


def _own() -> list[ExportColumn]:
    names = ("external_id", "email", "first_name", "last_name", "phone", "language", "time_zone", "country")
    plain = [
        ExportColumn(
            key=name,
            label=str(TARGET_LABELS[name]),
            group="person",
            text=f"nullif(c.{name}, '')",
            member=(name,),
            is_written=True,
            is_usual=True,
        )
        for name in names
    ]
    tags = ExportColumn(
        key="tags",
        label=str(TARGET_LABELS["tags"]),
        group="person",
        text="nullif(array_to_string(c.tags, ', '), '')",
        json="to_jsonb(c.tags)",
        member=("tags",),
        is_written=True,
        is_usual=True,
    )
    return [*plain, tags, *_addresses()]


def _addresses() -> list[ExportColumn]:
    labels = {
        Channel.EMAIL: (_("State of the e-mail address"), _("Other e-mail addresses")),
        Channel.SMS: (_("State of the phone"), _("Other phones")),
    }
    columns = []
    for channel, (state, others) in labels.items():
        name = "email" if channel == Channel.EMAIL else "phone"
        main = f"main_{name}"
        join = (
            f"LEFT JOIN contacts_address {main} ON {main}.contact_id = c.id"
            f" AND {main}.channel = '{channel}' AND {main}.is_primary"
        )
        more = (
            "(SELECT {} FROM contacts_address a"  # noqa: S608 - channels of ours
            f" WHERE a.contact_id = c.id AND a.channel = '{channel}' AND NOT a.is_primary)"
        )
        columns += [
            ExportColumn(
                key=f"{name}_state",
                label=state,
                group="addresses",
                text=f"{main}.status",
                joins=(join,),
                member=(f"{name}_state",),
            ),
            ExportColumn(
                key=f"other_{name}s",
                label=others,
                group="addresses",
                text=more.format("string_agg(a.value, ', ' ORDER BY a.id)"),
                json=more.format("coalesce(jsonb_agg(a.value ORDER BY a.id), '[]')"),
                member=(f"other_{name}s",),
                is_written=True,
            ),
        ]
    return columns


_SEVERAL = (
    "(SELECT string_agg(one, ', ' ORDER BY number) FROM jsonb_array_elements_text(CASE"
    " WHEN jsonb_typeof(c.attributes -> %s) = 'array' THEN c.attributes -> %s END)"
    " WITH ORDINALITY AS several(one, number))"
)
_MONEY = "concat_ws(' ', c.attributes #>> ARRAY[%s, 'amount'], c.attributes #>> ARRAY[%s, 'currency'])"
# These take their cells apart, or are disarmed as numbers. Other values may be texts of before the type was changed.
_NOT_WRITTEN = frozenset({"number", "money"})


def _details(workspace: Workspace) -> list[ExportColumn]:
    columns = []
    for attribute in Attribute.objects.in_workspace(workspace).by_label():
        text, count = {"multi_choice": (_SEVERAL, 2), "money": (_MONEY, 2)}.get(
            attribute.type, ("(c.attributes ->> %s)", 1)
        )
        columns.append(
            ExportColumn(
                key=f"attribute:{attribute.key}",
                label=attribute.label,
                group="details",
                text=text,
                params=(attribute.key,) * count,
                json="(c.attributes -> %s)",
                member=("attributes", attribute.key),
                is_written=attribute.type not in _NOT_WRITTEN,
                is_number=attribute.type == Attribute.Type.NUMBER,
                is_usual=True,
            )
        )
    return columns


def _record(workspace: Workspace) -> list[ExportColumn]:
    zone = workspace.time_zone or "UTC"
    moments = (("created_at", _("Added")), ("updated_at", _("Changed")))
    columns = [
        ExportColumn(
            key=name,
            label=f"{label} ({zone})",
            group="record",
            text=f"to_char(c.{name} AT TIME ZONE %s, 'YYYY-MM-DD HH24:MI:SS')",
            params=(zone,),
            json=f"to_jsonb(to_char(c.{name} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'))",
            member=(name,),
            is_usual=name == "created_at",
        )
        for name, label in moments
    ]
    restricted = ExportColumn(
        key="restricted",
        label=_("May be kept, but not used"),
        group="record",
        text="CASE WHEN restricted.contact_id IS NULL THEN 'no' ELSE 'yes' END",
        json="to_jsonb(restricted.contact_id IS NOT NULL)",
        joins=("LEFT JOIN contacts_restriction restricted ON restricted.contact_id = c.id",),
        member=("restricted",),
    )
    public_id = ExportColumn(
        key="id", label=_("Id in Rapport"), group="record", text="c.public_id::text", member=("id",)
    )
    return [*columns, restricted, public_id]


def chosen_columns(workspace: Workspace, keys: Sequence[str]) -> list[ExportColumn]:
    """The columns of these keys in the order they are offered; keys nobody knows (any more) are left out.

    Those of families (see `offer_family`) come last, in the order of their keys.
    """
    wanted = set(keys)
    offered = [column for key, column in columns_of(workspace).items() if key in wanted]
    made = (_families[key.partition(":")[0]](workspace, key) for key in keys if key.partition(":")[0] in _families)
    return [*offered, *(column for column in made if column is not None)]
