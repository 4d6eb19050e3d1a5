"""Trying an import on its whole file: the counts, and that nobody is changed."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contacts.importing.columns import Column
from contacts.importing.seen import Seen
from contacts.models import Address, Attribute, Contact, Import, ImportReject, Rehearsal
from contacts.services import ContactValues, InvalidContact, create_contact, rehearsing, start_import
from contacts.services.imports import wake_imports
from contacts.services.rehearsing import rehearse_import, run_rehearsal, stop_rehearsal
from contacts.services.running import run_import
from contacts.services.uploading import headings
from core.clock import now
from tests.contacts.importing import uploaded


@pytest.fixture(autouse=True)
def _own_media(tmp_path: Path, settings) -> None:
    settings.MEDIA_ROOT = tmp_path


def columns_of(draft: Import, targets: list[str]) -> list[Column]:
    return [Column(heading, target) for heading, target in zip(headings(draft), targets, strict=True)]


def waiting(workspace, content: str, targets: list[str], **options) -> Rehearsal:
    draft = uploaded(workspace, content)
    found = rehearse_import(import_=draft, columns=columns_of(draft, targets), options={"mode": "upsert", **options})
    assert found is not None
    return found


def tried(workspace, content: str, targets: list[str], **options) -> Rehearsal:
    rehearsal = waiting(workspace, content, targets, **options)
    run_rehearsal(import_id=rehearsal.pk)
    rehearsal.refresh_from_db()
    return rehearsal


def tally(rehearsal: Rehearsal) -> tuple[int, int, int, int, int]:
    counts = (rehearsal.created, rehearsal.updated, rehearsal.unchanged, rehearsal.repeated, rehearsal.rejected)
    assert sum(counts) == rehearsal.total
    return counts


PEOPLE = (
    "mail,first,day\n"
    "ada@example.org,Ada,1.2.2026\n"
    "bob@example.org,Bob,\n"
    "new@example.org,New,\n"
    "NEW@example.org,Again,\n"
    "nobody@,,\n"
    "also@,,\n"
    "x@example.org,,31.02.2026\n"
)


def test_whole_file_is_counted_and_nobody_is_changed(workspace):
    for name in ("Ada", "Bob"):
        create_contact(workspace=workspace, values=ContactValues(email=f"{name.lower()}@example.org", first_name=name))
    before = list(Contact.objects.order_by("id").values()), list(Address.objects.order_by("id").values())
    rehearsal = tried(workspace, PEOPLE, ["email", "first_name", "new:date"])
    assert (rehearsal.status, tally(rehearsal)) == ("done", (1, 1, 1, 1, 3))
    assert rehearsal.reasons == {
        "email_no_domain": {"count": 2, "samples": [[6, "mail", "nobody@"], [7, "mail", "also@"]]},
        "date_impossible": {"count": 1, "samples": [[8, "day", "31.02.2026"]]},
    }
    assert (list(Contact.objects.order_by("id").values()), list(Address.objects.order_by("id").values())) == before
    assert not Attribute.objects.exists()
    assert not ImportReject.objects.exists()
    assert Import.objects.get().status == "draft"


@pytest.mark.parametrize(("mode", "expected"), [("create", (1, 0, 2, 1, 3)), ("update", (0, 1, 1, 0, 5))])
def test_modes_are_counted_as_they_would_act(workspace, mode, expected):
    for name in ("Ada", "Bob"):
        create_contact(workspace=workspace, values=ContactValues(email=f"{name.lower()}@example.org", first_name=name))
    assert tally(tried(workspace, PEOPLE, ["email", "first_name", "new:date"], mode=mode)) == expected


@pytest.mark.parametrize("chunk", [1, 2, 2_000])
def test_counts_do_not_depend_on_the_chunks_and_agree_with_the_import(workspace, monkeypatch, chunk):
    monkeypatch.setattr(rehearsing, "CHUNK_ROWS", chunk)
    content = "id,mail,tel\n1,a@example.org,+64215550142\n2,b@example.org,+64215550142\n,a@example.org,\n"
    content += ",,+64215550142\n3,c@example.org,\n"
    rehearsal = tried(workspace, content, ["external_id", "email", "phone"])
    assert tally(rehearsal) == (2, 0, 0, 2, 1)
    draft = Import.objects.get()
    start_import(import_=draft, columns=columns_of(draft, ["external_id", "email", "phone"]), options={})
    run_import(import_id=draft.pk)
    draft.refresh_from_db()
    assert (draft.created, draft.updated + draft.unchanged, draft.rejected) == (2, 2, 1)
    assert not Rehearsal.objects.exists()


def test_people_known_by_their_phone_alone_are_found_by_it_when_asked(workspace):
    create_contact(workspace=workspace, values=ContactValues(phone="+64215550142"))
    content = "mail,tel\nada@example.org,+64215550142\n"
    assert tally(tried(workspace, content, ["email", "phone"])) == (0, 0, 0, 0, 1)
    assert tally(tried(workspace, content, ["email", "phone"], match_by="phone")) == (0, 1, 0, 0, 0)
    draft = uploaded(workspace, content)
    start_import(import_=draft, columns=columns_of(draft, ["email", "phone"]), options={"match_by": "phone"})
    run_import(import_id=draft.pk)
    assert Contact.objects.values_list("email", "phone").get() == ("ada@example.org", "+64215550142")


def test_recognising_by_what_no_column_has_is_refused(workspace):
    with pytest.raises(InvalidContact) as refused:
        waiting(workspace, "mail\nada@example.org\n", ["email"], match_by="phone")
    assert list(refused.value.fields) == ["match_by"]


def test_trying_needs_a_column_that_says_who(workspace):
    with pytest.raises(InvalidContact):
        waiting(workspace, "first\nAda\n", ["first_name"])
    assert not Rehearsal.objects.exists()


def test_stopped_counting_keeps_what_it_saw(workspace, monkeypatch):
    monkeypatch.setattr(rehearsing, "CHUNK_ROWS", 1)
    rehearsal = waiting(workspace, "mail\na@example.org\nb@example.org\nc@example.org\n", ["email"])
    whole = rehearsing.Rehearser.count

    def count(self, rows):
        whole(self, rows)
        if self.counted.total == 2:
            stop_rehearsal(import_=rehearsal.import_batch)

    monkeypatch.setattr(rehearsing.Rehearser, "count", count)
    run_rehearsal(import_id=rehearsal.pk)
    rehearsal.refresh_from_db()
    assert (rehearsal.status, rehearsal.total, rehearsal.lease_until) == ("stopped", 1, None)
    run_rehearsal(import_id=rehearsal.pk)
    rehearsal.refresh_from_db()
    assert rehearsal.total == 1


def test_counting_begun_anew_does_not_mix_with_the_one_before(workspace, monkeypatch):
    rehearsal = waiting(workspace, "mail\na@example.org\n", ["email"])
    whole = rehearsing.Rehearser.count

    def count(self, rows):
        whole(self, rows)
        draft = Import.objects.get()
        rehearse_import(import_=draft, columns=columns_of(draft, ["email"]), options={"mode": "update"})

    monkeypatch.setattr(rehearsing.Rehearser, "count", count)
    run_rehearsal(import_id=rehearsal.pk)
    assert Rehearsal.objects.values_list("status", "total").get() == ("queued", 0)


def test_abandoned_counting_is_begun_again_by_the_tick(workspace, monkeypatch):
    woken = []
    monkeypatch.setattr("contacts.services.imports.enqueue", lambda name, **kwargs: woken.append((name, kwargs)))
    rehearsal = waiting(workspace, "mail\na@example.org\n", ["email"])
    Rehearsal.objects.update(status="running", started_at=now(), lease_until=now(), total=1, created=1)
    wake_imports()
    assert woken == [("contacts.rehearse_import", {"import_id": rehearsal.pk})]
    run_rehearsal(import_id=rehearsal.pk)
    rehearsal.refresh_from_db()
    assert (rehearsal.status, rehearsal.total) == ("done", 1)


def test_broken_code_ends_in_a_state_people_see(workspace, monkeypatch):
    def fail(*_args):
        raise ZeroDivisionError

    rehearsal = waiting(workspace, "mail\na@example.org\n", ["email"])
    monkeypatch.setattr(rehearsing.Rehearser, "count", fail)
    run_rehearsal(import_id=rehearsal.pk)
    assert Rehearsal.objects.get().status == "failed"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=6), max_size=60))
def test_nobody_met_is_forgotten(texts):
    seen, met = Seen(), set()
    for text in texts:
        assert seen.meet([text]) is (text in met)
        met.add(text)
        assert seen.has(text)
