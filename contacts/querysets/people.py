"""Reads of contacts, addresses, attributes and imports."""

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any, Self

from django.apps import apps
from django.db import connection, models
from django.db.models import F, Func, Q, Subquery, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from accounts.querysets import WorkspaceScopedQuerySet
from contacts.text_search import TextSearch

ATTRIBUTE_KINDS = 'SELECT key, type, choices, rules, "default" FROM contacts_attribute WHERE workspace_id = %s'
WHO_HAS = "SELECT contact_id FROM contacts_address WHERE workspace_id = %s AND channel = %s AND value = %s"

NEWEST_FOUND = """
SELECT count(*) FROM (
    SELECT FROM (
        SELECT search, email, phone, external_id FROM contacts_contact WHERE workspace_id = %s ORDER BY id DESC LIMIT %s
    ) c WHERE {test} LIMIT %s
) found
"""
# An array, for a join could be made by walking past everybody again.
FOUND = "contacts_contact.id = ANY(ARRAY(SELECT c.id FROM contacts_contact c WHERE c.workspace_id = %s AND {test}))"
NEWEST = 10_000
COMMON = 50


def _from_json(text: str | None) -> Any:
    """The value of a JSON column as a cursor gives it."""
    return None if text is None else json.loads(text)


class AttributeQuerySet(WorkspaceScopedQuerySet):
    """Attributes."""

    def by_label(self) -> Self:
        """In the order people read them."""
        return self.order_by("label", "id")

    def kinds_of(self, workspace_id: int) -> list[tuple[str, str, list[str], dict[str, Any], Any]]:
        """Key, type, choices, rules and default of each: what every value is read by, so it is written by hand."""
        with connection.cursor() as cursor:
            cursor.execute(ATTRIBUTE_KINDS, [workspace_id])
            return [(key, kind, *map(_from_json, said)) for key, kind, *said in cursor.fetchall()]


class AttributeChangeQuerySet(WorkspaceScopedQuerySet):
    """Changes of everybody's values."""

    def of(self, attribute: Any) -> Self:
        """Those of one attribute, the last first."""
        return self.filter(attribute=attribute).order_by("-created_at", "-id")

    def needing_work(self, moment: dt.datetime) -> Self:
        """Waiting, or begun by a worker that stopped answering."""
        free = Q(lease_until=None) | Q(lease_until__lt=moment)
        return self.filter(free, status__in=["queued", "running", "undoing"])

    def to_forget(self, moment: dt.datetime, days: int) -> Self:
        """Those that can be undone no more, so that nobody needs the values they put aside."""
        return self.filter(finished_at__lt=moment - dt.timedelta(days=days), status__in=["done", "undone"])


class ContactQuerySet(WorkspaceScopedQuerySet):
    """Contacts, and the bulk expressions that services use on them."""

    def with_address(self, channel: str, value: str) -> Self:
        """The contact that has this normalised address, primary or not."""
        return self.filter(addresses__channel=channel, addresses__value=value)

    def with_public_id(self, public_id: Any) -> Self:
        """The contact with this id, or the one that it became part of; index look-ups only."""
        aliases = apps.get_model("contacts", "ContactAlias")._default_manager.filter(public_id=public_id)
        contacts = self.model._default_manager.filter(public_id=public_id)
        return self.filter(pk=Coalesce(Subquery(contacts.values("pk")), Subquery(aliases.values("contact_id"))))

    def with_external_id(self, workspace: Any, external_id: str) -> Self:
        """The workspace's contact with this external id, or the one that had it merged in; index look-ups only."""
        aliases = apps.get_model("contacts", "ContactAlias")._default_manager.in_workspace(workspace)
        contacts = self.model._default_manager.filter(workspace=workspace, external_id=external_id)
        former = aliases.filter(external_id=external_id)
        return self.filter(pk=Coalesce(Subquery(contacts.values("pk")), Subquery(former.values("contact_id"))))

    def found_by(self, workspace: Any, search: TextSearch) -> Self:
        """Those of the workspace that a search finds, to be read newest first.

        Of a common search, of which COMMON are among the newest people, the rows are tested on the way; a rare one is
        asked of the indexes, where the planner would walk past everybody. It asks the database which of both it is.
        """
        test = search.test()
        with connection.cursor() as cursor:
            cursor.execute(NEWEST_FOUND.format(test=test.sql), [workspace.pk, NEWEST, *test.params, COMMON])
            is_common = cursor.fetchone()[0] == COMMON
        if is_common:
            fits, params = search.test("contacts_contact").sql, search.test("contacts_contact").params
        else:
            everybody = search.everybody(workspace.pk)
            fits, params = FOUND.format(test=everybody.sql), (workspace.pk, *everybody.params)
        return self.filter(RawSQL(fits, params, output_field=models.BooleanField()))  # noqa: S611 - from code

    def set_search(self, vector: str) -> int:
        """Write the search vector, given as the text of a tsvector."""
        return self.update(search=RawSQL("%s::tsvector", [vector]))

    def write_search(self, vectors: Mapping[int, str]) -> None:
        """Write the search vectors of several contacts by id, in one statement."""
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE contacts_contact c SET search = v.vector::tsvector"
                " FROM unnest(%s::bigint[], %s::text[]) AS v(id, vector) WHERE c.id = v.id",
                [list(vectors), list(vectors.values())],
            )

    def remove_attribute(self, key: str) -> int:
        """Take the value of an attribute from every contact that has one."""
        without = {
            name: Func(F(name), Value(key), template="(%(expressions)s)", arg_joiner=" - ")
            for name in ("attributes", "folded")
        }
        return self.filter(attributes__has_key=key).update(**without)


class AddressQuerySet(WorkspaceScopedQuerySet):
    """Addresses."""

    def contact_with(self, workspace_id: int, channel: str, value: str) -> int | None:
        """The id of the contact that has this normalised address, primary or not; found by the unique index."""
        with connection.cursor() as cursor:
            cursor.execute(WHO_HAS, [workspace_id, channel, value])
            row = cursor.fetchone()
        return row[0] if row else None

    def of_contact(self, contact: Any) -> Self:
        """All addresses of a contact, primary ones first."""
        return self.filter(contact=contact).order_by("channel", "-is_primary", "id")


class AddressStateQuerySet(WorkspaceScopedQuerySet):
    """Histories of addresses."""

    def of_address(self, address: Any) -> Self:
        """The lines of one address, the newest first."""
        return self.filter(address=address).order_by("-at", "-id")


class MailDomainQuerySet(models.QuerySet[Any]):
    """What DNS said."""

    def named(self, domain: str) -> Any:
        """What is known of one domain, or None."""
        return self.filter(pk=domain).first() if domain else None

    def due(self, moment: dt.datetime) -> Self:
        """Those to ask about now, the longest waiting first."""
        return self.filter(next_check_at__lte=moment).order_by("next_check_at")


class MistypedDomainQuerySet(WorkspaceScopedQuerySet):
    """Domains that look mistyped."""

    def open(self) -> Self:
        """Those about which nobody has said that they are right."""
        return self.filter(is_right=False).order_by("domain")


class HygieneQuerySet(WorkspaceScopedQuerySet):
    """Figures of a workspace, and that they were asked for."""

    def newest(self, days: int) -> Self:
        """The last so many days' figures, the newest first."""
        return self.order_by("-day")[:days]


class LookUpQuerySet(WorkspaceScopedQuerySet):
    """Number checks and their answers."""

    def newest_first(self) -> Self:
        """The last begun first."""
        return self.order_by("-created_at", "-id")

    def of_address(self, address: Any) -> Self:
        """What was answered about one address, the newest first."""
        return self.filter(address=address).order_by("-asked_at", "-id")

    def needing_work(self, moment: dt.datetime) -> Self:
        """Waiting, or begun by a worker that stopped answering; not before the time of the next attempt."""
        free = Q(lease_until=None) | Q(lease_until__lt=moment)
        due = Q(next_at=None) | Q(next_at__lte=moment)
        return self.filter(free, due, status__in=["queued", "running"])


class TombstoneQuerySet(WorkspaceScopedQuerySet):
    """Digests of erased people's addresses."""

    def has(self, workspace_id: int, channel: str, digest: bytes) -> bool:
        """True when somebody with this address asked to be erased."""
        return self.filter(workspace_id=workspace_id, channel=channel, address_hash=digest).exists()


class ImportQuerySet(WorkspaceScopedQuerySet):
    """Imports."""

    def newest_first(self) -> Self:
        """Those that were started, newest first."""
        return self.exclude(status="draft").order_by("-created_at", "-id")

    def drafts(self) -> Self:
        """Those that were not started yet, newest first."""
        return self.filter(status="draft").order_by("-created_at", "-id")

    def needing_work(self, moment: dt.datetime) -> Self:
        """Waiting, or begun by a worker that stopped answering."""
        free = Q(lease_until=None) | Q(lease_until__lt=moment)
        return self.filter(Q(status__in=["queued", "running", "undoing"]) & free)

    def over_with_file(self) -> Self:
        """Those that are over, of which nobody needs the file any more though it is still there."""
        return self.filter(status__in=["done", "undone"]).exclude(file="", source="")

    def to_forget(self, moment: dt.datetime, days: int) -> Self:
        """Those whose file is still kept though nobody needs it: ended `days` ago, or a draft of a week ago."""
        ended = Q(finished_at__lt=moment - dt.timedelta(days=days))
        abandoned = Q(status="draft", created_at__lt=moment - dt.timedelta(days=7))
        return self.exclude(file="").filter(ended | abandoned).order_by("pk")


class ExportQuerySet(WorkspaceScopedQuerySet):
    """Exports."""

    def newest_first(self) -> Self:
        """The last asked for first."""
        return self.order_by("-created_at", "-id")

    def needing_work(self, moment: dt.datetime) -> Self:
        """Waiting, or begun by a worker that stopped answering."""
        free = Q(lease_until=None) | Q(lease_until__lt=moment)
        return self.filter(Q(status__in=["queued", "running"]) & free)

    def on_offer(self) -> Self:
        """Those whose file can be fetched."""
        return self.filter(status="done")

    def unfinished(self) -> Self:
        """Waiting or being written."""
        return self.filter(status__in=["queued", "running"])

    def to_remove(self, moment: dt.datetime, days: int) -> Self:
        """Those whose file has been on offer for `days`."""
        return self.on_offer().filter(finished_at__lt=moment - dt.timedelta(days=days)).order_by("pk")


class RehearsalQuerySet(models.QuerySet[Any]):
    """What drafts would do."""

    def needing_work(self, moment: dt.datetime) -> Self:
        """Waiting, or begun by a worker that stopped answering."""
        free = Q(lease_until=None) | Q(lease_until__lt=moment)
        return self.filter(Q(status__in=["queued", "running"]) & free)


class ImportLayoutQuerySet(WorkspaceScopedQuerySet):
    """What was chosen for the columns of earlier files."""

    def latest_first(self) -> Self:
        """The last one used first."""
        return self.order_by("-used_at", "-id")


class ImportRejectQuerySet(models.QuerySet[Any]):
    """Rows that were not taken."""

    def of_import(self, import_batch: Any) -> Self:
        """Of one import, in the order of the file."""
        return self.filter(import_batch=import_batch).order_by("row_number", "id")

    def counted_by_reason(self) -> list[tuple[str, int]]:
        """(reason, rows), the commonest first."""
        rows = self.order_by().values_list("reason").annotate(rows=models.Count("id"))
        return sorted(((reason, count) for reason, count in rows), key=lambda pair: -pair[1])


class RestrictionQuerySet(WorkspaceScopedQuerySet):
    """People whose data is kept and not used."""

    def of_contact(self, contact: Any) -> Any:
        """The restriction of one person, with who made it, or None."""
        return self.select_related("actor").filter(contact=contact).first()


class RightsRequestQuerySet(WorkspaceScopedQuerySet):
    """What people asked to be done with their data."""

    def open(self) -> Self:
        """Not done yet, the most urgent first."""
        return self.filter(outcome="open").order_by("due_at", "id")

    def ended(self) -> Self:
        """Done or declined, the last first."""
        return self.exclude(outcome="open").order_by("-done_at", "-id")


class AddressChangeQuerySet(WorkspaceScopedQuerySet):
    """New addresses on their way."""

    def waiting(self, moment: dt.datetime) -> Self:
        """Neither confirmed nor too old."""
        return self.filter(confirmed_at=None, expires_at__gt=moment)
