"""Segments and lists as filters of the list of contacts, and so of exports."""

import dataclasses
from collections.abc import Sequence

from django.utils.translation import gettext as _

from accounts.models import Workspace
from contacts.list_filters import NOBODY, Choice, Prepared, always
from contacts.text_search import Condition
from core.clock import now
from core.ids import uuid_or_none
from segments.language.compile import compile_rule
from segments.models import Segment, StaticList
from segments.registry import registry_of
from segments.services.evaluation import make_scope
from segments.services.sampling import is_broken


class SegmentFilter:
    """`?segment=<public id>`: who is in it at the moment."""

    name = "segment"
    scope = "segments:read"

    def label(self) -> str:
        """What the menu is called."""
        return _("Segment")

    def choices(self, workspace: Workspace) -> Sequence[Choice]:
        """Every segment by its name."""
        pairs = Segment.objects.in_workspace(workspace).values_list("public_id", "name")
        return [Choice(str(public_id), name) for public_id, name in pairs]

    def prepare(self, workspace: Workspace, value: str) -> Prepared:
        """The segment's own statement, limited in all its parts to who is asked about; a broken one has nobody."""
        public_id = uuid_or_none(value)
        segment = Segment.objects.in_workspace(workspace).filter(public_id=public_id).first() if public_id else None
        registry = registry_of(workspace)
        if segment is None or is_broken(segment.rule, registry):
            return always(NOBODY)
        scope = make_scope(workspace, registry, now())

        def members(ids: Sequence[int] | None) -> Condition:
            limited = scope if ids is None else dataclasses.replace(scope, contact_ids=tuple(ids))
            compiled = compile_rule(segment.rule, limited)
            return Condition(f"c.id IN ({compiled.sql})", tuple(compiled.params))

        return members


class ListMembersFilter:
    """`?list=<public id>`: who is on it."""

    name = "list"
    scope = "segments:read"

    def label(self) -> str:
        """What the menu is called."""
        return _("List")

    def choices(self, workspace: Workspace) -> Sequence[Choice]:
        """Every list by its name."""
        pairs = StaticList.objects.in_workspace(workspace).values_list("public_id", "name")
        return [Choice(str(public_id), name) for public_id, name in pairs]

    def prepare(self, workspace: Workspace, value: str) -> Prepared:
        """Who has a place on the list; nobody has one on a list that is not there."""
        public_id = uuid_or_none(value)
        found = StaticList.objects.in_workspace(workspace).filter(public_id=public_id).first() if public_id else None
        if found is None:
            return always(NOBODY)
        return always(
            Condition(
                "EXISTS (SELECT 1 FROM segments_listmember m WHERE m.list_id = %s AND m.contact_id = c.id)", (found.pk,)
            )
        )
