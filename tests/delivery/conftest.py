"""A workspace ready to send, and a sender process that talks to a real SMTP server."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Workspace
from channels.models import Sender
from consent.models import ConsentState, Topic
from contacts.models import Contact
from content.models import ContentVersion
from delivery.models import Dispatch
from delivery.sender_process import SenderProcess
from delivery.services import Arm, Audience, Plan, freeze_audience, open_dispatch
from tests.cast import make_contact

AUDIENCE = "SELECT id FROM contacts_contact WHERE workspace_id = %s"


@pytest.fixture
def topic(workspace: Workspace) -> Topic:
    """What people agreed to hear about."""
    return Topic.objects.create(workspace=workspace, key="news", name="Cabin news")


@pytest.fixture
def sender(workspace: Workspace) -> Sender:
    """A verified From address."""
    return Sender.objects.create(
        workspace=workspace, name="Aroha", email="aroha@kea.example", reply_to="desk@kea.example",
        verified_at=timezone.now(),
    )  # fmt: skip


@pytest.fixture
def version(workspace: Workspace) -> ContentVersion:
    """A pinned message with one link."""
    return ContentVersion.objects.create(
        workspace=workspace,
        sha256=b"1" * 32,
        subject="{{ contact.first_name | default: 'You' }}, the lake is warm",
        html="<html><body><p>Kia ora {{ contact.first_name }}</p>"
        "<a href='{{ links[0] }}'>See it</a>{{ pixel }}</body></html>",
        text="Kia ora {{ contact.first_name }}\n{{ links[0] }}\n{{ unsubscribe_url }}\n",
        links=["https://kea.example/lake"],
    )


@pytest.fixture
def agreed(workspace: Workspace, topic: Topic) -> Callable[..., Contact]:
    """Make a contact that agreed to the topic."""

    def make(email: str, *, tracking: bool = False, **fields: Any) -> Contact:
        contact = make_contact(workspace, email, **fields)
        purposes = [("marketing", topic)] + ([("tracking", None)] if tracking else [])
        for purpose, about in purposes:
            ConsentState.objects.create(
                workspace=workspace, contact=contact, channel="email", topic=about, purpose=purpose,
                state="granted", basis="express", changed_at=timezone.now(),
            )  # fmt: skip
        return contact

    return make


@pytest.fixture
def launch(workspace: Workspace, topic: Topic, sender: Sender, version: ContentVersion) -> Callable[[], Dispatch]:
    """Freeze everybody in the workspace into a dispatch."""

    def start() -> Dispatch:
        dispatch, _created = open_dispatch(
            workspace=workspace, source=("campaign", 1), occurrence=timezone.now(), name="Lake"
        )
        freeze_audience(
            dispatch=dispatch,
            audience=Audience(AUDIENCE, [workspace.pk], topic),
            plan=Plan(due_at=timezone.now(), arms=[Arm(sender, version)]),
        )
        return dispatch

    return start


@pytest.fixture
def process(tmp_path: Path, db: Any) -> Iterator[SenderProcess]:
    """A sender process with its journal in a place of its own."""
    sender = SenderProcess(tmp_path)
    yield sender
    sender.close()
