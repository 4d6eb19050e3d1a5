"""Merging all groups that are certain, and taking that back."""

import datetime as dt

import pytest

from accounts.models import User, Workspace
from contacts.details import ContactValues
from contacts.models import (
    Contact,
    MergeBatch,
)
from contacts.services.contacts import create_contact
from contacts.services.erasing import erase_contact
from contacts.services.finding_duplicates import ask_for_search, find_duplicates
from contacts.services.merging_many import merge_certain_groups, run_batch
from contacts.services.unmerging import undo_batch
from core.clock import now

pytestmark = pytest.mark.django_db


def test_certain_groups_are_merged_and_taken_back_as_a_whole(workspace: Workspace, owner: User) -> None:
    for name in ("ann", "ben"):
        create_contact(workspace=workspace, values=ContactValues(email=f"{name}@gmail.com"))
        create_contact(workspace=workspace, values=ContactValues(email=f"{name}+x@gmail.com"))
    ask_for_search(workspace=workspace)
    find_duplicates(workspace_id=workspace.pk)

    batch = merge_certain_groups(workspace=workspace, actor=owner)
    assert batch is not None
    assert merge_certain_groups(workspace=workspace) == batch
    run_batch(batch_id=batch.pk)

    batch.refresh_from_db()
    assert (batch.status, batch.groups, batch.done, batch.left_alone) == ("done", 2, 2, 0)
    assert Contact.objects.count() == 2
    assert merge_certain_groups(workspace=workspace) is None
    undo_batch(batch=batch)
    assert Contact.objects.count() == 4


def test_batch_leaves_alone_who_was_erased_meanwhile(workspace: Workspace) -> None:
    people = [
        create_contact(workspace=workspace, values=ContactValues(email=email))
        for email in ("ann@gmail.com", "a.nn@gmail.com", "ben@gmail.com", "b.en@gmail.com")
    ]
    ask_for_search(workspace=workspace)
    find_duplicates(workspace_id=workspace.pk)
    batch = merge_certain_groups(workspace=workspace)
    assert batch is not None
    erase_contact(contact=people[0])

    run_batch(batch_id=batch.pk)

    batch.refresh_from_db()
    assert (batch.status, batch.done) == ("done", 1)
    assert Contact.objects.count() == 2


def test_batch_goes_on_where_a_worker_was_killed(workspace: Workspace) -> None:
    for name in ("ann", "ben"):
        create_contact(workspace=workspace, values=ContactValues(email=f"{name}@gmail.com"))
        create_contact(workspace=workspace, values=ContactValues(email=f"{name}+x@gmail.com"))
    ask_for_search(workspace=workspace)
    find_duplicates(workspace_id=workspace.pk)
    batch = merge_certain_groups(workspace=workspace)
    assert batch is not None
    MergeBatch.objects.update(status="running", lease_until=now() - dt.timedelta(seconds=1), attempts=1)

    run_batch(batch_id=batch.pk)

    batch.refresh_from_db()
    assert (batch.status, batch.done) == ("done", 2)
