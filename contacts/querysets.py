"""Reads of contacts, addresses, attributes and imports."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Self

from django.db import connection, models
from django.db.models import F, Func, Q, Value
from django.db.models.expressions import RawSQL

from accounts.querysets import WorkspaceScopedQuerySet


class AttributeQuerySet(WorkspaceScopedQuerySet):
    """Attributes."""

    def by_label(self) -> Self:
        """In the order people read them."""
        return self.order_by("label", "id")


class ContactQuerySet(WorkspaceScopedQuerySet):
    """Contacts, and the bulk expressions that services use on them."""

    def with_address(self, channel: str, value: str) -> Self:
        """The contact that has this normalised address, primary or not."""
        return self.filter(addresses__channel=channel, addresses__value=value)

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

    def needing_work(self, moment: dt.datetime) -> Self:
        """Waiting, or begun by a worker that stopped answering."""
        free = Q(lease_until=None) | Q(lease_until__lt=moment)
        return self.filter(Q(status__in=["queued", "running", "undoing"]) & free)

    def to_forget(self, moment: dt.datetime, days: int) -> Self:
        """Those whose file is still kept though nobody needs it: ended `days` ago, or an old draft."""
        ended = Q(finished_at__lt=moment - dt.timedelta(days=days))
        abandoned = Q(status="draft", created_at__lt=moment - dt.timedelta(days=1))
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

    def to_remove(self, moment: dt.datetime, days: int) -> Self:
        """Those whose file has been on offer for `days`."""
        return self.filter(status="done", finished_at__lt=moment - dt.timedelta(days=days)).order_by("pk")


class ImportRejectQuerySet(models.QuerySet[Any]):
    """Rows that were not taken."""

    def of_import(self, import_batch: Any) -> Self:
        """Of one import, in the order of the file."""
        return self.filter(import_batch=import_batch).order_by("row_number", "id")

    def counted_by_reason(self) -> list[tuple[str, int]]:
        """(reason, rows), the commonest first."""
        rows = self.order_by().values_list("reason").annotate(rows=models.Count("id"))
        return sorted(((reason, count) for reason, count in rows), key=lambda pair: -pair[1])
