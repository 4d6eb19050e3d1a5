"""The installation's own do-not-write list as a page, for those who run it."""

import hashlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from consent import installation_forms
from consent.models import GlobalSuppression, GlobalSuppressionChange
from consent.services.global_suppressions import add_everywhere
from consent.suppression_file import entry_of
from core.crypto import address_hash
from tests.cast import client_of

pytestmark = pytest.mark.django_db

LIST, BRING = "/installation/suppressions/", "/installation/suppressions/list/"
ADA = "ada@example.org"


@pytest.fixture
def operator(owner) -> Client:
    """Alice, who also runs the installation."""
    owner.is_operator = True
    owner.save()
    return client_of(owner)


def add(*texts: str, reason: str = "legal") -> None:
    add_everywhere(entries=[entry_of(text) for text in texts], reason=reason)


def entry(**found: object) -> GlobalSuppression:
    return GlobalSuppression.objects.get(**found)


def changes() -> list[tuple[str, int, str, str, str]]:
    rows = GlobalSuppressionChange.objects.order_by("id")
    return [(row.action, row.count, row.subject, row.reason, row.note) for row in rows]


def addresses() -> list[str]:
    add("example.net")
    change = GlobalSuppressionChange.objects.get()
    return [
        LIST,
        BRING,
        reverse("installation:remove", args=[entry(domain="example.net").public_id]),
        reverse("installation:take_list_back", args=[change.public_id]),
    ]


def test_whoever_does_not_run_the_installation_finds_nothing(owner, stranger):
    for path in addresses():
        for client in (client_of(owner), client_of(stranger)):
            assert (client.get(path).status_code, client.post(path).status_code) == (404, 404)
        assert Client().get(path).status_code == 302
    assert GlobalSuppression.objects.count() == 1


def test_only_who_runs_it_sees_the_way_there(operator, teammate, workspace):
    home = f"/w/{workspace.slug}/consent/"
    assert LIST in operator.get(home).content.decode()
    assert LIST not in client_of(teammate).get(home).content.decode()


def test_one_is_added_with_who_and_why(operator, owner):
    assert operator.post(LIST, {"what": "Ada@Example.org", "reason": "legal", "note": "Letter"}).status_code == 302
    row = entry()
    assert (bytes(row.address_hash), row.reason, row.note) == (address_hash(ADA), "legal", "Letter")
    assert changes() == [("added", 1, "", "legal", "Letter")]
    assert GlobalSuppressionChange.objects.get().actor == owner
    assert f"{ADA} is on the list." in operator.get(LIST).content.decode()
    html = operator.get(LIST).content.decode()  # said once, and never again
    assert "Added 1 entry" in html
    assert ADA not in html


def test_nonsense_is_explained_and_nothing_is_added(operator):
    answer = operator.post(LIST, {"what": "nonsense", "reason": "legal"})
    assert (answer.status_code, "neither an address nor a domain" in answer.content.decode()) == (422, True)
    assert (GlobalSuppression.objects.count(), changes()) == (0, [])


@pytest.mark.parametrize("text", [ADA, " Ada@Example.ORG ", "example.org", hashlib.md5(b"ada@example.org").hexdigest()])
def test_search_finds_what_stops_an_exact_address(operator, text):
    what = text.strip() if "@" in text else text
    add(what)
    found = operator.get(LIST, {"search": ADA if "@" in text or "." not in text else text}).context["rows"]
    assert len(found) == 1


def test_search_of_a_part_finds_nothing_and_says_why(operator):
    add(ADA, "example.net")
    html = operator.get(LIST, {"search": "ada@exa"}).content.decode()
    assert "Nothing on the list stops it" in html
    assert "a part of one finds nothing" in html


def test_address_is_found_by_its_domain(operator):
    add("example.net")
    assert [row.domain for row in operator.get(LIST, {"search": "bo@example.net"}).context["rows"]] == ["example.net"]


def test_list_is_taken_in_as_a_whole_and_counted(operator):
    digest = hashlib.sha256(b"cy@example.org").hexdigest()
    file = SimpleUploadedFile("list.csv", f"email\n{ADA}\nexample.net\n{digest}\nrubbish\n".encode())
    answer = operator.post(BRING, {"file": file, "reason": "complaint", "note": "Old system"}, follow=True)
    html = answer.content.decode()
    assert "3 entries are new or stronger. 1 line could not be read and was left out." in html
    assert changes() == [("added", 3, "", "complaint", "Old system")]
    assert bytes(entry(plain_digest__isnull=False).plain_digest).hex() == digest


def test_list_that_is_too_long_adds_nothing(operator, monkeypatch):
    monkeypatch.setattr(installation_forms, "MAX_LINES", 2)
    answer = operator.post(BRING, {"text": "a.example\nb.example\nc.example", "reason": "manual"})
    assert (answer.status_code, "Nothing was taken in" in answer.content.decode()) == (422, True)
    assert not GlobalSuppression.objects.exists()


@pytest.mark.parametrize("text", ["", "   \n", "rubbish\nmore rubbish", "\x00\x00"])
def test_list_without_a_readable_line_adds_nothing(operator, text):
    assert operator.post(BRING, {"text": text, "reason": "manual"}).status_code == 422
    assert not GlobalSuppression.objects.exists()


def test_binary_file_is_refused_with_words(operator):
    file = SimpleUploadedFile("list.csv", bytes(range(256)) * 8)
    answer = operator.post(BRING, {"file": file, "reason": "manual"})
    assert (answer.status_code, "No line of this list can be read" in answer.content.decode()) == (422, True)


def test_entry_goes_with_a_reason_that_is_kept(operator, owner):
    add("example.net")
    path = reverse("installation:remove", args=[entry().public_id])
    assert "@example.net" in operator.get(path).content.decode()
    assert operator.post(path, {"note": ""}).status_code == 422
    assert GlobalSuppression.objects.exists()
    assert operator.post(path, {"note": "They wrote again"}).status_code == 302
    assert not GlobalSuppression.objects.exists()
    assert changes()[-1] == ("removed", 1, "example.net", "legal", "They wrote again")
    assert operator.get(path).status_code == 404


def test_reasons_narrow_the_list_and_nonsense_in_the_address_does_no_harm(operator):
    add(ADA)
    add("example.net", reason="manual")
    assert [row.domain for row in operator.get(LIST, {"reason": "manual"}).context["rows"]] == ["example.net"]
    answer = operator.get(LIST, {"reason": "\x00", "after": "nothing", "search": "\x00"})
    assert (answer.status_code, len(answer.context["rows"])) == (200, 2)


def test_page_asks_the_same_questions_for_many_entries(operator, django_assert_max_num_queries):
    add(*(f"d{place}.example" for place in range(60)))
    with django_assert_max_num_queries(12):
        answer = operator.get(LIST)
    assert (len(answer.context["rows"]), bool(answer.context["older"])) == (50, True)


def test_list_is_taken_back_as_a_whole_and_what_stood_before_stays(operator, owner):
    add(ADA, reason="manual")
    operator.post(BRING, {"text": f"{ADA}\nexample.net\nbo@example.org\n", "reason": "legal", "note": "Wrong file"})
    brought = GlobalSuppressionChange.objects.lists().get()
    path = reverse("installation:take_list_back", args=[brought.public_id])
    assert path in operator.get(LIST).content.decode()
    assert "Take 2 entries off" in operator.get(path).content.decode()
    assert operator.post(path, {"note": ""}).status_code == 422
    assert GlobalSuppression.objects.count() == 3
    html = operator.post(path, {"note": "It was the list of our customers"}, follow=True).content.decode()
    assert "2 entries are off the list." in html
    assert path not in html
    left = entry()
    assert (bytes(left.address_hash), left.reason) == (address_hash(ADA), "legal")
    assert changes()[-1] == ("removed", 2, "", "legal", "It was the list of our customers")
    assert GlobalSuppressionChange.objects.newest()[0].actor == owner
    again = operator.post(path, {"note": "Once more"}, follow=True).content.decode()
    assert "Nothing of it was on the list any more." in again
    assert len(changes()) == 3


def test_entry_added_by_hand_is_no_list_to_take_back(operator):
    operator.post(LIST, {"what": ADA, "reason": "legal", "note": ""})
    path = reverse("installation:take_list_back", args=[GlobalSuppressionChange.objects.get().public_id])
    assert path not in operator.get(LIST).content.decode()
    assert (operator.get(path).status_code, operator.post(path, {"note": "x"}).status_code) == (404, 404)
    assert GlobalSuppression.objects.count() == 1


def test_list_that_brings_nothing_new_leaves_no_trace(operator):
    add(ADA, "example.net")
    operator.post(BRING, {"text": f"{ADA}\nexample.net", "reason": "legal"})
    assert changes() == [("added", 2, "", "legal", "")]
