"""Reads of topics, consents and suppressions."""

import datetime as dt
import hashlib
import re
from typing import Any, Self

from django.apps import apps
from django.db import models
from django.db.models import Count, Q
from django.db.models.functions import Coalesce, Now

from accounts.querysets import WorkspaceScopedQuerySet
from core.crypto import address_hash
from core.ids import uuid_or_none


class TopicQuerySet(WorkspaceScopedQuerySet):
    """Topics."""

    def by_name(self) -> Self:
        """As people read them."""
        return self.order_by("name", "id")

    def public(self) -> Self:
        """Those shown to everyone on their preference page."""
        return self.filter(public=True)


class ConsentRecordQuerySet(WorkspaceScopedQuerySet):
    """The ledger."""

    def newest(self) -> Self:
        """As written, the last first, with what a line of the list shows. People may have been erased since."""
        return self.select_related("topic", "actor").order_by("-id")

    def of_person(self, contact: Any) -> Self:
        """All lines of one person, with those written for contacts that have become part of them."""
        aliases = apps.get_model("contacts", "ContactAlias")._default_manager
        return self.filter(contact_id__in=[contact.pk, *aliases.former_ids(contact.pk)])

    def older_than(self, public_id: str) -> Self:
        """Rows written before the one with this public id; all of them for an id that is none of these."""
        last = self.filter(public_id=uuid_or_none(public_id)).first()
        return self.filter(id__lt=last.pk) if last else self

    def agreement_before(self, state: Any, at: dt.datetime) -> Any:
        """The row in force for a state's person and topic just before `at`, when it was an agreement; else None."""
        same = {"contact_id": state.contact_id, "channel": state.channel, "topic_id": state.topic_id}
        last = self.filter(at__lt=at, purpose=state.purpose, **same).order_by("-at", "-id").first()
        if last is None or last.state != "granted" or (last.expires_at and last.expires_at <= at):
            return None
        return last

    def said_last(self, contact: Any) -> list[Any]:
        """The last word of one person on each topic, purpose and channel: the proof of every state they have."""
        rows = self.filter(contact=contact).select_related("topic", "actor", "text")
        keys = ("channel", "topic_id", "purpose")
        last = rows.order_by(*keys, "-at", "-id").distinct(*keys)
        return sorted(last, key=lambda row: (row.purpose, row.topic.name if row.topic else "", row.channel))


class ConsentStateQuerySet(WorkspaceScopedQuerySet):
    """Where the ledger stands."""

    def in_force(self) -> Self:
        """Agreements that have not run out."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=Now()), state="granted")

    def withdrawn_at(self, contact: Any, at: dt.datetime) -> Self:
        """Topics whose last word is a withdrawal made at exactly this instant."""
        return self.filter(
            contact=contact, changed_at=at, state="withdrawn", purpose="marketing", topic__isnull=False
        ).select_related("topic")

    def lapsing_by_topic(self, workspace: Any, until: dt.datetime) -> dict[int, int]:
        """Topic id to the people whose agreement by e-mail ends between now and `until`."""
        rows = self.filter(
            workspace=workspace, channel="email", purpose="marketing", topic__isnull=False, state="granted",
            expires_at__gt=Now(), expires_at__lte=until,
        )  # fmt: skip
        return dict(rows.values_list("topic_id").annotate(Count("contact_id")).order_by())

    def counts_by_topic(self, workspace: Any) -> dict[int, dict[str, int]]:
        """Topic id to {state: people} over all channels; served by index consent_state_lookup alone."""
        rows = (
            self.filter(workspace=workspace, purpose="marketing", topic__isnull=False)
            .values_list("topic_id", "state")
            .annotate(people=Count("contact_id"))
            .order_by()
        )
        counts: dict[int, dict[str, int]] = {}
        for topic, state, people in rows:
            counts.setdefault(topic, {})[state] = people
        return counts


class SuppressionListQuerySet(WorkspaceScopedQuerySet):
    """Lists of suppressions from elsewhere."""

    def newest_first(self) -> Self:
        """The last brought first."""
        return self.order_by("-created_at", "-id")

    def abandoned(self, moment: dt.datetime) -> Self:
        """Drafts of yesterday and before."""
        return self.filter(status="draft", created_at__lt=moment - dt.timedelta(days=1)).order_by("pk")


class SuppressionQuerySet(WorkspaceScopedQuerySet):
    """Suppressions."""

    def newest(self) -> Self:
        """The last added first."""
        return self.order_by("-created_at", "-id")

    def older_than(self, public_id: str) -> Self:
        """Rows added before the one with this public id; all of them for an id that is none of these."""
        last = self.filter(public_id=uuid_or_none(public_id)).first()
        if last is None:
            return self
        return self.filter(Q(created_at__lt=last.created_at) | Q(created_at=last.created_at, id__lt=last.pk))

    def matching(self, text: str) -> Self:
        """Those of this exact address, even when only its digest is kept, or with the text in address or domain."""
        text = text.strip().lower()
        return self.filter(
            Q(address_hash=address_hash(text))
            | Q(address__icontains=text)
            | Q(domain__icontains=text.lstrip("@"))
            | Q(plain_digest__in=_plain_digests(text))
        )

    def counts_by_reason(self) -> dict[str, int]:
        """Reason to number."""
        return dict(self.values_list("reason").annotate(Count("id")).order_by())


class GlobalSuppressionQuerySet(models.QuerySet[Any]):
    """The installation's own list; it belongs to no workspace."""

    def newest(self) -> Self:
        """The last added first."""
        return self.order_by("-id")

    def older_than(self, public_id: str) -> Self:
        """Rows added before the one with this public id; all of them for an id that is none of these."""
        last = self.filter(public_id=uuid_or_none(public_id)).first()
        return self.filter(id__lt=last.pk) if last else self

    def stopping(self, text: str) -> Self:
        """What stops this exact address, domain or digest. Nothing for an empty text.

        Addresses are kept as digests only, so that a part of one finds nothing.
        """
        text = text.strip().lower()
        found = Q(domain=text.rpartition("@")[2]) if text else Q(pk=None)
        return self.filter(found | Q(address_hash=address_hash(text)) | Q(plain_digest__in=_plain_digests(text)))

    def counts_by_reason(self) -> dict[str, int]:
        """Reason to number."""
        return dict(self.values_list("reason").annotate(Count("id")).order_by())

    def brought_by(self, change: Any) -> Self:
        """What is still there of all that one change added."""
        return self.filter(added_with=change)


class GlobalSuppressionChangeQuerySet(models.QuerySet[Any]):
    """Who changed the installation's own list."""

    def lists(self) -> Self:
        """Those that brought several entries at once."""
        return self.filter(action="added", count__gt=1)

    def with_left(self) -> Self:
        """Each with `has_left`: whether any of the entries it added is still there."""
        entries = apps.get_model("consent", "GlobalSuppression")._default_manager
        return self.annotate(has_left=models.Exists(entries.filter(added_with=models.OuterRef("pk"))))

    def newest(self) -> Self:
        """The last first, with who it was."""
        return self.select_related("actor").order_by("-created_at", "-id")


def _plain_digests(text: str) -> list[bytes]:
    """What other tools keep of an address, and the digest itself where the text is one."""
    digests = [hashlib.sha256(text.encode()).digest(), hashlib.md5(text.encode(), usedforsecurity=False).digest()]
    if re.fullmatch("(?:[0-9a-f]{32}){1,2}", text):
        digests.append(bytes.fromhex(text))
    return digests


class SignupPageQuerySet(WorkspaceScopedQuerySet):
    """Sign-up pages."""

    def with_joined(self) -> Self:
        """Each with `joined` and `asked`: how many confirmed, and how many were asked to."""
        confirmations = apps.get_model("consent", "Confirmation")._default_manager
        of_page = confirmations.filter(page=models.OuterRef("pk")).order_by().values("page")
        people = Count("contact", distinct=True)
        return self.annotate(
            joined=Coalesce(
                models.Subquery(of_page.filter(confirmed_at__isnull=False).annotate(n=people).values("n")), 0
            ),
            asked=Coalesce(models.Subquery(of_page.annotate(n=people).values("n")), 0),
        ).order_by("name", "id")


class ConfirmationQuerySet(WorkspaceScopedQuerySet):
    """Double opt-ins."""

    def waiting(self, now: dt.datetime) -> Self:
        """Neither confirmed nor too old."""
        return self.filter(confirmed_at=None, expires_at__gt=now)

    def unconfirmed(self) -> Self:
        """Nobody has pressed the button yet; the newest first, with whom and where."""
        return self.filter(confirmed_at=None).select_related("contact", "page").order_by("-id")

    def older_than(self, public_id: str) -> Self:
        """Rows made before the one with this public id; all of them for an id that is none of these."""
        last = self.filter(public_id=uuid_or_none(public_id)).first()
        return self.filter(id__lt=last.pk) if last else self


class SealQuerySet(WorkspaceScopedQuerySet):
    """Seals over the ledger."""

    def last(self) -> Any:
        """The newest, or None."""
        return self.order_by("-number").first()


class LedgerCheckQuerySet(WorkspaceScopedQuerySet):
    """Readings of the ledger."""

    def latest_of(self, workspace: Any) -> Any:
        """The newest of a workspace, finished or not, or None."""
        return self.in_workspace(workspace).order_by("-id").first()

    def last_done(self, workspace: Any) -> Any:
        """The newest of a workspace that was finished, or None."""
        return self.in_workspace(workspace).filter(status="done").order_by("-id").first()
