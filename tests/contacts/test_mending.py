"""Rejected rows mended in the page."""

from pathlib import Path

import pytest

from accounts.models import AuditEntry
from contacts.importing.columns import Column
from contacts.importing.mending import cells_at_fault, mended_cells
from contacts.models import Contact, Import, ImportReject
from contacts.services import ContactValues, create_contact, running
from contacts.services.imports import resume_import, stop_import, undo_import
from contacts.services.mending import Mended, mend_rejected
from contacts.services.running import run_import
from tests.contacts.importing import imported, started, tally


@pytest.fixture(autouse=True)
def _own_media(tmp_path: Path, settings) -> None:
    settings.MEDIA_ROOT = tmp_path


def reasons(import_: Import) -> list[tuple[int, str, list[str]]]:
    rows = ImportReject.objects.of_import(import_)
    return list(rows.values_list("row_number", "reason", "cells"))


CONTENT = "mail,first\nnobody@,No\nada@example.org,Ada\nbob,Bob\n"


def test_mended_rows_come_in_as_part_of_their_import(workspace, owner):
    import_ = imported(workspace, CONTENT, ["email", "first_name"])
    mended = mend_rejected(import_=import_, edits={2: {0: "no@example.org"}, 4: {0: "still not"}}, actor=owner)
    import_.refresh_from_db()
    assert mended == Mended(taken=1, left=1)
    assert tally(import_) == (2, 0, 0, 1)
    assert reasons(import_) == [(4, "email_no_at", ["still not", "Bob"])]
    new = Contact.objects.get(email="no@example.org")
    assert (new.first_name, new.import_batch_id, new.updated_at) == ("No", import_.pk, import_.started_at)
    assert AuditEntry.objects.filter(action="import.mended", actor=owner).exists()
    undo_import(import_=import_)
    run_import(import_id=import_.pk)
    assert not Contact.objects.exists()


def test_mended_row_of_somebody_known_fills_them_in_and_can_be_undone(workspace):
    ada = create_contact(workspace=workspace, values=ContactValues(email="ada@example.org", first_name="Old"))
    import_ = imported(workspace, "mail,first\nada@,Ada\n", ["email", "first_name"])
    assert mend_rejected(import_=import_, edits={2: {0: "ada@example.org"}}) == Mended(1, 0)
    ada.refresh_from_db()
    assert ada.first_name == "Ada"
    import_.refresh_from_db()
    assert tally(import_) == (0, 1, 0, 0)
    undo_import(import_=import_)
    run_import(import_id=import_.pk)
    ada.refresh_from_db()
    assert ada.first_name == "Old"


def test_row_taken_twice_by_two_tabs_comes_in_once(workspace):
    import_ = imported(workspace, CONTENT, ["email", "first_name"])
    edits = {2: {0: "no@example.org"}}
    assert mend_rejected(import_=import_, edits=edits) == Mended(1, 0)
    assert mend_rejected(import_=import_, edits=edits) == Mended(0, 0)
    import_.refresh_from_db()
    assert tally(import_) == (2, 0, 0, 1)


def test_edits_of_unknown_rows_and_places_change_nothing(workspace):
    import_ = imported(workspace, CONTENT, ["email", "first_name"])
    assert mend_rejected(import_=import_, edits={99: {0: "x@example.org"}, 2: {7: "x"}}) == Mended(0, 1)
    assert reasons(import_)[0] == (2, "email_no_domain", ["nobody@", "No"])


def test_damaged_letters_have_to_be_written_anew(workspace):
    raw = "mail,first\nzoe@example.org,Zoë\n".encode() + b"jo@example.org,J\xfcrgen\n"
    import_ = imported(workspace, raw, ["email", "first_name"])
    assert mend_rejected(import_=import_, edits={3: {}}) == Mended(0, 1)
    assert reasons(import_) == [(3, "encoding", ["jo@example.org", "J�rgen"])]
    assert mend_rejected(import_=import_, edits={3: {1: "Jürgen"}}) == Mended(1, 0)
    assert Contact.objects.get(email="jo@example.org").first_name == "Jürgen"


def test_running_import_is_left_alone(workspace):
    import_ = started(workspace, CONTENT, ["email", "first_name"])
    assert mend_rejected(import_=import_, edits={2: {0: "x@example.org"}}) == Mended(0, 0)


COLUMNS = [Column("Mail", "email"), Column("Tel", "phone"), Column("Id", "external_id"), Column("Note", "")]


@pytest.mark.parametrize(
    ("reason", "column", "places"),
    [
        ("email_syntax", "Mail", [0]),
        ("phone_taken", "", [1]),
        ("external_id_taken", "", [2]),
        ("no_identity", "", [0, 1, 2]),
        ("unknown_person", "", [0, 1, 2]),
        ("encoding", "", [3]),
        ("erased", "", []),
        ("row_cells", "", []),
        ("email_syntax", "Gone", []),
    ],
)
def test_cells_to_mend_are_those_at_fault(reason, column, places):
    assert cells_at_fault(reason, column, ["a", "b", "c", "d�", "e�"], COLUMNS) == places


def test_mended_row_is_as_wide_as_the_heading():
    assert mended_cells(["a"], {1: "b", 5: "x"}, 3) == ["a", "b", ""]
    assert mended_cells(["a", "b", "c"], {}, 2) == ["a", "b"]


def test_stopped_import_goes_on_behind_its_last_row(workspace, monkeypatch):
    monkeypatch.setattr(running, "CHUNK_ROWS", 2)
    import_ = started(workspace, "mail\n" + "".join(f"p{n}@example.org\n" for n in range(6)), ["email"])
    Import.objects.update(is_stopping=True)
    run_import(import_id=import_.pk)
    import_.refresh_from_db()
    assert (import_.status, import_.total) == ("done", 2)
    resumed = resume_import(import_=import_)
    assert (resumed.status, resumed.is_stopping) == ("queued", False)
    run_import(import_id=import_.pk)
    import_.refresh_from_db()
    assert (import_.status, tally(import_), Contact.objects.count()) == ("done", (6, 0, 0, 0), 6)
    assert resume_import(import_=import_).status == "done"


def test_import_stopped_before_its_first_row_can_go_on(workspace):
    import_ = stop_import(import_=started(workspace, "mail\nada@example.org\n", ["email"]))
    resume_import(import_=import_)
    run_import(import_id=import_.pk)
    assert Contact.objects.count() == 1
