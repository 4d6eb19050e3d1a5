"""Lists of suppressions from elsewhere: reading, counting, taking in, newcomers, taking back, bringing out."""

import csv
import hashlib
import io

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import AuditEntry
from consent.models import Suppression, SuppressionList
from consent.services import suppress_address
from consent.services import suppression_lists as service
from consent.services.suppression_lists import (
    discard_list,
    lift_list,
    match_newcomers,
    run_list,
    start_list,
    suppression_csv,
    upload_list,
)
from consent.suppression_file import Entry, entry_of, read_list
from core.crypto import address_hash
from tests.cast import client_of, make_contact


def sha(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()


def md5(address: str) -> str:
    return hashlib.md5(address.encode()).hexdigest()


@pytest.fixture(autouse=True)
def _own_media(tmp_path, settings) -> None:
    settings.MEDIA_ROOT = tmp_path


def taken_in(workspace, text: str, reason: str = "manual", actor=None, **values) -> SuppressionList:
    row = upload_list(workspace=workspace, file=text, name="Old tool", reason=reason, actor=actor, **values)
    return start_list(row=row, actor=actor)


def on_the_list(workspace) -> set[str]:
    rows = Suppression.objects.in_workspace(workspace)
    return {row.address or row.domain or bytes(row.plain_digest).hex() for row in rows}


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("Ada@Example.ORG", ("address", "ada@example.org")),
        ("Ada <ada@example.org>", ("address", "ada@example.org")),
        ("@Example.org", ("domain", "example.org")),
        ("bücher.example", ("domain", "xn--bcher-kva.example")),
        (sha("a@b.c"), ("digest", sha("a@b.c"))),
        (md5("a@b.c").upper(), ("digest", md5("a@b.c"))),
        ("'=x@example.org", ("address", "=x@example.org")),
        ("a@b@c", ("unreadable", "a@b@c")),
        ("nonsense", ("unreadable", "nonsense")),
        ("ab" * 20, ("unreadable", "ab" * 20)),
    ],
)
def test_a_cell_is_known_by_its_look(text, entry):
    assert entry_of(text) == Entry(*entry)


@pytest.mark.parametrize(
    "text",
    [
        b'email,reason\nada@example.org,left\n\n"bob@example.org","a, b"\n',
        b"\xef\xbb\xbfemail;name\r\n1;ada@example.org\r\n2;bob@example.org\r\n",
        b"ada@example.org\nbob@example.org",
        b"ada@example.org\t1\nbob@example.org\t2\n",
    ],
)
def test_tables_and_plain_lines_are_read(text):
    assert [entry.value for entry in read_list(io.BytesIO(text))] == ["ada@example.org", "bob@example.org"]


def test_binary_and_endless_lines_are_only_unreadable():
    entries = list(read_list(io.BytesIO(b"x\n\x00\xff\xfe\x80\n" + b"a" * 100_000 + b"\nada@example.org\n")))
    assert [entry.kind for entry in entries] == ["unreadable", "unreadable", "address"]


def test_a_draft_counts_and_changes_nothing(workspace):
    text = f"email\nada@example.org\nADA@example.org\nexample.net\n{sha('x@y.z')}\nrubbish\n"
    row = upload_list(workspace=workspace, file=text, name="Old", reason="manual")
    assert row.counts == {"address": 2, "domain": 1, "digest": 1, "unreadable": 1, "unreadable_lines": ["rubbish"]}
    assert not Suppression.objects.exists()


def test_a_list_is_taken_in_once(workspace, owner):
    row = taken_in(workspace, f"ada@example.org\nada@example.org\nexample.net\n{md5('x@y.z')}\n", actor=owner)
    assert on_the_list(workspace) == {"ada@example.org", "example.net", md5("x@y.z")}
    assert row.counts["written"] == {"address": 1, "domain": 1, "digest": 1, "matched": 0}
    assert bytes(Suppression.objects.get(address="ada@example.org").address_hash) == address_hash("ada@example.org")
    start_list(row=row)
    assert Suppression.objects.count() == 3
    entry = AuditEntry.objects.get(action="suppression.list_added")
    assert (entry.actor, entry.target, entry.detail["count"]) == (owner, "Old tool", 3)


def test_a_list_never_weakens_what_is_known(workspace):
    suppress_address(workspace=workspace, addresses=["ada@example.org"], reason="complaint")
    suppress_address(workspace=workspace, addresses=["bob@example.org"], reason="manual")
    suppress_address(workspace=workspace, addresses=["eve@example.org"], reason="unsubscribe")
    row = taken_in(workspace, "ada@example.org\nbob@example.org\neve@example.org\n", reason="hard_bounce")
    reasons = dict(Suppression.objects.values_list("address", "reason"))
    assert reasons == {
        "ada@example.org": "complaint", "bob@example.org": "hard_bounce", "eve@example.org": "unsubscribe",
    }  # fmt: skip
    assert row.counts["written"]["address"] == 1


@pytest.mark.parametrize("digest", [sha, md5])
def test_digests_stop_people_who_are_here(workspace, other_workspace, digest):
    make_contact(workspace, "ada@example.org")
    make_contact(other_workspace, "ada@example.org")
    row = taken_in(workspace, digest("ada@example.org"))
    assert row.counts["written"]["matched"] == 1
    stopped = Suppression.objects.get(address="ada@example.org")
    assert (stopped.workspace, bytes(stopped.address_hash)) == (workspace, address_hash("ada@example.org"))


def test_digests_stop_people_who_come_later(workspace):
    taken_in(workspace, sha("late@example.org"), reason="legal")
    late = make_contact(workspace, "late@example.org")
    other = make_contact(workspace, "other@example.org")
    assert match_newcomers(workspace_id=workspace.pk, contact_id=other.pk) == 0
    assert match_newcomers(workspace_id=workspace.pk, contact_id=late.pk) == 1
    assert Suppression.objects.get(address="late@example.org").reason == "legal"
    assert match_newcomers(workspace_id=workspace.pk, contact_id=late.pk) == 0


def test_taking_a_list_back_leaves_what_is_not_ours_to_lift(workspace, owner):
    suppress_address(workspace=workspace, addresses=["known@example.org"], reason="manual")
    make_contact(workspace, "ada@example.org")
    row = taken_in(workspace, f"known@example.org\nnew@example.org\nleft@example.org\n{sha('ada@example.org')}\n")
    suppress_address(workspace=workspace, addresses=["left@example.org"], reason="unsubscribe")
    Suppression.objects.filter(address="left@example.org").update(reason="complaint")
    assert lift_list(row=row, actor=owner, is_owner=True) == (3, 1)
    assert on_the_list(workspace) == {"known@example.org", "left@example.org"}


def test_only_an_owner_takes_back_a_legal_list(workspace, teammate):
    row = taken_in(workspace, "ada@example.org\n", reason="legal")
    assert lift_list(row=row, actor=teammate, is_owner=False) == (0, 1)
    assert lift_list(row=row, actor=teammate, is_owner=True) == (1, 0)


def test_long_lists_wait_for_a_worker(workspace, monkeypatch):
    monkeypatch.setattr(service, "AT_ONCE", 1)
    row = taken_in(workspace, "ada@example.org\nbob@example.org\n")
    assert (row.status, Suppression.objects.count()) == ("queued", 0)
    run_list(list_id=row.pk)
    run_list(list_id=row.pk)
    row.refresh_from_db()
    assert (row.status, row.file.name, Suppression.objects.count()) == ("done", "", 2)


def test_a_draft_can_be_forgotten(workspace):
    row = upload_list(workspace=workspace, file=ContentFile(b"ada@example.org"), name="Old", reason="manual")
    discard_list(row=row)
    assert not SuppressionList.objects.exists()


def test_a_list_taken_in_meanwhile_is_not_forgotten(workspace):
    row = upload_list(workspace=workspace, file=ContentFile(b"ada@example.org"), name="Old", reason="manual")
    start_list(row=SuppressionList.objects.get())
    assert row.status == "draft"  # what the other tab still shows
    discard_list(row=row)
    assert Suppression.objects.get().source_list == row


def test_the_list_comes_out_and_in_again(workspace, other_workspace):
    taken_in(workspace, f"=a@example.org\nexample.net\n{sha('x@y.z')}\n", note="@sum")
    content = b"".join(suppression_csv(workspace)).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content)))
    assert [(row["address"], row["note"]) for row in rows] == [
        ("'=a@example.org", "'@sum"), ("example.net", "'@sum"), (sha("x@y.z"), "'@sum"),
    ]  # fmt: skip
    taken_in(other_workspace, content)
    assert on_the_list(other_workspace) == on_the_list(workspace)


def url(name: str, *args) -> str:
    return reverse(f"consent:{name}", args=["kea-cabins", *args])


def test_a_list_is_brought_looked_at_taken_in_and_taken_back(workspace, teammate):
    client = client_of(teammate)
    answer = client.post(url("suppression-lists"), {"text": "ada@example.org\nrubbish", "reason": "manual"})
    row = SuppressionList.objects.get()
    assert answer.url == url("suppression-list", row.public_id)
    page = client.get(answer.url).content.decode()
    assert "1 line could not be read and is left out." in page
    assert not Suppression.objects.exists()
    client.post(url("suppression-list-start", row.public_id))
    assert on_the_list(workspace) == {"ada@example.org"}
    assert "Take the list back" in client.get(answer.url).content.decode()
    assert b"ada@example.org" in b"".join(client.get(url("suppressions-file")).streaming_content)
    client.post(url("suppression-list-lift", row.public_id))
    assert on_the_list(workspace) == set()
    assert "Nothing of this list stands any more." in client.get(answer.url).content.decode()


def test_a_file_is_brought(workspace, teammate):
    file = SimpleUploadedFile("old.csv", b"email\nada@example.org\n")
    client_of(teammate).post(url("suppression-lists"), {"file": file, "reason": "complaint", "note": "Old tool"})
    row = SuppressionList.objects.get()
    assert (row.name, row.reason, row.note, row.counts["address"]) == ("old.csv", "complaint", "Old tool", 1)


def test_nothing_brought_is_explained(workspace, teammate):
    answer = client_of(teammate).post(url("suppression-lists"), {"reason": "manual"})
    assert (answer.status_code, "Choose a file, or paste a list." in answer.content.decode()) == (422, True)
    assert not SuppressionList.objects.exists()


def test_too_long_a_list_is_explained(workspace, teammate, monkeypatch):
    monkeypatch.setattr("consent.suppression_file.MAX_LINES", 1)
    answer = client_of(teammate).post(url("suppression-lists"), {"text": "a@b.org\n" * 3, "reason": "manual"})
    assert (answer.status_code, "more than a million lines" in answer.content.decode()) == (422, True)
    assert not SuppressionList.objects.exists()


def test_a_digest_is_found_by_its_address(workspace, teammate):
    taken_in(workspace, sha("ada@example.org"))
    for words in ("ada@example.org", sha("ada@example.org")):
        page = client_of(teammate).get(f"{url('suppressions')}?search={words}")
        assert sha("ada@example.org") in page.content.decode()
