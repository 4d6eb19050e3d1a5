"""One device, one entry: a cookie tells people apart who share a connection. And entries proven by a mailed code."""

import re
from typing import Any

import pytest
from django.test import Client

from contests.models import Entry, Refusal
from delivery.models import Message
from delivery.sealing import open_words
from flows.models import Flow
from flows.services import create_flow, publish_flow
from tests.contests.giveaway import document, published
from tests.flows.pages.test_public import fields, home

pytestmark = pytest.mark.django_db

ONE_A_DEVICE = [{"by": "device", "max": 1, "per": "campaign"}]
COOKIE = "entered"


def browser() -> Client:
    """A phone; everybody in these tests has the same one and sits behind the same address."""
    return Client(headers={"accept-language": "en", "user-agent": "Mozilla/5.0 (Linux; Android 15) Mobile"})


def send(flow: Flow, client: Client, email: str) -> Any:
    return client.post(home(flow), fields(client.get(home(flow)).content.decode(), email=email))


@pytest.fixture
def flow(workspace, owner) -> Flow:
    contest = published(workspace, owner, entry_limits=ONE_A_DEVICE)
    return Flow.objects.get(pk=contest.flow_id)


def test_people_who_share_a_connection_and_a_model_all_enter(flow):
    for name in ("ann", "bo", "cy"):
        send(flow, browser(), f"{name}@kea.example")

    assert Entry.objects.count() == 3
    assert not Refusal.objects.exists()


def test_same_browser_enters_once(flow):
    client = browser()
    send(flow, client, "ann@kea.example")
    send(flow, client, "bo@kea.example")

    assert Entry.objects.count() == 1
    assert Refusal.objects.get().reasons == ["limit_device"]


def test_cookie_comes_with_the_entry_and_not_before(flow):
    client = browser()
    client.get(home(flow))
    wrong = send(flow, client, "no address")
    assert COOKIE not in wrong.cookies
    assert client.cookies == {}

    cookie = send(flow, client, "ann@kea.example").cookies[COOKIE]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (home(flow), True, "Lax")
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", cookie.value)


@pytest.mark.parametrize("value", ["x", "x" * 5_000, "'; DROP", "ann@kea.example"])
def test_cookie_that_somebody_made_up_is_replaced(flow, value):
    client = browser()
    client.cookies[COOKIE] = value

    assert send(flow, client, "ann@kea.example").cookies[COOKIE].value != value
    assert Entry.objects.count() == 1


def test_flow_that_is_no_contest_gives_no_cookie(workspace, owner):
    plain = {name: value for name, value in document().items() if name != "contest"} | {"kind": "form"}
    row = create_flow(workspace=workspace, actor=owner, name="Form", document=plain, key="form")
    publish_flow(flow=row, actor=owner)

    assert COOKIE not in send(row, browser(), "ann@kea.example").cookies


def test_many_entries_of_a_phone_whose_cookies_are_cleared_still_show(workspace, owner):
    contest = published(workspace, owner, fraud={"action": "flag"}, entry_limits=ONE_A_DEVICE)
    flow = Flow.objects.get(pk=contest.flow_id)
    for number in range(4):
        send(flow, browser(), f"p{number}@kea.example")

    assert [entry.flags for entry in Entry.objects.order_by("seq")] == [[], [], [], ["shared_device"]]


def with_code(workspace: Any, owner: Any) -> Flow:
    """A contest that asks for a mailed code before its last question."""
    draft = document(verification="email_link")
    proof = {"key": "proof", "blocks": [{"type": "otp", "key": "code", "label": "Code"}]}
    row = create_flow(
        workspace=workspace, actor=owner, name="Win", document={**draft, "steps": [*draft["steps"], proof]}, key="win"
    )
    publish_flow(flow=row, actor=owner)
    row.refresh_from_db()
    return row


def test_code_typed_on_the_way_confirms_the_entry(workspace, owner):
    flow, client = with_code(workspace, owner), browser()
    there = send(flow, client, "Ann@kea.example").headers["Location"]
    code = re.search(r"[0-9]{6}", open_words(Message.objects.get().data)["subject"])
    assert code
    client.post(there, fields(client.get(there).content.decode(), code=code[0]))

    entry = Entry.objects.get()
    assert (entry.status, entry.mails_sent) == ("verified", 0)
    assert [open_words(one.data)["subject"][:10] for one in Message.objects.order_by("pk")][1:] == ["You are in"]


def test_without_the_code_the_entry_waits_for_its_link(workspace, owner):
    flow, client = with_code(workspace, owner), browser()
    there = send(flow, client, "ann@kea.example").headers["Location"]
    client.post(there, fields(client.get(there).content.decode(), code=""))

    entry = Entry.objects.get()
    assert (entry.status, entry.mails_sent) == ("pending", 1)
