"""The pages of an import beside the straight way: drafts, sheets, trying, mending, going on."""

import io
from pathlib import Path

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from contacts.importing import preview
from contacts.models import Contact, Import, ImportReject, Rehearsal
from contacts.services.rehearsing import run_rehearsal
from contacts.services.running import run_import
from tests.api import ApiClient
from tests.cast import client_of
from tests.contacts.importing import imported
from tests.contacts.test_pages import text_of


@pytest.fixture(autouse=True)
def _own_media(tmp_path: Path, settings) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def desk(owner):
    return client_of(owner)


def url(name: str, *args) -> str:
    return reverse(f"contacts:{name}", args=["kea-cabins", *args])


def upload(desk, content: bytes, name: str = "guests.csv") -> Import:
    answer = desk.post(url("import"), {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 302, text_of(answer)
    return Import.objects.order_by("id").last()


def workbook(*names: str) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        for name in names:
            sheet = book.add_worksheet(name)
            sheet.write_row(0, 0, [f"{name} mail", "First name"])
            sheet.write_row(1, 0, ["ada@example.org", "Ada"])
    return content.getvalue()


def test_draft_is_listed_taken_up_again_as_left_and_forgotten(desk):
    draft = upload(desk, b"mail,what\nada@example.org,Ada\n")
    choices = {"target-0": "email", "target-1": "last_name", "mode": "update", "region": "NZ", "look": "1"}
    desk.post(url("import-start", draft.public_id), choices, headers={"HX-Request": "true"})
    listed = desk.get(url("import"))
    assert list(listed.context["drafts"]) == [draft]
    assert "Not started yet" in text_of(listed)
    page = desk.get(url("import-detail", draft.public_id))
    assert [row["column"].target for row in page.context["columns"]] == ["email", "last_name"]
    assert (page.context["form"]["mode"].value(), page.context["form"]["region"].value()) == ("update", "NZ")
    desk.post(url("import-discard", draft.public_id))
    assert not Import.objects.exists()


def test_next_file_with_these_headings_is_matched_as_last_time(desk):
    first = upload(desk, b"mail,what\nada@example.org,Ada\n")
    desk.post(url("import-start", first.public_id), {"target-0": "email", "target-1": "last_name", "mode": "upsert"})
    page = desk.get(url("import-detail", upload(desk, b"what,mail\nx,y@example.org\n").public_id))
    assert [row["column"].target for row in page.context["columns"]] == ["last_name", "email"]
    assert "As last time" in text_of(page)


def test_workbook_offers_its_sheets_and_no_letters(desk):
    draft = upload(desk, workbook("Old", "New"), "guests.xlsx")
    page = desk.get(url("import-detail", draft.public_id))
    assert [row["column"].heading for row in page.context["columns"]] == ["Old mail", "First name"]
    assert ("Take this sheet" in text_of(page), "Letters are written in" in text_of(page)) == (True, False)
    desk.post(url("import-sheet", draft.public_id), {"sheet": "1"})
    page = desk.get(url("import-detail", draft.public_id))
    assert [row["column"].heading for row in page.context["columns"]] == ["New mail", "First name"]
    assert desk.post(url("import-sheet", draft.public_id), {"sheet": "7"}).status_code == 302
    desk.post(url("import-reread", draft.public_id), {})
    page = desk.get(url("import-detail", draft.public_id))
    assert [row["column"].heading for row in page.context["columns"]] == ["Column 1", "Column 2"]


def test_sheet_that_cannot_be_taken_keeps_the_one_before(desk):
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        book.add_worksheet("People").write_row(0, 0, ["mail"])
        book.add_worksheet("Nothing")
    draft = upload(desk, content.getvalue(), "guests.xlsx")
    page = desk.post(url("import-sheet", draft.public_id), {"sheet": "1"}, follow=True)
    assert "This sheet is empty. Choose another one. The sheet of before is kept." in text_of(page)
    assert [row["column"].heading for row in page.context["columns"]] == ["mail"]


CHOICES = {"target-0": "email", "target-1": "first_name", "mode": "upsert"}


def test_whole_file_is_tried_with_progress_and_result(desk, monkeypatch):
    monkeypatch.setattr(preview, "ROWS", 1)
    draft = upload(desk, b"mail,first\nada@example.org,Ada\nbob@example.org,Bob\nnobody@,No\n")
    page = desk.get(url("import-detail", draft.public_id))
    assert "Try it without saving" in text_of(page)
    answer = desk.post(url("import-start", draft.public_id), {**CHOICES, "try": "1"})
    assert answer.headers["Location"] == url("import-detail", draft.public_id)
    part = desk.get(url("import-rehearsal", draft.public_id), headers={"HX-Request": "true"}).content.decode()
    assert ('hx-trigger="every 1s"' in part, "<html" in part) == (True, False)
    run_rehearsal(import_id=draft.pk)
    part = desk.get(url("import-rehearsal", draft.public_id), headers={"HX-Request": "true"})
    assert 'hx-trigger="every 1s"' not in part.content.decode()
    assert part.context["rehearsed"]["created"] == 2
    assert "Row 4: nobody@" in text_of(part)
    assert not Contact.objects.exists()
    other = {**CHOICES, "mode": "update", "look": "1"}
    looked = desk.post(url("import-start", draft.public_id), other, headers={"HX-Request": "true"})
    assert "You have chosen something else" in text_of(looked)
    desk.post(url("import-start", draft.public_id), CHOICES)
    assert not Rehearsal.objects.exists()
    gone = desk.get(url("import-rehearsal", draft.public_id), headers={"HX-Request": "true"})
    assert gone.headers["HX-Redirect"] == url("import-detail", draft.public_id)


def test_trying_without_an_address_says_what_is_missing(desk):
    draft = upload(desk, b"first\nAda\n")
    page = desk.post(url("import-start", draft.public_id), {"target-0": "first_name", "mode": "upsert", "try": "1"})
    assert page.status_code == 422
    assert "Say which column holds the e-mail address" in text_of(page)
    assert not Rehearsal.objects.exists()


def test_counting_is_stopped_in_the_page(desk, monkeypatch):
    draft = upload(desk, b"mail,first\nada@example.org,Ada\n")
    desk.post(url("import-start", draft.public_id), {**CHOICES, "try": "1"})
    desk.post(url("import-stop-trying", draft.public_id))
    assert Rehearsal.objects.get().status == "stopped"
    assert "Stopped after 0 rows." in text_of(desk.get(url("import-detail", draft.public_id)))


def test_rejected_rows_are_mended_in_the_page(desk, workspace):
    import_ = imported(workspace, "mail,first\nnobody@,No\nbob,Bob\n", ["email", "first_name"])
    page = desk.get(url("import-detail", import_.public_id))
    assert 'name="cell-2-0" value="nobody@"' in page.content.decode()
    answer = desk.post(
        url("import-mend", import_.public_id), {"cell-2-0": "no@example.org", "cell-3-0": "bob", "cell-x-1": "y"},
        follow=True,
    )  # fmt: skip
    assert "1 row came in. 1 row still cannot be taken. What you wrote is kept." in text_of(answer)
    assert list(Contact.objects.values_list("email", "first_name")) == [("no@example.org", "No")]
    assert ImportReject.objects.get().row_number == 3
    assert desk.post(url("import-mend", import_.public_id), {}).status_code == 302


def test_viewer_sees_rejected_rows_without_fields(workspace, viewer):
    import_ = imported(workspace, "mail\nnobody@\n", ["email"])
    page = client_of(viewer).get(url("import-detail", import_.public_id)).content.decode()
    assert ("nobody@" in page, 'name="cell-' in page) == (True, False)
    assert client_of(viewer).post(url("import-mend", import_.public_id), {"cell-2-0": "x@y.nz"}).status_code == 403
    assert not Contact.objects.exists()


def test_page_says_until_when_an_import_can_be_undone(desk, workspace):
    import_ = imported(workspace, "mail\nada@example.org\n", ["email"])
    assert "It can be undone until" in text_of(desk.get(url("import-detail", import_.public_id)))


def test_stopped_import_goes_on_by_its_button(desk, workspace):
    draft = upload(desk, b"mail\nada@example.org\n")
    desk.post(url("import-start", draft.public_id), {"target-0": "email", "mode": "upsert"})
    desk.post(url("import-stop", draft.public_id))
    assert "Go on" in text_of(desk.get(url("import-detail", draft.public_id)))
    desk.post(url("import-resume", draft.public_id))
    run_import(import_id=draft.pk)
    assert Contact.objects.count() == 1


def test_second_press_on_start_and_a_second_tab_change_nothing(desk):
    draft = upload(desk, b"mail,first\nada@example.org,Ada\n")
    for _press in range(2):
        answer = desk.post(url("import-start", draft.public_id), {**CHOICES, "target-1": "new:text"})
        assert answer.headers["Location"] == url("import-detail", draft.public_id)
    desk.post(url("import-sheet", draft.public_id), {"sheet": "0"})
    desk.post(url("import-reread", draft.public_id), {"encoding": "cp1251", "delimiter": ";"})
    desk.post(url("import-discard", draft.public_id))
    run_import(import_id=draft.pk)
    draft.refresh_from_db()
    assert (draft.status, draft.created, Contact.objects.get().attributes) == ("done", 1, {"first": "Ada"})


def full_disk(*_args, **_named):
    raise OSError(28, "No space left on device")


def test_disk_that_is_full_while_a_file_arrives_is_said(desk, workspace, settings, monkeypatch):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 10
    monkeypatch.setattr("django.core.files.uploadhandler.TemporaryFileUploadHandler.receive_data_chunk", full_disk)
    page = desk.post(url("import"), {"file": SimpleUploadedFile("a.csv", b"mail\n" + b"a@example.org\n" * 100)})
    assert page.status_code == 422
    assert "There is not enough room on the server for this file." in text_of(page)
    api = ApiClient(workspace)
    answer = api.client.post(
        "/api/v1/imports/",
        {"file": SimpleUploadedFile("a.csv", b"mail\n" + b"a@example.org\n" * 100)},
        headers={"Authorization": f"Bearer {api.secret}"},
    )
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "no_room")
    assert not Import.objects.exists()
