"""Exports through the REST API."""

import csv
import io
import json

import pytest

from contacts.models import Export
from contacts.services import run_export
from tests.api import ApiClient
from tests.cast import make_contact


@pytest.fixture(autouse=True)
def _own_media(tmp_path, settings) -> None:
    settings.MEDIA_ROOT = tmp_path


def test_a_file_is_asked_for_written_and_fetched(workspace):
    make_contact(workspace, "ada@example.org", country="NZ")
    make_contact(workspace, "bob@example.org", country="DE", attributes={"boat": "x"})
    api = ApiClient(workspace, ["contacts:read"])
    asked = api.post("exports/", {"columns": ["email"], "filter": {"has": "boat"}}, status=202)
    assert (asked["status"], asked["download_url"], asked["columns"]) == ("queued", None, ["email"])
    assert api.call("GET", f"exports/{asked['id']}/file/").status_code == 409
    run_export(export_id=Export.objects.get().pk)
    done = api.get(f"exports/{asked['id']}/")
    assert (done["status"], done["rows"], done["total"]) == ("done", 1, 1)
    file = api.client.get(done["download_url"], headers={"Authorization": f"Bearer {api.secret}"})
    content = b"".join(file.streaming_content).decode("utf-8-sig")
    assert list(csv.DictReader(io.StringIO(content))) == [{"E-mail address": "bob@example.org"}]


def test_json_lines_and_the_usual_columns(workspace):
    make_contact(workspace, "ada@example.org")
    api = ApiClient(workspace)
    asked = api.post("exports/", {"format": "jsonl"}, status=202)
    run_export(export_id=Export.objects.get().pk)
    file = api.call("GET", f"exports/{asked['id']}/file/")
    assert file.headers["Content-Type"] == "application/jsonl; charset=utf-8"
    assert json.loads(b"".join(file.streaming_content))["email"] == "ada@example.org"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"columns": ["nonsense"]}, "columns"),
        ({"columns": []}, "columns"),
        ({"filter": {"contry": "NZ"}}, "filter"),
        ({"filter": {"address": "nonsense"}}, "filter"),
        ({"filter": {"since": "yesterday"}}, "filter"),
        ({"format": "pdf"}, "format"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
def test_mistakes_are_named_and_export_nobody(workspace, body, field):
    answer = ApiClient(workspace).post("exports/", body, status=400)
    assert list(answer["error"]["fields"]) == [field]
    assert not Export.objects.exists()


def test_consent_needs_its_own_scope(workspace):
    from consent.models import Topic

    Topic.objects.create(workspace=workspace, key="news", name="News")
    body = {"columns": ["email", "consent:news"]}
    answer = ApiClient(workspace, ["contacts:read"]).post("exports/", body, status=403)
    assert "consents:read" in answer["error"]["message"]
    assert not Export.objects.exists()
    ApiClient(workspace, ["contacts:read", "consents:read"]).post("exports/", body, status=202)
    Export.objects.update(status="done", file="x")
    path = f"exports/{Export.objects.get().public_id}/file/"
    assert ApiClient(workspace, ["contacts:read"]).call("GET", path).status_code == 403


@pytest.mark.parametrize(("name", "scope"), [("consent", "consents:read"), ("segment", "segments:read")])
def test_filters_of_other_resources_need_their_scope(workspace, name, scope):
    answer = ApiClient(workspace, ["contacts:read"]).post("exports/", {"filter": {name: "x"}}, status=403)
    assert scope in answer["error"]["message"]


def test_an_export_is_stopped(workspace):
    api = ApiClient(workspace)
    asked = api.post("exports/", {}, status=202)
    assert api.post(f"exports/{asked['id']}/stop/", {}, status=200)["status"] == "stopped"


def test_a_file_that_is_gone_from_the_storage_is_said(workspace):
    make_contact(workspace, "ada@example.org")
    api = ApiClient(workspace)
    asked = api.post("exports/", {}, status=202)
    run_export(export_id=Export.objects.get().pk)
    stored = Export.objects.get().file
    stored.storage.delete(stored.name)
    assert api.get(f"exports/{asked['id']}/file/", status=409)["error"]["code"] == "not_ready"
