"""A code that is mailed and typed: right, wrong, too late, too often, to another address, without a script."""

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core import clock
from delivery.models import Message
from delivery.sealing import open_words
from flows.answers import FlowProblem
from flows.models import FlowSession, MailedKey
from flows.services import create_flow, publish_flow
from flows.services.keys import DAY, sweep_keys
from tests.cast import client_of
from tests.flows.pages.test_public import fields, home, publish

pytestmark = pytest.mark.django_db

EMAIL = {"key": "who", "blocks": [{"type": "email", "key": "email", "label": "Your e-mail", "required": True}]}
CODE = {"type": "otp", "key": "code", "label": "The code", "required": True}
NAME = {"type": "short_text", "key": "name", "label": "Your name"}
PROOF: dict[str, Any] = {
    "schema_version": "1.0",
    "kind": "form",
    "name": "Proof",
    "default_locale": "en",
    "steps": [EMAIL, {"key": "proof", "blocks": [CODE, NAME]}],
    "endings": [{"key": "done", "type": "screen", "title": "Thank you"}],
}


@pytest.fixture
def flow(workspace, owner):
    return publish(workspace, owner, PROOF, "proof")


@pytest.fixture
def visitor() -> Client:
    return Client(headers={"accept-language": "en"})


@pytest.fixture
def later(monkeypatch):
    """Let time pass for the application and for whoever reads its clock."""

    def wait(**much: float) -> None:
        moment = clock.now() + dt.timedelta(**much)
        for name in ("sessions", "codes", "keys", "going_on"):
            monkeypatch.setattr(f"flows.services.{name}.now", lambda: moment)

    return wait


def begin(flow: Any, client: Client, email: str = "ana@kea.example") -> str:
    """Give an address; where the question for the code is."""
    form = fields(client.get(home(flow)).content.decode(), email=email)
    address: str = client.post(home(flow), form).headers["Location"]
    return address


def mails() -> list[dict[str, Any]]:
    return [open_words(one.data) for one in Message.objects.order_by("pk")]


def code() -> str:
    """The code of the newest mail."""
    found = re.search(r"[0-9]{6}", mails()[-1]["subject"])
    assert found
    return found[0]


def wrong() -> str:
    return f"{(int(code()) + 1) % 10**6:06d}"


def type_in(client: Client, there: str, typed: str, **more: Any) -> Any:
    return client.post(there, fields(client.get(there).content.decode(), code=typed, **more))


def press(client: Client, there: str, button: str, **more: Any) -> str:
    form = {**fields(client.get(there).content.decode()), "do": button, **more}
    html: str = client.post(there, form).content.decode()
    return html


def test_code_from_the_mail_is_typed_and_proves_the_address(flow, visitor):
    there = begin(flow, visitor, "Ana@Kea.example")
    page = visitor.get(there).content.decode()

    assert "We have mailed six digits to <bdi>Ana@kea.example</bdi>" in page
    assert 'autocomplete="one-time-code"' in page
    message = Message.objects.get()
    assert (message.recipient, message.purpose, message.contact) == ("Ana@kea.example", "transactional", None)
    done = type_in(visitor, there, code(), name="Ana")
    assert done.status_code == 303
    session = FlowSession.objects.get()
    assert session.status == "completed"
    assert session.answers["code"] == {"status": "verified", "email": "Ana@kea.example"}


def test_neither_the_queue_nor_the_table_tells_the_code(flow, visitor):
    begin(flow, visitor)
    digits, key = code(), MailedKey.objects.get()

    assert digits not in str(Message.objects.get().data)
    assert digits.encode() not in bytes(key.digest)
    assert b"ana" not in bytes(key.address)
    assert key.expires_at - key.sent_at < dt.timedelta(minutes=16)


def test_looking_at_the_page_mails_nothing(flow, visitor):
    there = begin(flow, visitor)
    for _time in range(3):
        visitor.get(there)
        visitor.head(there)

    assert Message.objects.count() == 1


def test_wrong_code_goes_nowhere_and_what_else_was_typed_stays(flow, visitor):
    there = begin(flow, visitor)
    answer = type_in(visitor, there, wrong(), name="Ana")
    html = answer.content.decode()

    assert answer.status_code == 422
    assert "That is not the code from our newest mail." in html
    assert 'value="Ana"' in html
    assert FlowSession.objects.get().status == "active"
    assert type_in(visitor, there, code()).status_code == 303


def test_digits_of_other_keyboards_and_blanks_are_read(flow, visitor):
    there = begin(flow, visitor)
    typed = " ".join(code()).translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))

    assert type_in(visitor, there, typed).status_code == 303
    assert FlowSession.objects.get().status == "completed"


def test_after_five_tries_not_even_the_right_code_is_taken(flow, visitor):
    there = begin(flow, visitor)
    first = code()
    for _time in range(5):
        html = type_in(visitor, there, wrong()).content.decode()
    assert "tried too often" in html

    assert "tried too often" in type_in(visitor, there, first).content.decode()
    assert MailedKey.objects.get().tries == 5
    assert FlowSession.objects.get().status == "active"


def test_old_code_has_run_out_and_a_new_one_is_a_button_away(flow, visitor, later):
    there = begin(flow, visitor)
    old = code()
    later(minutes=16)
    assert "no longer good" in visitor.get(there).content.decode()
    assert "has run out" in type_in(visitor, there, old).content.decode()

    assert "A new code is on its way" in press(visitor, there, "again", **{"a.name": "Ana"})
    assert len(mails()) == 2
    assert "not the code" in type_in(visitor, there, old).content.decode()
    assert type_in(visitor, there, code()).status_code == 303


def test_button_keeps_what_was_typed_and_twice_is_one_mail(flow, visitor, later):
    there = begin(flow, visitor)
    later(seconds=30)

    assert 'value="Ana"' in press(visitor, there, "again", **{"a.name": "Ana"})
    press(visitor, there, "again")
    assert len(mails()) == 2


def test_address_gets_five_codes_an_hour_whoever_asks(flow, later):
    for _person in range(7):
        there = begin(flow, Client(headers={"accept-language": "en"}))
    visitor = Client(headers={"accept-language": "en"})

    assert len(mails()) == 5
    assert "No code could be mailed just now" in visitor.get(there).content.decode()
    assert "No more codes can be mailed for now" in press(visitor, there, "again")
    later(hours=2)
    press(visitor, there, "again")
    assert len(mails()) == 6


def test_visitor_causes_no_more_than_twenty_mails_an_hour(workspace, owner, visitor):
    flow = publish(workspace, owner, {**PROOF, "settings": {"spam": {"pow": "off"}}}, "open")
    for number in range(22):
        begin(flow, visitor, f"guess{number}@kea.example")

    assert len(mails()) == 20


def test_another_address_needs_a_code_of_its_own(flow, visitor):
    there = begin(flow, visitor)
    first = code()
    press(visitor, there, "back")
    form = fields(visitor.get(there).content.decode(), email="bo@kea.example")
    visitor.post(there, form)

    assert [one.recipient for one in Message.objects.order_by("pk")] == ["ana@kea.example", "bo@kea.example"]
    if first != code():
        assert "not the code" in type_in(visitor, there, first).content.decode()
    type_in(visitor, there, code())
    assert FlowSession.objects.get().answers["code"] == {"status": "verified", "email": "bo@kea.example"}


def test_confirmed_once_is_not_asked_again(workspace, owner, visitor):
    more = {"key": "more", "blocks": [{"type": "yes_no", "key": "news", "label": "News?"}]}
    flow = publish(workspace, owner, {**PROOF, "steps": [*PROOF["steps"], more]}, "more")
    there = begin(flow, visitor)
    type_in(visitor, there, code())
    press(visitor, there, "back")
    page = visitor.get(there).content.decode()

    assert "<bdi>ana@kea.example</bdi> is confirmed." in page
    assert 'name="a.code"' not in page
    assert page.count("(if you like)") == 1  # that is the name
    visitor.post(there, fields(page, name="Ana"))
    visitor.post(there, fields(visitor.get(there).content.decode(), news="yes"))
    assert FlowSession.objects.get().status == "completed"
    assert len(mails()) == 1


def test_code_of_one_session_opens_no_other(flow):
    one, two = Client(), Client()
    there = begin(flow, one, "ana@kea.example")
    stolen = code()
    other = begin(flow, two, "bo@kea.example")

    if stolen != code():
        assert type_in(two, other, stolen).status_code == 422
    assert type_in(one, there, stolen).status_code == 303


@pytest.mark.parametrize("typed", ["", " ", "\x00", "9" * 100_000, "{}", "verified", "１２３４５６", "\u202e123456"])
def test_anything_else_typed_is_refused(flow, visitor, typed):
    there = begin(flow, visitor)

    assert type_in(visitor, there, typed).status_code == 422
    assert FlowSession.objects.get().status == "active"


def test_code_nobody_has_to_type_can_be_left_out(workspace, owner, visitor):
    steps = [EMAIL, {"key": "proof", "blocks": [{**CODE, "required": False}, NAME]}]
    flow = publish(workspace, owner, {**PROOF, "steps": steps}, "free")
    there = begin(flow, visitor)

    assert type_in(visitor, there, "").status_code == 303
    assert "code" not in FlowSession.objects.get().answers


def test_whoever_runs_the_flow_reads_which_address_was_confirmed(workspace, owner, visitor):
    flow = publish(workspace, owner, {**PROOF, "settings": {"review_before_submit": True}}, "looked-over")
    there = begin(flow, visitor)
    type_in(visitor, there, code(), name="Ana")
    assert "<bdi>ana@kea.example</bdi>" in visitor.get(there).content.decode()
    visitor.post(there, {"do": "confirm"})
    session, desk, args = FlowSession.objects.get(), client_of(owner), [workspace.slug, flow.public_id]

    assert session.status == "completed"
    assert "ana@kea.example" in desk.get(reverse("flows:response", args=[*args, session.public_id])).text
    assert desk.get(reverse("flows:results", args=args)).status_code == 200
    assert "ana@kea.example" in b"".join(desk.get(reverse("flows:responses-csv", args=args))).decode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"steps": [{"key": "proof", "blocks": [CODE]}]}, "has no address to go to"),
        ({"steps": [{"key": "a", "blocks": [EMAIL["blocks"][0], CODE]}]}, "has no address to go to"),  # type: ignore[index]
        ({"settings": {"mode": "chat"}}, "A chat cannot ask for mailed codes"),
    ],
)
def test_code_that_cannot_be_mailed_or_typed_is_not_published(workspace, owner, change, words):
    row = create_flow(workspace=workspace, actor=owner, name="Proof", document={**PROOF, **change}, key="proof")

    with pytest.raises(FlowProblem, match=words):
        publish_flow(flow=row, actor=owner)
    row.refresh_from_db()
    assert row.status == "draft"


def test_codes_are_swept_a_day_after_they_ran_out(flow, visitor, later):
    begin(flow, visitor)
    assert sweep_keys() == 0
    later(seconds=DAY.total_seconds() + 3_600)

    assert sweep_keys() == 1
    assert not MailedKey.objects.exists()
