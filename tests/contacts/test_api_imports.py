import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Workspace
from consent.models import ConsentState, Topic
from contacts.models import Attribute, Contact, Import
from contacts.services.rehearsing import run_rehearsal
from contacts.services.running import run_import
from tests.api import ApiClient

PEOPLE = "E-mail;First name;Boat;News\naroha@example.org;Aroha;sail;yes\nbill;Bill;row;yes\n=cmd|x;Eve;;no\n"
CLEAN = "E-mail,First name\naroha@example.org,Aroha\n"


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def api(workspace: Workspace) -> ApiClient:
    return ApiClient(workspace)


def upload(api: ApiClient, content: bytes, status: int = 202, **fields: Any) -> Any:
    """The body of a POST of a form."""
    body = {name: json.dumps(value) if not isinstance(value, str) else value for name, value in fields.items()}
    file = SimpleUploadedFile("people.csv", content, "text/csv")
    response = api.client.post(
        "/api/v1/imports/", {"file": file, **body}, headers={"Authorization": f"Bearer {api.secret}"}
    )
    assert response.status_code == status, response.content[:1000]
    return response.json()


def test_a_file_is_taken_in(api: ApiClient, workspace: Workspace) -> None:
    Attribute.objects.create(workspace=workspace, key="boat", type="text", label="Boat")
    topic = Topic.objects.create(workspace=workspace, key="news", name="News")
    made = upload(
        api,
        PEOPLE.encode(),
        mapping={"E-mail": "email", "First name": "first_name", "Boat": "attributes.boat", "News": None},
        options={"mode": "upsert", "topic": "news", "consent_source": "old system", "consent_at": "2026-01-02"},
    )
    assert (made["status"], made["file_name"], made["rejected_url"]) == ("queued", "people.csv", None)
    assert Import.objects.get().options["topic"] == str(topic.public_id)

    run_import(import_id=Import.objects.get().pk)
    done = api.get(f"imports/{made['id']}/")
    assert (done["status"], done["total"], done["created"], done["rejected"]) == ("done", 3, 1, 2)
    contact = Contact.objects.get()
    assert (contact.email, contact.first_name, contact.attributes) == ("aroha@example.org", "Aroha", {"boat": "sail"})
    assert ConsentState.objects.get().state == "granted"
    assert api.get("imports/")["results"] == [done]

    response = api.call("GET", done["rejected_url"])
    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert lines[0].startswith("E-mail,First name,Boat,News,")
    assert lines[1].startswith("bill,Bill,row,yes,")
    assert lines[2].startswith("'=cmd|x,Eve,,no,")

    undone = api.post(f"imports/{made['id']}/undo/", {}, 202)
    assert undone["status"] == "undoing"
    run_import(import_id=Import.objects.get().pk)
    assert api.get(f"imports/{made['id']}/")["status"] == "undone"
    assert api.post(f"imports/{made['id']}/undo/", {}, 409)["error"]["code"] == "cannot_undo"


def test_columns_are_guessed_without_a_mapping(api: ApiClient) -> None:
    upload(api, CLEAN.encode())
    columns = [(column["heading"], column["target"]) for column in Import.objects.get().mapping["columns"]]
    assert columns == [("E-mail", "email"), ("First name", "first_name")]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"mapping": "{"}, "mapping"),
        ({"mapping": []}, "mapping"),
        ({"mapping": {"E-mail": "email", "Age": "age"}}, "mapping"),
        ({"mapping": {"E-mail": "shoe"}}, "mapping"),
        ({"mapping": {"E-mail": ["email"]}}, "mapping"),
        ({"mapping": {"First name": "first_name"}}, "columns"),
        ({"mapping": {"E-mail": "email", "First name": "email"}}, "columns"),
        ({"options": {"mode": "guess"}}, "options.mode"),
        ({"options": {"topic": "unknown"}}, "options.topic"),
        ({"options": {"colour": "red"}}, "options.colour"),
        ({"options": {"consent_at": "yesterday"}}, "options.consent_at"),
        ({"options": {"consent_basis": "luck"}}, "options.consent_basis"),
        ({"options": {"match_by": "name"}}, "options.match_by"),
        ({"mapping": {"E-mail": "email"}, "options": {"match_by": "phone"}}, "match_by"),
        ({"mapping": {"E-mail": "email"}, "options": {"match_by": "phone", "dry_run": True}}, "match_by"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_an_import_that_cannot_be_is_refused(api: ApiClient, media: Path, fields: dict[str, Any], field: str) -> None:
    assert list(upload(api, PEOPLE.encode(), 400, **fields)["error"]["fields"]) == [field]
    assert not Import.objects.exists()
    assert [path for path in media.rglob("*") if path.is_file()] == []


def test_consent_needs_its_source(api: ApiClient, workspace: Workspace) -> None:
    Topic.objects.create(workspace=workspace, key="news", name="News")
    assert list(upload(api, CLEAN.encode(), 400, options={"topic": "news"})["error"]["fields"]) == ["consent_source"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 a workbook", b"%PDF-1.7"])
def test_what_is_no_csv_is_refused(api: ApiClient, content: bytes) -> None:
    assert upload(api, content, 422 if content else 400)["error"]["fields"].keys() == {"file"}
    assert not Import.objects.exists()


def test_a_dry_run_counts_and_changes_nobody(api: ApiClient) -> None:
    made = upload(api, PEOPLE.encode(), mapping={"E-mail": "email"}, options={"dry_run": True})
    assert (made["status"], made["dry_run"]["status"], made["dry_run"]["total"]) == ("draft", "queued", 0)
    run_rehearsal(import_id=Import.objects.get().pk)
    done = api.get(f"imports/{made['id']}/")
    assert done["dry_run"] == {
        "status": "done", "total": 3, "created": 1, "updated": 0, "unchanged": 0, "repeated": 0, "rejected": 2,
        "reasons": {"email_no_at": 2},
    }  # fmt: skip
    assert api.get("imports/")["results"] == [done]
    assert not Contact.objects.exists()


def test_an_import_has_no_dry_run(api: ApiClient) -> None:
    assert upload(api, CLEAN.encode())["dry_run"] is None


def test_lines_of_json_are_taken_in(api: ApiClient) -> None:
    lines = b'{"email": "aroha@example.org", "name": {"first": "Aroha"}}\n{"email": "bill@example.org", "vip": true}\n'
    made = upload(api, lines, mapping={"email": "email", "name.first": "first_name", "vip": "new:boolean"})
    run_import(import_id=Import.objects.get().pk)
    assert api.get(f"imports/{made['id']}/")["created"] == 2
    assert set(Contact.objects.values_list("first_name", "attributes__vip")) == {("Aroha", None), ("", True)}


def test_repeated_headings_are_named_by_their_number(api: ApiClient) -> None:
    mapping = {"Mail": "email", "Mail (2)": "first_name"}
    upload(api, b"Mail,Mail\naroha@example.org,Aroha\n", mapping=mapping)
    run_import(import_id=Import.objects.get().pk)
    assert Contact.objects.get().first_name == "Aroha"


def test_a_form_without_a_file_is_refused(api: ApiClient) -> None:
    assert "file" in api.post("imports/", {}, 400)["error"]["fields"]


def test_the_same_upload_twice_is_one_import(api: ApiClient) -> None:
    headers = {"Authorization": f"Bearer {api.secret}", "Idempotency-Key": "a1"}
    answers = [
        api.client.post(
            "/api/v1/imports/", {"file": SimpleUploadedFile("p.csv", text.encode())}, headers=headers
        ).status_code
        for text in (CLEAN, CLEAN, CLEAN + "\n")
    ]
    assert answers == [202, 202, 409]
    assert Import.objects.count() == 1
