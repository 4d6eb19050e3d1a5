"""Messages of two contacts who become one: they follow, and nobody gets a campaign twice."""

import datetime as dt
import uuid
from typing import Any

import pytest

from accounts.models import Workspace
from contacts.models import Contact
from contacts.services.merging import adopt_late_rows, merge_contacts
from contacts.services.unmerging import undo_batch
from delivery.claims import hold
from delivery.models import Dispatch, Message, MessageFact
from tests.cast import make_contact

pytestmark = pytest.mark.django_db
AT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@pytest.fixture
def kept(workspace: Workspace) -> Contact:
    return make_contact(workspace, "ann@kea.example")


@pytest.fixture
def merged(workspace: Workspace) -> Contact:
    return make_contact(workspace, "ann@tui.example")


@pytest.fixture
def dispatch(workspace: Workspace) -> Dispatch:
    return Dispatch.objects.create(workspace=workspace, source_kind="campaign", source_id=1, occurrence=AT, name="News")


def message(contact: Contact, dispatch: Dispatch | None, status: str = "pending", **fields: Any) -> Message:
    return Message.objects.create(
        workspace=contact.workspace, dispatch=dispatch, contact=contact, purpose="marketing", recipient=contact.email,
        status=status, created_at=AT, due_at=AT, **fields,
    )  # fmt: skip


def merge(kept: Contact, merged: Contact) -> Any:
    return merge_contacts(workspace=kept.workspace, keep=kept.public_id, merge=[merged.public_id]).batch


def told(*messages: Message) -> list[tuple[str, str]]:
    return [Message.objects.values_list("status", "reason").get(pk=row.pk) for row in messages]


def test_messages_and_facts_follow(kept: Contact, merged: Contact, dispatch: Dispatch) -> None:
    row = message(merged, dispatch, "sent")
    MessageFact.objects.create(
        workspace=kept.workspace, message=row, contact=merged, action="opened", at=AT, last_at=AT
    )

    merge(kept, merged)

    assert list(Message.objects.values_list("contact", "step")) == [(kept.pk, 0)]
    assert list(MessageFact.objects.values_list("contact", flat=True)) == [kept.pk]


def test_of_two_that_wait_the_older_goes_out(kept: Contact, merged: Contact, dispatch: Dispatch) -> None:
    older, younger = message(merged, dispatch), message(kept, dispatch)

    merge(kept, merged)

    assert told(older, younger) == [("pending", ""), ("skipped", "merged")]
    assert set(Message.objects.values_list("contact", flat=True)) == {kept.pk}


@pytest.mark.parametrize("status", ["sent", "sending", "unknown"])
@pytest.mark.parametrize("waiting", ["pending", "claimed"])
def test_one_on_its_way_is_enough(
    kept: Contact, merged: Contact, dispatch: Dispatch, status: str, waiting: str
) -> None:
    gone, left = message(kept, dispatch, status), message(merged, dispatch, waiting)

    merge(kept, merged)

    assert told(gone, left) == [(status, ""), ("skipped", "merged")]


@pytest.mark.parametrize("status", ["skipped", "failed", "cancelled"])
def test_one_that_never_went_out_stops_nobody(kept: Contact, merged: Contact, dispatch: Dispatch, status: str) -> None:
    never, waiting = message(kept, dispatch, status), message(merged, dispatch)

    merge(kept, merged)

    assert told(never, waiting) == [(status, ""), ("pending", "")]


def test_message_that_a_sender_has_claimed_is_not_attempted(kept: Contact, merged: Contact, dispatch: Dispatch) -> None:
    message(kept, dispatch, "sent")
    claimed = message(merged, dispatch)

    merge(kept, merged)

    assert hold(owner=uuid.uuid4(), tracked={claimed.pk: False}) == set()


def test_three_of_one_campaign_stand_in_nobodys_way(
    kept: Contact, merged: Contact, dispatch: Dispatch, workspace: Workspace
) -> None:
    third = make_contact(workspace, "ann@third.example")
    rows = [message(contact, dispatch) for contact in (kept, merged, third)]

    merge(kept, merged)
    merge(kept, third)

    assert told(*rows) == [("pending", ""), ("skipped", "merged"), ("skipped", "merged")]
    assert set(Message.objects.values_list("step", flat=True)) == {0, -1, -2}


def test_undo_gives_the_messages_back(kept: Contact, merged: Contact, dispatch: Dispatch) -> None:
    first, second = message(kept, dispatch, "sent"), message(merged, dispatch, "sent")
    alone = message(merged, None, "sent")
    batch = merge(kept, merged)

    undo_batch(batch=batch)

    owners = dict(Message.objects.values_list("pk", "contact"))
    assert owners == {first.pk: kept.pk, second.pk: merged.pk, alone.pk: merged.pk}
    assert set(Message.objects.values_list("step", flat=True)) == {0}


def test_dropped_message_stays_dropped_after_the_undo(kept: Contact, merged: Contact, dispatch: Dispatch) -> None:
    gone, left = message(kept, dispatch, "sent"), message(merged, dispatch)
    batch = merge(kept, merged)

    undo_batch(batch=batch)

    assert told(gone, left) == [("sent", ""), ("skipped", "merged")]


def test_message_frozen_while_they_became_one_does_not_go_out_twice(
    kept: Contact, merged: Contact, dispatch: Dispatch
) -> None:
    first = message(kept, dispatch)
    merge(kept, merged)
    late = message(merged, dispatch)

    assert adopt_late_rows() == 1

    assert told(first, late) == [("pending", ""), ("skipped", "merged")]
    assert set(Message.objects.values_list("contact", flat=True)) == {kept.pk}
