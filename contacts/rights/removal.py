"""Finding and emptying what tables at the bottom say of people who are being erased, in sets.

`docs/personal-data.md` lists what stays, and why.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote_plus

from django.db import connection

from accounts.services import forget_in_answers, forget_in_audit
from contacts.models import Contact, ContactAlias, Export
from contacts.rights.registry import Leaving
from core.folding import fold

# A cell names somebody when it is one of their texts, has one of their addresses in it (`Ada <ada@example.org>`), or
# is one of their phone numbers however it is written.
CELLS = """
WITH known AS MATERIALIZED (SELECT unnest(%(texts)s::text[]) AS text),
     person AS MATERIALIZED (SELECT * FROM unnest(%(first)s::text[], %(last)s::text[]) AS name(first, last))
UPDATE contacts_importreject r SET cells = '{}', value = ''
FROM contacts_import i
WHERE i.workspace_id = %(workspace)s AND r.import_batch_id = i.id AND r.cells <> '{}' AND EXISTS (
    SELECT 1 FROM unnest(r.cells) AS cell(text)
    CROSS JOIN LATERAL (SELECT btrim(cell.text), lower(btrim(cell.text))) AS c(raw, low)
    WHERE c.raw IN (SELECT text FROM known) OR c.low IN (SELECT text FROM known)
       OR regexp_replace(c.raw, '\\D', '', 'g') = ANY(%(digits)s)
       OR (c.raw LIKE '%%@%%' AND EXISTS (
           SELECT 1 FROM regexp_split_to_table(c.low, '[][\\s<>,;:"()]+') AS word
           WHERE word IN (SELECT text FROM known)))
       OR CASE WHEN c.low IN (SELECT last FROM person) OR c.raw IN (SELECT last FROM person) THEN EXISTS (
           SELECT 1 FROM person CROSS JOIN unnest(r.cells) AS other(text)
           WHERE person.last IN (c.low, c.raw)
             AND person.first IN (lower(btrim(other.text)), btrim(other.text))) ELSE false END
)
"""


def describe_leaving(workspace: Any, ids: Sequence[int]) -> Leaving:
    """What is needed to find everything about these contacts, in a handful of statements."""
    rows = Contact.objects.filter(pk__in=ids).values_list(
        "public_id", "external_id", "first_name", "last_name", "email", "phone"
    )
    texts: set[str] = set()
    names: set[tuple[str, str]] = set()
    for public_id, external_id, first, last, email, phone in rows:
        texts |= {str(public_id), fold(external_id or ""), email, phone}
        if first and last:
            # As they stand too: whether the database can make small letters of every script depends on its setup.
            names |= {(first, last), (fold(first), fold(last))}
            texts |= {shape for text in _whole_names(first, last) for shape in (text, fold(text))}
    aliases = ContactAlias.objects.filter(contact_id__in=ids).values_list("public_id", "former_id", "external_id")
    former = []
    for public_id, former_id, external_id in aliases:
        texts |= {str(public_id or ""), fold(external_id or "")}
        former += [former_id] if former_id else []
    with connection.cursor() as cursor:
        cursor.execute("SELECT channel, value FROM contacts_address WHERE contact_id = ANY(%s)", [list(ids)])
        addresses = cursor.fetchall()
    texts |= {value for _channel, value in addresses}
    return Leaving(
        workspace=workspace,
        ids=list(ids),
        former_ids=former,
        addresses=addresses,
        texts=sorted(texts - {""}),
        names=sorted(names),
    )


def _whole_names(first: str, last: str) -> list[str]:
    return [f"{first} {last}", f"{last}, {first}", f"{last} {first}"]


def forget_traces(leaving: Leaving) -> Mapping[str, int]:
    """Empty what rejected rows, lists of exports, the audit log and kept answers of the API say of them."""
    digits = ["".join(filter(str.isdecimal, value)) for channel, value in leaving.addresses if channel != "email"]
    with connection.cursor() as cursor:
        cursor.execute(
            CELLS,
            {
                "workspace": leaving.workspace.pk,
                "texts": list(leaving.texts),
                "digits": digits,
                "first": [first for first, _last in leaving.names],
                "last": [last for _first, last in leaving.names],
            },
        )
        rejected = cursor.rowcount
    return {
        "rejected_rows": rejected,
        "exports": _forget_in_exports(leaving),
        "audit_entries": forget_in_audit(workspace=leaving.workspace, texts=leaving.texts),
        "kept_answers": forget_in_answers(workspace=leaving.workspace, texts=leaving.texts),
    }


def _forget_in_exports(leaving: Leaving) -> int:
    """Exports chosen by searching for one of them keep no search; there are few exports, so they are looked through."""
    named = []
    for export_id, query in Export.objects.in_workspace(leaving.workspace).exclude(query="").values_list("pk", "query"):
        plain = fold(unquote_plus(query))
        if any(text in plain for text in leaving.texts if len(text) > 3):
            named.append(export_id)
    return Export.objects.filter(pk__in=named).update(query="")
