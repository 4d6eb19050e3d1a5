"""Going on later by a link that was mailed: on another device, for a while, and without harm from programs."""

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client

from core import clock
from delivery.models import Message
from delivery.sealing import open_words
from flows.models import FlowSession, MailedKey
from tests.flows.pages.documents import QUIZ
from tests.flows.pages.test_public import fields, home, publish

pytestmark = pytest.mark.django_db


def resuming(**saving: Any) -> dict[str, Any]:
    return {**QUIZ, "settings": {"save_resume": {"enabled": True, **saving}}}


@pytest.fixture
def flow(workspace, owner):
    return publish(workspace, owner, resuming(expires_days=3))


@pytest.fixture
def visitor() -> Client:
    return Client(headers={"accept-language": "en"})


def begin(flow: Any, client: Client) -> str:
    form = fields(client.get(home(flow)).content.decode(), view="lake")
    there: str = client.post(home(flow), form).headers["Location"]
    return there


def ask(client: Client, there: str, address: str, **typed: str) -> str:
    page = client.get(there).content.decode()
    html: str = client.post(there, {**fields(page, **typed), "do": "later", "later": address}).content.decode()
    return html


def link() -> str:
    found = re.search(r"/f/\S+/s/\S+/", open_words(Message.objects.latest("pk").data)["text"])
    assert found
    return found[0]


def test_link_from_the_mail_goes_on_where_somebody_was(flow, visitor):
    there = begin(flow, visitor)
    html = ask(visitor, there, "ana@kea.example", name="Ana")
    assert "The link is on its way to your mailbox" in html
    assert 'value="Ana"' in html
    assert Message.objects.get().recipient == "ana@kea.example"

    other = Client(headers={"accept-language": "en"})
    page = other.get(link()).content.decode()
    assert link() != there
    assert "Question 2 of 2" in page
    assert other.post(link(), fields(page, name="Ana", nights="3")).status_code == 303
    session = FlowSession.objects.get()
    assert (session.status, session.answers["name"]) == ("completed", "Ana")


def test_programs_that_follow_the_link_change_nothing(flow, visitor):
    ask(visitor, begin(flow, visitor), "ana@kea.example")
    before = FlowSession.objects.values().get()
    for _time in range(3):
        Client().get(link())
        Client().head(link())

    assert FlowSession.objects.values().get() == before
    assert MailedKey.objects.values_list("tries", "used_at").get() == (0, None)


def test_link_runs_out_with_the_flow_s_days(flow, visitor, monkeypatch):
    ask(visitor, begin(flow, visitor), "ana@kea.example")
    address = link()
    secret = address.rstrip("/").rpartition("/")[2]
    assert secret not in str(MailedKey.objects.values().get())
    assert secret not in str(Message.objects.get().data)
    moment = clock.now() + dt.timedelta(days=3, minutes=1)
    monkeypatch.setattr("flows.services.keys.now", lambda: moment)

    gone = Client(headers={"accept-language": "en"}).get(address)
    assert gone.status_code == 404
    assert "has run out. You can begin again." in gone.content.decode()


@pytest.mark.parametrize(
    "typed", ["", "ana", "ana@kea", "a@b@c.example", "\x00", "x" * 5_000, "a\r\nBcc: b@kea.example"]
)
def test_what_is_no_address_is_said_and_nothing_mailed(flow, visitor, typed):
    html = ask(visitor, begin(flow, visitor), typed, name="Ana")

    assert "so no link was mailed" in html
    assert 'value="Ana"' in html
    assert not Message.objects.exists()


def test_sixth_mail_within_an_hour_is_not_sent(flow, visitor):
    there = begin(flow, visitor)
    for _time in range(5):
        ask(visitor, there, "ana@kea.example")
    html = ask(visitor, there, "ana@kea.example")

    assert "Copy the address of this page instead" in html
    assert Message.objects.count() == 5


@pytest.mark.parametrize("saving", [{"via": ["cookie"]}, {"enabled": False}])
def test_flow_that_does_not_want_it_offers_and_mails_nothing(workspace, owner, visitor, saving):
    flow = publish(workspace, owner, resuming(**saving))
    there = begin(flow, visitor)

    assert 'name="later"' not in visitor.get(there).content.decode()
    ask(visitor, there, "ana@kea.example")
    assert not Message.objects.exists()


def test_link_of_another_flow_opens_nothing(flow, visitor, workspace, owner):
    ask(visitor, begin(flow, visitor), "ana@kea.example")
    other = publish(workspace, owner, resuming(), "other")

    assert visitor.get(link().replace(str(flow.public_id), str(other.public_id))).status_code == 404
