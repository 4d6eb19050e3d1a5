"""What a message's reader can reach, and what machines do with it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from consent.models import ConsentState
from contacts.models import Contact
from core.limits import is_over_limit
from delivery import tokens
from delivery.models import Dispatch, Message, MessageFact
from delivery.services import report_of
from delivery.services.links import links_of

Make = Callable[..., Contact]
Launch = Callable[[], Dispatch]
PERSON = {"HTTP_USER_AGENT": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Safari/604.1"}


@pytest.fixture
def message(agreed: Make, launch: Launch) -> Message:
    """A message sent an hour ago to somebody who agreed to be counted."""
    agreed("lina@lake.example", first_name="Lina", tracking=True)
    launch()
    Message.objects.update(status="sent", settled_at=timezone.now() - timedelta(hours=1), is_tracked=True)
    return Message.objects.get()


def facts() -> list[tuple[str, str, int]]:
    return list(MessageFact.objects.order_by("id").values_list("action", "verdict", "times"))


def test_click_leads_to_the_stored_target_and_is_counted(client: Client, message: Message) -> None:
    response = client.get(tokens.click_url(message.public_id, 0), **PERSON)

    assert (response.status_code, response["Location"]) == (302, "https://kea.example/lake")
    assert facts() == [("clicked", "human", 1)]
    assert report_of(message.dispatch).clicked == {"human": 1, "machine": 0, "uncertain": 0}
    assert [(one.label, one.target, one.people) for one in links_of(message.dispatch)] == [
        ("See it", "https://kea.example/lake", 1)
    ]


def test_repeated_click_is_one_fact(client: Client, message: Message) -> None:
    for _ in range(3):
        client.get(tokens.click_url(message.public_id, 0), **PERSON)

    assert facts() == [("clicked", "human", 3)]


def test_head_request_counts_nothing(client: Client, message: Message) -> None:
    client.head(tokens.click_url(message.public_id, 0), **PERSON)
    client.head(tokens.open_url(message.public_id), **PERSON)

    assert facts() == []


def test_open_by_a_person_and_by_a_proxy_are_told_apart(client: Client, message: Message) -> None:
    client.get(tokens.open_url(message.public_id), **PERSON)
    client.get(tokens.open_url(message.public_id), HTTP_USER_AGENT="Mozilla/5.0")
    client.get(tokens.open_url(message.public_id), HTTP_USER_AGENT="Mozilla/5.0 (via ggpht.com GoogleImageProxy)")

    assert facts() == [("opened", "human", 1), ("opened", "machine", 1), ("opened", "uncertain", 1)]
    assert report_of(message.dispatch).opened == {"human": 1, "machine": 0, "uncertain": 0}


def test_click_within_two_seconds_is_a_scanner(client: Client, message: Message) -> None:
    Message.objects.update(settled_at=timezone.now())
    client.get(tokens.click_url(message.public_id, 0), **PERSON)

    assert facts() == [("clicked", "machine", 1)]


def test_withdrawn_tracking_holds_for_old_messages(client: Client, message: Message) -> None:
    ConsentState.objects.filter(purpose="tracking").update(state="withdrawn")

    response = client.get(tokens.click_url(message.public_id, 0), **PERSON)

    assert response.status_code == 302
    assert facts() == []


@pytest.mark.parametrize("token", ["", "x", "a" * 40, "//evil.example", "%00"])
def test_made_up_token_leads_nowhere(client: Client, message: Message, token: str) -> None:
    for path in (f"/c/{token}x", f"/o/{token}x.gif", f"/v/{token}x/"):
        assert client.get(path, **PERSON).status_code in {200, 404}
    assert facts() == []


def test_link_number_out_of_range_leads_nowhere(client: Client, message: Message) -> None:
    assert client.get(tokens.click_url(message.public_id, 7), **PERSON).status_code == 404


def test_unknown_message_becomes_sent_by_the_proof_of_a_click(client: Client, message: Message) -> None:
    Message.objects.update(status="unknown", reason="no_reply")
    client.get(tokens.click_url(message.public_id, 0), **PERSON)

    message.refresh_from_db()
    assert (message.status, message.reason) == ("sent", "")


def test_message_can_be_read_in_a_browser(client: Client, message: Message) -> None:
    response = client.get(tokens.view_url(message.public_id))

    assert "Kia ora Lina" in response.content.decode()
    assert "sandbox" in response["Content-Security-Policy"]


def test_limit_stops_counting_but_not_the_visitor(client: Client, message: Message) -> None:
    for _ in range(298):
        is_over_limit("open", "127.0.0.1", limit=300, seconds=60)
    answers = [client.get(tokens.open_url(message.public_id), **PERSON).status_code for _ in range(4)]
    assert answers == [200] * 4
    assert MessageFact.objects.get().times == 2
