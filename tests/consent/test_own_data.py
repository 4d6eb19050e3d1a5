"""One's own data behind a mailed code: taken along, corrected, restricted, erased."""

import datetime as dt
import json
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from consent import links
from consent.models import AccessCode
from consent.services.access import code_of
from contacts.models import AddressChange, Contact, Restriction, RightsRequest
from delivery.models import Message
from events.models import Event
from events.services import run_due_handlers
from tests.consent.conftest import ADDRESS


def mailed(visitor: Client, url: str, contact: Contact) -> str:
    visitor.post(url + "data/", {"action": "send"})
    return code_of(AccessCode.objects.get(contact=contact))


def opened(visitor: Client, url: str, contact: Contact) -> str:
    html = visitor.post(url + "data/", {"action": "open", "code": mailed(visitor, url, contact)}).content.decode()
    found = re.search(r'name="key" value="([^"]+)"', html)
    assert found
    return found[1]


def test_the_code_is_mailed_and_opens(
    visitor: Client, url: str, contact: Contact, django_capture_on_commit_callbacks: Any
) -> None:
    assert ADDRESS not in visitor.get(url + "data/").content.decode()
    assert not AccessCode.objects.exists()
    code = mailed(visitor, url, contact)
    run_due_handlers()
    mail = Message.objects.get(recipient=ADDRESS)
    assert mail.purpose == "service"
    assert mail.data is not None
    assert code in mail.data["text"]
    assert code in mail.data["html"]
    spaced = f" {code[:3]} {code[3:]} "
    html = visitor.post(url + "data/", {"action": "open", "code": spaced}).content.decode()
    assert ADDRESS in html
    arabic = code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert visitor.post(url + "data/", {"action": "open", "code": arabic}).status_code == 200


def test_a_wrong_code_opens_nothing_and_five_close_it(visitor: Client, url: str, contact: Contact) -> None:
    code = mailed(visitor, url, contact)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for _try in range(5):
        assert visitor.post(url + "data/", {"action": "open", "code": wrong}).status_code == 422
    assert visitor.post(url + "data/", {"action": "open", "code": code}).status_code == 422
    assert AccessCode.objects.get(contact=contact).opened_at is None


@pytest.mark.parametrize("code", ["", "x", "١٢٣٤٥٦", "\0", "9" * 5000])
def test_nonsense_is_no_code(visitor: Client, url: str, contact: Contact, code: str) -> None:
    mailed(visitor, url, contact)
    assert visitor.post(url + "data/", {"action": "open", "code": code}).status_code == 422


def test_a_late_code_opens_nothing(visitor: Client, url: str, contact: Contact) -> None:
    code = mailed(visitor, url, contact)
    AccessCode.objects.update(expires_at=timezone.now())
    assert visitor.post(url + "data/", {"action": "open", "code": code}).status_code == 422


def test_a_new_code_ends_the_one_before(visitor: Client, url: str, contact: Contact) -> None:
    key = opened(visitor, url, contact)
    mailed(visitor, url, contact)
    assert visitor.post(url + "data/", {"action": "json", "key": key}).status_code == 422


def test_the_answer_is_the_same_with_and_without_an_address(visitor: Client, url: str, contact: Contact) -> None:
    with_address = visitor.post(url + "data/", {"action": "send"}).content
    for _time in range(5):
        assert visitor.post(url + "data/", {"action": "send"}).content == with_address
    assert Event.objects.filter(kind="consent.code_requested").count() == 5


def test_data_is_taken_along_as_json_and_html(visitor: Client, url: str, contact: Contact) -> None:
    key = opened(visitor, url, contact)
    answer = visitor.post(url + "data/", {"action": "json", "key": key})
    document = json.loads(b"".join(answer))  # type: ignore[call-overload]
    assert document["format"] == "rapport.person"
    assert 'filename="my-data.json"' in answer["Content-Disposition"]
    answer = visitor.post(url + "data/", {"action": "html", "key": key})
    assert ADDRESS in b"".join(answer).decode()  # type: ignore[call-overload]
    answer = visitor.post(url + "data/", {"action": "receipt", "key": key})
    assert (answer["Content-Type"], str(contact.public_id) in answer.content.decode()) == ("application/ld+json", True)
    kinds = RightsRequest.objects.values_list("kind", "source", "outcome")
    assert list(kinds) == [("access", "preferences", "done")] * 2


@pytest.mark.parametrize("action", ["json", "html", "receipt", "name", "address", "restrict", "erase", "nonsense"])
def test_nothing_happens_without_the_key(visitor: Client, url: str, contact: Contact, action: str) -> None:
    key = opened(visitor, url, contact)
    data = {"action": action, "email": "new@lake.example", "sure": "on", "first_name": "X"}
    assert visitor.post(url + "data/", data).status_code == 422
    AccessCode.objects.update(opened_at=timezone.now() - dt.timedelta(minutes=31))
    assert visitor.post(url + "data/", data | {"key": key}).status_code == 422
    contact.refresh_from_db()
    assert (contact.first_name, RightsRequest.objects.count(), AddressChange.objects.count()) == ("لينا", 0, 0)


def test_somebody_elses_key_opens_nothing(visitor: Client, url: str, contact: Contact) -> None:
    other = Contact.objects.create(workspace=contact.workspace, email="omar@lake.example")
    key = opened(visitor, links.preferences_url(other.public_id), other)
    assert visitor.post(url + "data/", {"action": "json", "key": key}).status_code == 422


def test_name_and_address_are_corrected(visitor: Client, url: str, contact: Contact) -> None:
    key = opened(visitor, url, contact)
    visitor.post(url + "data/", {"action": "name", "key": key, "first_name": "Lina", "last_name": "Haddad"})
    contact.refresh_from_db()
    assert (contact.first_name, contact.last_name) == ("Lina", "Haddad")
    answer = visitor.post(url + "data/", {"action": "address", "key": key, "email": "lina@new.example"})
    assert "We wrote to the new address." in answer.content.decode()
    contact.refresh_from_db()
    assert (AddressChange.objects.get().value, contact.email) == ("lina@new.example", ADDRESS)
    answer = visitor.post(url + "data/", {"action": "address", "key": key, "email": "nonsense"})
    assert answer.status_code == 422


def test_restricting_and_erasing_are_done_and_due(visitor: Client, url: str, contact: Contact) -> None:
    key = opened(visitor, url, contact)
    assert visitor.post(url + "data/", {"action": "erase", "key": key}).status_code == 422
    assert not Restriction.objects.exists()
    visitor.post(url + "data/", {"action": "restrict", "key": key})
    assert Restriction.objects.filter(contact=contact).exists()
    for _time in range(2):
        answer = visitor.post(url + "data/", {"action": "erase", "key": key, "sure": "on"})
        assert "We erase your data within 30 days." in answer.content.decode()
    request = RightsRequest.objects.get(kind="erasure")
    assert (request.source, request.outcome) == ("preferences", "open")
    assert "so no news reaches you" in visitor.get(url).content.decode()
