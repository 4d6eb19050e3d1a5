"""Files that are no CSV: what they become, and what is refused before it costs anything."""

import datetime as dt
import errno
import io
import json
import zipfile
from decimal import Decimal
from pathlib import Path

import pyarrow
import pytest
import xlsxwriter
from django.core.files.base import ContentFile
from pyarrow import parquet

from contacts.importing.dialect import UnreadableFile
from contacts.importing.intake import child, spooling, spreadsheet
from contacts.importing.intake.cells import flattened, text_of
from contacts.importing.intake.kinds import CSV, JSON_LINES, PARQUET, SPREADSHEET, kind_of
from contacts.importing.intake.spooling import SENTENCES, spooled
from contacts.models import Contact, Import
from contacts.services.uploading import choose_sheet, discard_import, headings, upload_import
from tests.contacts.importing import imported, tally, uploaded


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def workbook(*sheets: tuple[str, list[list[object]]], hidden: str = "") -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "default_date_format": "dd.mm.yyyy hh:mm"}) as book:
        for name, rows in sheets:
            sheet = book.add_worksheet(name)
            if name == hidden:
                sheet.hide()
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return content.getvalue()


def csv_of(raw: bytes, kind: str, sheet: int | None = None) -> list[str]:
    with spooled(io.BytesIO(raw), kind, sheet).file as file:
        return file.read().decode().splitlines()


def sentence_of(raw: bytes, kind: str) -> str:
    with pytest.raises(UnreadableFile) as refused:
        spooled(io.BytesIO(raw), kind)
    return str(refused.value)


PEOPLE = [["Mail", "Name"], ["ada@example.org", "Ada"], ["bob@example.org", "Bob"]]


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"PK\x03\x04", SPREADSHEET),
        (b"\xd0\xcf\x11\xe0", SPREADSHEET),
        (b"PAR1", PARQUET),
        (b'{"email": "a@example.org"}\n', JSON_LINES),
        (b'\xef\xbb\xbf\n {"email": "a@example.org"}\n', JSON_LINES),
        (b'[\n {"email"', JSON_LINES),
        (b'{"email": "' + b"x" * 100, JSON_LINES),
        (b"{placeholder},name\na,b\n", CSV),
        (b"[1] Name,Mail\n", CSV),
        (b"mail\n", CSV),
        (b"", CSV),
    ],
)
def test_kind_is_told_by_the_first_bytes(start, kind):
    assert kind_of(start) == kind


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (12.0, "12"),
        (0.1 + 0.2, "0.3"),
        (64215550142.0, "64215550142"),
        (1e300, f"{1e300:.0f}"),
        (float("nan"), ""),
        (Decimal("1.10"), "1.10"),
        (dt.datetime(2026, 3, 31), "2026-03-31"),
        (dt.datetime(2026, 3, 31, 9, 5), "2026-03-31T09:05:00"),
        (dt.datetime(2026, 3, 31, tzinfo=dt.UTC), "2026-03-31T00:00:00+00:00"),
        (dt.date(2026, 3, 31), "2026-03-31"),
        (["a", "b"], "a, b"),
        (["a, b", "c"], "a, b|c"),
        ([{"a": 1}], '[{"a": 1}]'),
        ("nul\x00l", "null"),
        (b"\xff\x00", "�"),
    ],
)
def test_values_are_written_in_one_way_only(value, text):
    assert text_of(value) == text


def test_objects_in_objects_become_dotted_columns():
    deep = {"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}}
    assert flattened({"address": {"city": "Ōamaru"}, "spent": {"amount": 2, "currency": "EUR"}, "x": {}}) == {
        "address.city": "Ōamaru", "spent": "2 EUR", "x": "{}",
    }  # fmt: skip
    assert flattened(deep) == {"a.b.c.d.e": '{"f": 1}'}


def test_workbook_becomes_its_first_sheet_with_anything_in_it():
    raw = workbook(("Empty", []), ("Secret", PEOPLE), ("People", [["Mail", "Born"], ["a@b.nz", dt.date(1990, 1, 2)]]),
                   hidden="Secret")  # fmt: skip
    spool = spooled(io.BytesIO(raw), SPREADSHEET)
    assert (spool.sheets, spool.sheet) == (["Empty", "People"], 1)
    assert spool.file.read().decode() == "Mail,Born\na@b.nz,1990-01-02\n"
    spool.file.close()


def test_workbook_is_imported_like_any_list(workspace):
    import_ = imported(workspace, workbook(("People", PEOPLE)), ["email", "first_name"])
    assert (import_.file_name, import_.intake["format"], import_.source.name) == ("people.csv", SPREADSHEET, "")
    assert tally(import_) == (2, 0, 0, 0)
    assert set(Contact.objects.values_list("email", "first_name")) == {
        ("ada@example.org", "Ada"), ("bob@example.org", "Bob"),
    }  # fmt: skip


def test_another_sheet_can_be_chosen_until_the_start(workspace, media):
    draft = uploaded(workspace, workbook(("Old", [["Old mail"], ["x@example.org"]]), ("New", PEOPLE), ("No", [])))
    assert headings(draft) == ["Old mail"]
    assert len(files_in(media)) == 2
    chosen = choose_sheet(import_=draft, sheet=1)
    assert (headings(chosen), chosen.intake["sheet"]) == (["Mail", "Name"], 1)
    with pytest.raises(UnreadableFile):
        choose_sheet(import_=draft, sheet=2)
    draft.refresh_from_db()
    assert headings(draft) == ["Mail", "Name"]
    assert choose_sheet(import_=draft, sheet=9).intake["sheet"] == 1


def test_files_go_with_the_draft(workspace, media, django_capture_on_commit_callbacks):
    draft = uploaded(workspace, workbook(("Old", PEOPLE), ("New", PEOPLE)))
    with django_capture_on_commit_callbacks(execute=True):
        discard_import(import_=draft)
    assert files_in(media) == []


def test_json_lines_bring_every_column_and_every_line(workspace):
    lines = [
        json.dumps({"email": "ada@example.org", "address": {"country": "NZ"}, "tags": ["a", "b"], "born": None}),
        "not json",
        "",
        "[1, 2]",
        json.dumps({"email": "bob@example.org", "later": 1.10, "id": 12345678901234567890}),
    ]
    import_ = imported(
        workspace, "\n".join(lines), ["email", "country", "tags", "new:date", "new:number", "external_id"]
    )
    assert [column["heading"] for column in import_.mapping["columns"]] == [
        "email", "address.country", "tags", "born", "later", "id",
    ]  # fmt: skip
    assert tally(import_) == (2, 0, 0, 2)
    ada, bob = Contact.objects.order_by("email")
    assert (ada.country, ada.tags, bob.attributes, bob.external_id) == (
        "NZ", ["a", "b"], {"later": 1.1}, "12345678901234567890",
    )  # fmt: skip
    rejects = Import.objects.get().pk
    from contacts.models import ImportReject

    assert [(row.reason, row.cells[0]) for row in ImportReject.objects.of_import(rejects)] == [
        ("row_json", "not json"), ("row_json", "[1, 2]"),
    ]  # fmt: skip


@pytest.mark.parametrize("depth", [500, 985, 5000])
def test_a_line_nested_too_deep_costs_no_other_line(depth):
    raw = '{"email": "ada@example.org"}\n{"a": ' + "[" * depth + "]" * depth + "}\n"
    assert csv_of(raw.encode(), "json_lines")[1] == "ada@example.org"


def test_json_array_is_taken_too():
    assert csv_of(b'\xef\xbb\xbf[{"a": 1}, {"b": true}]', JSON_LINES) == ["a,b", "1", ",true"]


def test_parquet_keeps_its_types(workspace):
    table = pyarrow.table(
        {
            "email": ["ada@example.org", "bob@example.org"],
            "born": pyarrow.array([dt.date(1990, 1, 2), None]),
            "address": [{"city": "Ōamaru", "country": "NZ"}, None],
            "score": [1.5, float("nan")],
            "tags": [["a", "b"], []],
        }
    )
    content = io.BytesIO()
    parquet.write_table(table, content)
    import_ = imported(
        workspace, content.getvalue(), ["email", "new:date", "new:text", "country", "new:number", "tags"]
    )
    assert tally(import_) == (2, 0, 0, 0)
    ada = Contact.objects.get(email="ada@example.org")
    assert (ada.attributes, ada.country, ada.tags) == (
        {"born": "1990-01-02", "address_city": "Ōamaru", "score": 1.5}, "NZ", ["a", "b"],
    )  # fmt: skip


def test_parquet_without_its_library_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    from contacts.importing.intake import parquet as format_

    with pytest.raises(format_.Unreadable) as refused:
        format_.convert("/dev/null", io.StringIO(), None)
    assert "requirements-parquet.txt" in str(SENTENCES[refused.value.code])


@pytest.mark.parametrize(
    ("raw", "kind", "code"),
    [
        (b"PK\x03\x04 rubbish", SPREADSHEET, "spreadsheet"),
        (b"\xd0\xcf\x11\xe0 rubbish", SPREADSHEET, "spreadsheet"),
        (workbook(("Empty", [])), SPREADSHEET, "empty"),
        (workbook(("Wide", [["x"] * 301])), SPREADSHEET, "columns"),
        (workbook(("Far", [["x"], []])).replace(b"nothing", b""), SPREADSHEET, ""),
        (b"{not json\n" * 3, JSON_LINES, "json"),
        (json.dumps({f"c{n}": n for n in range(301)}).encode(), JSON_LINES, "columns"),
        (b"[{" + b" " * (64 * 1024**2), JSON_LINES, "array"),
        (b'{"a":' * 100_000, JSON_LINES, "json"),
        (b"PAR1 rubbish", PARQUET, "parquet"),
    ],
    ids=range(10),
)
def test_what_cannot_be_read_is_refused_in_a_sentence(raw, kind, code):
    if code:
        assert sentence_of(raw, kind) == str(SENTENCES[code])
    else:
        assert csv_of(raw, kind) == ["x"]


def bomb(*, parts: int = 1, megabytes: int = 20) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(parts):
            archive.writestr(f"xl/worksheets/sheet{number}.xml", b" " * (megabytes * 1024**2))
    return content.getvalue()


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(bomb(), id="one dense part"),
        pytest.param(bomb(parts=2_001, megabytes=0), id="too many parts"),
    ],
)
def test_zip_bomb_is_not_opened(raw):
    assert sentence_of(raw, SPREADSHEET) == str(SENTENCES["bomb"])


def test_zip_that_says_it_is_huge_or_overlaps_is_not_opened(tmp_path):
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(workbook(("People", PEOPLE)))
    with zipfile.ZipFile(path) as archive:
        size = archive.infolist()[0].file_size
    raw = path.read_bytes()
    directory = raw.rindex(b"PK\x01\x02")
    for place, value in ((24, 2**31), (20, 2**30)):
        broken = bytearray(raw)
        broken[directory + place : directory + place + 4] = value.to_bytes(4, "little")
        path.write_bytes(broken)
        with pytest.raises(spreadsheet.Unreadable) as refused:
            spreadsheet.convert(str(path), io.StringIO(), None)
        assert refused.value.code == "bomb"
    assert size < 2**20


def test_part_that_lies_about_its_size_meets_the_limit_of_memory(monkeypatch):
    """A sheet whose corners are far apart asks for the memory of all cells between."""
    content = io.BytesIO(workbook(("Far", [["x"]])))
    with zipfile.ZipFile(content) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    far = b'<row r="1048576"><c r="KN1048576"><v>1</v></c></row></sheetData>'
    parts[name] = parts[name].replace(b"</sheetData>", far)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, raw in parts.items():
            archive.writestr(part, raw)
    assert sentence_of(content.getvalue(), SPREADSHEET) == str(SENTENCES["too_large"])


def test_too_large_or_too_slow_a_file_is_given_up(monkeypatch):
    monkeypatch.setitem(spooling.MAX_BYTES, SPREADSHEET, 10)
    assert sentence_of(workbook(("People", PEOPLE)), SPREADSHEET) == str(SENTENCES["too_large"])
    monkeypatch.setattr(spooling, "SECONDS", 0.001)
    assert sentence_of(b'{"a": 1}\n', JSON_LINES) == str(SENTENCES["too_large"])


def test_full_disk_is_said_and_leaves_nothing(workspace, media, monkeypatch):
    def full(*_args, **_named):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("django.core.files.storage.FileSystemStorage._save", full)
    for raw in (b"mail\nada@example.org\n", workbook(("People", PEOPLE), ("More", PEOPLE))):
        with pytest.raises(UnreadableFile) as refused:
            upload_import(workspace=workspace, file=ContentFile(raw, name="people"))
        assert str(refused.value) == str(SENTENCES["no_room"])
    assert not Import.objects.exists()
    assert files_in(media) == []


def test_child_tells_of_a_full_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(child, "_limit", lambda kind: None)
    source, target = tmp_path / "a", tmp_path / "b"
    source.write_bytes(b'{"a": "' + b"x" * 100_000 + b'"}\n')
    with source.open("rb") as reading, target.open("wb") as writing:
        monkeypatch.setattr(
            "contacts.importing.intake.json_lines.convert",
            lambda *_args: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")),
        )
        assert child.main([JSON_LINES, str(reading.fileno()), str(writing.fileno())]) == {"problem": "no_room"}


def test_child_gets_no_secrets(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "hidden")
    seen = {}
    whole = spooling.subprocess.run

    def run(*args, **named):
        seen.update(named["env"])
        return whole(*args, **named)

    monkeypatch.setattr(spooling.subprocess, "run", run)
    assert csv_of(b'{"a": 1}\n', JSON_LINES) == ["a", "1"]
    assert "SECRET_KEY" not in seen
