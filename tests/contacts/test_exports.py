"""Exporting contacts: what stands in the files, who may, what is noted, and what becomes of large ones."""

import csv
import datetime as dt
import io
import json
import zipfile
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.urls import reverse
from hypothesis import example, given
from hypothesis import strategies as st

from accounts.models import AuditEntry
from consent.models import ConsentState, Topic
from contacts.exporting import files
from contacts.exporting.columns import columns_of, usual_columns
from contacts.exporting.wish import Wish
from contacts.formulas import disarmed, disarmed_sql, undisarmed
from contacts.list_filters import ContactFilter
from contacts.models import Address, Attribute, Contact, Export
from contacts.services import ContactValues, create_contact, run_export, start_export, stop_export
from contacts.services import exports as service
from contacts.services.attributes import AttributeValues, save_attribute
from contacts.services.erasing import drop_files_of_the_erased, erase_contact
from contacts.services.errors import TooManyExports
from contacts.services.exports import remove_old_files, send_at_once, wake_exports
from core.clock import now
from segments.models import Segment
from tests.cast import client_of
from tests.contacts.importing import imported

FORMULAS = ["=1+1", "+64 21 555 0101", "-2", "@SUM(A1)", "＝1", "＋1", "－1", "＠x", "'=1", "''+1"]
HARMLESS = ["Ada", "a=b", "'tis", "''", "", "1-2", "“=”"]


@pytest.fixture(autouse=True)
def _own_media(tmp_path, settings) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def ada(workspace) -> Contact:
    for label, kind in (("Plan", "choice"), ("Visits", "number"), ("Spent", "money"), ("Likes", "multi_choice")):
        choices = {"choices": ["free", "pro"]} if "choice" in kind else {}
        save_attribute(workspace=workspace, values=AttributeValues(label=label, type=kind, **choices))
    return create_contact(
        workspace=workspace,
        values=ContactValues(
            email="ada@example.org", first_name="Ada", last_name="=cmd()", phone="+64215550101", external_id="A-1",
            language="en", country="NZ", time_zone="Pacific/Auckland", tags=["vip", "beach"],
            attributes={"plan": "pro", "visits": -3, "spent": "12.50 EUR", "likes": ["free", "pro"]},
        ),
    )  # fmt: skip


def url(name: str, *args) -> str:
    return reverse(f"contacts:{name}", args=["kea-cabins", *args])


def exported(workspace, actor=None, people: int = 1, **wish) -> bytes:
    wish.setdefault("columns", usual_columns(columns_of(workspace).values()))
    return b"".join(send_at_once(workspace=workspace, wish=Wish(**wish), people=people, actor=actor))


def rows_of(content: bytes, **dialect) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), **dialect))


@given(st.text(max_size=6) | st.sampled_from(FORMULAS + HARMLESS))
@example("\t=1")
@example("\r1")
def test_disarming_can_be_taken_back(text):
    assert undisarmed(disarmed(text)) == text
    assert not disarmed(text).startswith(tuple("=+-@\t\r\n＝＋－＠"))


@pytest.mark.django_db
@pytest.mark.parametrize("text", [*FORMULAS, *HARMLESS, "\t1", "\r1", "\n1"])
def test_database_disarms_as_python_does(text):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {disarmed_sql('given.cell')} FROM (SELECT %s::text) AS given(cell)", [text])
        assert cursor.fetchone()[0] == disarmed(text)


def test_csv_holds_everything_with_formulas_disarmed(workspace, ada):
    content = exported(workspace)
    assert content.startswith(b"\xef\xbb\xbf")
    assert rows_of(content) == [
        {
            "External id": "A-1", "E-mail address": "ada@example.org", "First name": "Ada", "Last name": "'=cmd()",
            "Phone": "'+64215550101", "Language": "en", "Time zone": "Pacific/Auckland", "Country": "NZ",
            "Tags": "vip, beach", "Likes": "free, pro", "Plan": "pro", "Spent": "12.50 EUR", "Visits": "-3",
            "Added (Pacific/Auckland)": ada.created_at.astimezone(
                ZoneInfo("Pacific/Auckland")).strftime("%Y-%m-%d %H:%M:%S"),
        }
    ]  # fmt: skip


def test_csv_takes_other_separators_and_no_mark(workspace, ada):
    for name, sign in files.SEPARATORS.items():
        content = exported(workspace, separator=name, with_mark=False, columns=["first_name", "tags"])
        assert content.decode().splitlines()[0] == f"First name{sign}Tags"
        assert rows_of(content, delimiter=sign) == [{"First name": "Ada", "Tags": "vip, beach"}]


def test_headings_that_look_like_formulas_are_disarmed(workspace, ada):
    save_attribute(workspace=workspace, values=AttributeValues(label="=HYPERLINK()", type="text", key="link"))
    content = exported(workspace, columns=["attribute:link"], with_mark=False)
    assert content.decode().splitlines()[0] == "'=HYPERLINK()"


def test_old_texts_under_a_newer_type_are_disarmed_and_end_no_export(workspace):
    """Undoing a merge or an import brings back values of before a detail changed its type."""
    for kind in ("number", "date", "boolean", "money"):
        save_attribute(workspace=workspace, values=AttributeValues(label=kind, type=kind))
    olds = ["=cmd()", "-2", "-2+3", "-2e5", "'=1", "nan", "1e999"]
    for number, text in enumerate(olds):
        Contact.objects.create(
            workspace=workspace, external_id=str(number), attributes={"number": text, "date": text, "money": text}
        )
    keys = ["external_id", "attribute:number", "attribute:date", "attribute:money"]
    rows = sorted(rows_of(exported(workspace, people=7, columns=keys)), key=lambda row: row["External id"])
    assert [row["number"] for row in rows] == ["'=cmd()", "-2", "'-2+3", "-2e5", "''=1", "nan", "1e999"]
    assert [row["date"] for row in rows] == [disarmed(text) for text in olds]
    assert {row["money"] for row in rows} == {""}
    [sheet] = sheets_of(exported(workspace, people=7, format="xlsx", columns=keys))
    assert "<f>" not in sheet
    assert "<v>-2</v>" in sheet


def test_json_lines_have_members_and_objects(workspace, ada):
    keys = [*columns_of(workspace)]
    [line] = exported(workspace, format="jsonl", columns=keys).decode().splitlines()
    found = json.loads(line)
    assert found["attributes"] == {
        "plan": "pro", "visits": -3, "spent": {"amount": "12.50", "currency": "EUR"}, "likes": ["free", "pro"],
    }  # fmt: skip
    assert (found["last_name"], found["phone"], found["tags"]) == ("=cmd()", "+64215550101", ["vip", "beach"])
    assert (found["id"], found["restricted"], found["other_emails"]) == (str(ada.public_id), False, [])
    assert found["created_at"] == ada.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_json_lines_survive_signs_that_copy_minds(workspace):
    odd = 'a"b\\c,\u2028\x7f'
    Contact.objects.create(workspace=workspace, first_name=odd, email="o@example.org")
    content = exported(workspace, format="jsonl", columns=["first_name"])
    assert [json.loads(line) for line in content.decode().split("\n") if line] == [{"first_name": odd}]


def sheets_of(content: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        names = sorted(name for name in book.namelist() if name.startswith("xl/worksheets/sheet"))
        return [book.read(name).decode() for name in names]


def test_workbook_has_texts_and_numbers_and_no_formula(workspace, ada):
    [sheet] = sheets_of(exported(workspace, format="xlsx"))
    assert "<f>" not in sheet
    assert "<is><t>=cmd()</t></is>" in sheet
    assert "<is><t>+64215550101</t></is>" in sheet
    assert "<v>-3</v>" in sheet


def test_workbook_goes_on_to_another_sheet(workspace, monkeypatch):
    for number in range(5):
        Contact.objects.create(workspace=workspace, email=f"p{number}@example.org")
    monkeypatch.setattr(files, "SHEET_ROWS", 3)
    sheets = sheets_of(exported(workspace, format="xlsx", columns=["email"]))
    assert [sheet.count("@example.org") for sheet in sheets] == [2, 2, 1]
    assert all("E-mail address" in sheet for sheet in sheets)


def test_export_comes_back_through_our_own_import(workspace, other_workspace, ada):
    content = exported(workspace, columns=["email", "first_name", "last_name", "phone", "country", "tags"])
    targets = ["email", "first_name", "last_name", "phone", "country", "tags"]
    result = imported(other_workspace, content, targets)
    assert (result.created, result.rejected) == (1, 0)
    back = Contact.objects.in_workspace(other_workspace).get()
    assert (back.last_name, back.phone, back.tags) == (ada.last_name, ada.phone, ada.tags)


def test_consent_and_states_are_columns(workspace, ada):
    topic = Topic.objects.create(workspace=workspace, key="news", name="News")
    ConsentState.objects.create(
        workspace=workspace, contact=ada, channel="email", topic=topic, purpose="marketing", state="granted",
        changed_at=now(), expires_at=now() - dt.timedelta(days=1),
    )  # fmt: skip
    Address.objects.filter(contact=ada, channel="email").update(status="risky")
    [row] = rows_of(exported(workspace, columns=["consent:news", "email_state"]))
    assert row == {"State of the e-mail address": "risky", "Consent: News": "expired"}
    [line] = exported(workspace, columns=["consent:news"], format="jsonl").decode().splitlines()
    assert json.loads(line) == {"consents": {"news": "expired"}}


def test_a_page_sends_a_small_file_at_once_and_notes_it(teammate, workspace, ada):
    Contact.objects.create(workspace=workspace, email="b@example.org", first_name="Bob")
    answer = client_of(teammate).post(url("export") + "?q=ada", {"format": "csv", "columns": ["first_name", "email"]})
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert [row["First name"] for row in rows_of(b"".join(answer.streaming_content))] == ["Ada"]
    entry = AuditEntry.objects.get(action="contact.exported")
    assert (entry.actor, entry.detail["people"]) == (teammate, 1)
    assert not Export.objects.exists()


def test_ticked_people_alone_are_exported(teammate, workspace, ada):
    Contact.objects.create(workspace=workspace, email="b@example.org", first_name="Bob")
    client, data = client_of(teammate), {"contact": [str(ada.public_id), "nonsense"]}
    page = client.post(url("export"), data)
    assert (page.status_code, page.context["people"], page.context["chosen"]) == (200, 1, [str(ada.public_id)])
    answer = client.post(url("export"), {**data, "format": "csv", "columns": ["first_name"]})
    assert [row["First name"] for row in rows_of(b"".join(answer.streaming_content))] == ["Ada"]


def test_export_of_a_segment_holds_its_people(teammate, workspace, ada):
    Contact.objects.create(workspace=workspace, email="b@example.org", country="DE")
    rule = {"version": 1, "where": {"kind": "contact", "field": "country", "op": "eq", "value": "NZ"}}
    segment = Segment.objects.create(workspace=workspace, key="nz", name="Kiwis", rule=rule)
    page = client_of(teammate).get(f"{url('export')}?segment={segment.public_id}")
    assert page.context["people"] == 1
    assert "Kiwis" in page.content.decode()


def test_no_column_is_no_export(teammate, workspace, ada):
    answer = client_of(teammate).post(url("export"), {"format": "csv"})
    assert (answer.status_code, "Choose at least one column." in answer.content.decode()) == (422, True)
    assert not AuditEntry.objects.filter(action="contact.exported").exists()


def test_viewers_may_not_export(viewer, workspace, ada):
    client = client_of(viewer)
    assert client.get(url("export")).status_code == 403
    assert client.post(url("export"), {"format": "csv", "columns": ["email"]}).status_code == 403


def test_large_files_are_prepared_by_a_worker(teammate, workspace, ada, monkeypatch):
    monkeypatch.setattr(service, "AT_ONCE", 0)
    client = client_of(teammate)
    answer = client.post(url("export") + "?tag=vip", {"format": "csv", "columns": ["email"]})
    export = Export.objects.get()
    assert answer.url == url("export-detail", export.public_id)
    assert 'hx-trigger="every 1s"' in client.get(answer.url).content.decode()
    assert client.get(url("export-file", export.public_id)).url == answer.url
    run_export(export_id=export.pk)
    export.refresh_from_db()
    assert (export.status, export.rows, export.expected) == ("done", 1, 1)
    assert "The file is ready" in client.get(answer.url).content.decode()
    file = client.get(url("export-file", export.public_id))
    assert rows_of(b"".join(file.streaming_content)) == [{"E-mail address": "ada@example.org"}]
    assert AuditEntry.objects.get(action="contact.exported").actor == teammate
    run_export(export_id=export.pk)
    assert AuditEntry.objects.filter(action="contact.exported").count() == 1


@pytest.mark.parametrize("kind", ["csv", "xlsx", "jsonl"])
def test_worker_writes_every_kind(workspace, ada, kind):
    export = start_export(workspace=workspace, wish=Wish(format=kind, columns=["email"]))
    run_export(export_id=export.pk)
    export.refresh_from_db()
    assert (export.status, export.rows, export.file.size) == ("done", 1, export.file_size)


def test_files_go_after_seven_days(workspace, ada):
    export = start_export(workspace=workspace, wish=Wish(columns=["email"]))
    run_export(export_id=export.pk)
    export.refresh_from_db()
    path = export.file.path
    assert remove_old_files() == 0
    Export.objects.update(finished_at=now() - dt.timedelta(days=7, minutes=1))
    wake_exports()
    export.refresh_from_db()
    assert (export.status, export.file.name) == ("expired", "")
    assert not Path(path).exists()


def test_files_go_at_once_when_somebody_is_erased(workspace, other_workspace, ada, django_capture_on_commit_callbacks):
    export, _waiting, theirs = (
        start_export(workspace=one, wish=Wish(columns=["email"])) for one in (workspace, workspace, other_workspace)
    )
    for one in (export, theirs):
        run_export(export_id=one.pk)
        one.refresh_from_db()
    path = Path(export.file.path)
    with django_capture_on_commit_callbacks(execute=True):
        erase_contact(contact=ada)
    assert list(Export.objects.order_by("pk").values_list("status", flat=True)) == ["expired", "queued", "done"]
    assert (path.exists(), Path(theirs.file.path).exists()) == (False, True)


def test_a_file_begun_before_somebody_was_erased_goes_afterwards(workspace, ada, django_capture_on_commit_callbacks):
    export = start_export(workspace=workspace, wish=Wish(columns=["email"]))
    run_export(export_id=export.pk)
    begun = Export.objects.get()
    Export.objects.update(status="running")
    erase_contact(contact=ada)
    Export.objects.update(status="done", started_at=now() - dt.timedelta(minutes=1))
    with django_capture_on_commit_callbacks(execute=True):
        drop_files_of_the_erased()
    assert Export.objects.get().status == "expired"
    assert not Path(begun.file.path).exists()


def test_ten_files_may_wait(teammate, workspace, other_workspace, ada, monkeypatch):
    for _number in range(10):
        start_export(workspace=workspace, wish=Wish(columns=["email"]))
    with pytest.raises(TooManyExports):
        start_export(workspace=workspace, wish=Wish(columns=["email"]))
    monkeypatch.setattr(service, "AT_ONCE", 0)
    page = client_of(teammate).post(url("export"), {"format": "csv", "columns": ["email"], "separator": "comma"})
    assert (page.status_code, Export.objects.count()) == (422, 10)
    assert b"Ten files are being prepared already." in page.content
    start_export(workspace=other_workspace, wish=Wish(columns=["email"]))


def test_a_stopped_export_is_not_begun(workspace, ada):
    export = start_export(workspace=workspace, wish=Wish(columns=["email"]))
    stop_export(export=export)
    run_export(export_id=export.pk)
    export.refresh_from_db()
    assert (export.status, export.file.name) == ("stopped", "")


def test_another_worker_goes_on_once_the_lease_has_run_out(workspace, ada):
    export = start_export(workspace=workspace, wish=Wish(columns=["email"]))
    Export.objects.update(status="running", lease_until=now() + dt.timedelta(minutes=1))
    run_export(export_id=export.pk)
    assert Export.objects.get().status == "running"
    Export.objects.update(lease_until=now() - dt.timedelta(seconds=1))
    run_export(export_id=export.pk)
    assert Export.objects.get().status == "done"


def test_failing_export_says_so_and_keeps_nothing(workspace, ada, monkeypatch):
    export = start_export(workspace=workspace, wish=Wish(columns=["email"]))
    Export.objects.update(columns=["gone"])
    run_export(export_id=export.pk)
    export.refresh_from_db()
    assert (export.status, export.file.name) == ("failed", "")
    assert export.error.startswith("Something went wrong on our side.")


def test_leaving_early_ends_the_query(workspace):
    Contact.objects.bulk_create(Contact(workspace=workspace, first_name="x" * 100) for _number in range(3000))
    pieces = send_at_once(workspace=workspace, wish=Wish(columns=["first_name", "id"]), people=3000)
    assert next(iter(pieces))
    pieces.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)


def test_a_reader_who_is_too_slow_is_cut_off(workspace, ada, monkeypatch):
    monkeypatch.setattr(service, "AT_ONCE_SECONDS", -1)
    monkeypatch.setattr(service, "_reading", lambda _seconds: connection.cursor())
    with pytest.raises(TimeoutError):
        exported(workspace)


def test_a_filter_comes_back_from_its_stored_form():
    wanted = ContactFilter.from_query({"q": "ada lov", "tag": "a&b", "since": "2026-01-01", "address": "dead"})
    wish = Wish(wanted=wanted, columns=["email"], format="xlsx", separator="tab", with_mark=False, language="ru")
    again = Wish.from_stored(wish.query, wish.chosen, wish.format, wish.columns, wish.options())
    assert again == wish


@pytest.mark.django_db(transaction=True)
def test_stopping_a_running_export_is_noticed(workspace, ada, monkeypatch):
    export = start_export(workspace=workspace, wish=Wish(columns=["email"]))
    monkeypatch.setattr(service, "BEAT_SECONDS", 0)
    blocks = service._blocks

    def stopping(*arguments):
        elsewhere = connection.copy()
        with elsewhere.cursor() as cursor:
            cursor.execute("UPDATE contacts_export SET status = 'stopped', lease_until = NULL")
        elsewhere.close()
        return blocks(*arguments)

    monkeypatch.setattr(service, "_blocks", stopping)
    run_export(export_id=export.pk)
    export.refresh_from_db()
    assert (export.status, export.rows, export.file.name) == ("stopped", 0, "")


def test_attribute_count_does_not_change_queries(teammate, workspace, ada, django_assert_max_num_queries):
    client = client_of(teammate)
    client.get(url("export"))
    with django_assert_max_num_queries(20) as few:
        client.get(url("export"))
    for number in range(20):
        Attribute.objects.create(workspace=workspace, key=f"a{number}", label=f"A{number}", type="text")
    with django_assert_max_num_queries(20) as many:
        client.get(url("export"))
    assert len(few) == len(many)
