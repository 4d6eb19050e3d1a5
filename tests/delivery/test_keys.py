"""What a message belongs to is there, though no foreign key says so (docs/adr/0023)."""

import uuid

import pytest
from django.db import IntegrityError, connection, transaction

from content.models import ContentVersion
from delivery.models import Dispatch, Message

NOBODY = 9_999_999
PARENTS = ("workspace_id", "dispatch_id", "sender_id", "topic_id", "content_version_id")


@pytest.fixture
def message(agreed, launch):
    agreed("lina@kea.example")
    launch()
    return Message.objects.get()


@pytest.mark.parametrize("parent", PARENTS)
def test_new_messages_of_nothing_are_refused(message, parent):
    message.pk, message.public_id, message.step = None, uuid.uuid4(), 1
    setattr(message, parent, NOBODY)
    with pytest.raises(IntegrityError, match=str(NOBODY)), transaction.atomic():
        message.save(force_insert=True)
    assert Message.objects.count() == 1


@pytest.mark.parametrize("parent", PARENTS)
def test_a_message_cannot_be_moved_to_nothing(message, parent):
    with pytest.raises(IntegrityError, match=str(NOBODY)), transaction.atomic():
        Message.objects.filter(pk=message.pk).update(**{parent: NOBODY})
    assert getattr(Message.objects.get(), parent) == getattr(message, parent)


@transaction.atomic
def remove_all(model):
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {model._meta.db_table}")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.parametrize("model", [Dispatch, ContentVersion])
def test_a_parent_with_messages_cannot_go(message, model):
    with pytest.raises(IntegrityError, match="still has messages"):
        remove_all(model)
    assert model.objects.exists()


def test_parents_go_with_their_messages(message):
    Message.objects.all().delete()
    remove_all(Dispatch)
    assert not Dispatch.objects.exists()


def test_a_message_without_parents_is_fine(db):
    Message.objects.create(
        purpose="system", recipient="a@b.example", created_at="2026-11-22T00:00Z", due_at="2026-11-22T00:00Z"
    )
    assert Message.objects.count() == 1


def test_identifiers_are_of_version_7_and_grow_with_time(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT rapport_uuid7() FROM generate_series(1, 100)")
        made = [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT pg_sleep(0.002), rapport_uuid7()")
        later = cursor.fetchone()[1]
    assert {(one.version, one.variant) for one in made} == {(7, uuid.RFC_4122)}
    assert len(set(made)) == 100
    assert later > max(made)
