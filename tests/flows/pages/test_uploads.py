"""Files of visitors: only where they are asked for, told by their bytes, gone with their session."""

from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from flows.models import FlowFile, FlowSession
from flows.services.files import TRIES_KEPT, plain_name, sweep_files
from flows.sniffing import kind_of
from tests.flows.pages.test_public import fields, hidden, home, publish

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100
DOCUMENT: dict[str, Any] = {
    "schema_version": "1.0",
    "kind": "form",
    "name": "Send a picture",
    "default_locale": "en",
    "steps": [
        {
            "key": "a",
            "blocks": [
                {
                    "type": "file_upload",
                    "key": "photo",
                    "label": "Your picture",
                    "required": True,
                    "accept": ["image/*"],
                    "max_size_mb": 1,
                },
                {"type": "short_text", "key": "title", "label": "Its title", "required": True},
            ],
        }
    ],
    "endings": [{"key": "done", "type": "screen", "title": "Thank you"}],
}


@pytest.fixture
def flow(workspace, owner, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return publish(workspace, owner, DOCUMENT, "photo")


def send(flow: Any, name: str, data: bytes, **answers: str) -> Any:
    client = Client(headers={"accept-language": "en"})
    form = fields(client.get(home(flow)).content.decode(), **answers)
    return client, client.post(home(flow), {**form, "a.photo": SimpleUploadedFile(name, data)})


def test_picture_is_kept_with_what_it_really_is(flow):
    _client, answer = send(flow, "../../lake.png", PNG, title="Lake")

    assert answer.status_code == 303
    file = FlowFile.objects.get()
    assert (file.name, file.size, file.type) == ("lake.png", 108, "image/png")
    assert FlowSession.objects.get().answers["photo"][0]["id"] == str(file.public_id)
    assert default_storage.open(file.path).read() == PNG
    assert "lake" not in file.path


def test_page_that_calls_itself_a_picture_is_refused(flow):
    _client, answer = send(flow, "lake.png", b"<html><script>alert(1)</script>", title="Lake")

    assert answer.status_code == 422
    assert "Files of this kind are not taken here." in answer.content.decode()
    assert FlowSession.objects.get().answers == {}


def test_file_stays_when_another_answer_is_missing(flow):
    client, answer = send(flow, "lake.png", PNG)
    html = answer.content.decode()
    assert answer.status_code == 422
    address = f"{home(flow)}s/" + html.split(f"{home(flow)}s/")[1].split('"')[0]
    kept = hidden(html, "a.photo.keep")
    done = client.post(address, {**fields(html, title="Lake"), "a.photo.keep": kept})

    assert done.status_code == 303
    assert FlowSession.objects.get().status == "completed"
    assert FlowFile.objects.count() == 1


def test_two_gigabytes_are_refused_before_they_are_read(flow):
    answer = Client().post(
        home(flow), b"--x--\r\n", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=str(2 * 1024**3)
    )

    assert answer.status_code == 413
    assert "too much at once" in answer.content.decode()
    assert FlowSession.objects.count() == 0


def test_files_go_with_their_session(flow):
    send(flow, "lake.png", PNG, title="Lake")
    path = FlowFile.objects.get().path
    FlowSession.objects.all().delete()

    assert sweep_files() == 1
    assert FlowFile.objects.count() == 0
    assert sweep_files() == 0
    assert path


def test_refused_files_do_not_pile_up(flow):
    client, answer = send(flow, "lake.png", PNG)
    html = answer.content.decode()
    address = f"{home(flow)}s/" + html.split(f"{home(flow)}s/")[1].split('"')[0]
    for _more in range(TRIES_KEPT + 3):
        client.post(address, {**fields(html), "a.photo": SimpleUploadedFile("lake.svg", b"<svg>")})
    session = FlowSession.objects.get()

    assert session.files.count() <= TRIES_KEPT + 1
    done = client.post(address, {**fields(html, title="Lake"), "a.photo": SimpleUploadedFile("lake.png", PNG)})
    assert done.status_code == 303
    session.refresh_from_db()
    assert session.files.filter(public_id=session.answers["photo"][0]["id"]).exists()
    assert sweep_files() > 0
    assert FlowFile.objects.count() == session.files.count()


def test_device_that_sent_its_file_is_not_asked_again(workspace, owner, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    once = {"submissions": {"limit": [{"by": "device", "max": 1, "per": "once"}]}}
    flow = publish(workspace, owner, {**DOCUMENT, "settings": once}, "photo")
    client, _answer = send(flow, "lake.png", PNG, title="Lake")

    assert client.get(home(flow)).status_code == 303
    assert FlowSession.objects.get().status == "completed"


def test_names_and_kinds_are_harmless():
    assert plain_name("C:\\photos\\a\u202egnp.exe") == "agnp.exe"
    assert plain_name("") == "file"
    assert kind_of(b"<svg onload=alert(1)>", "a.svg") == "application/octet-stream"
    assert kind_of(b"\xef\xbb\xbf <html>", "a.txt") == "application/octet-stream"
    assert kind_of(b"a,b\n1,2\n", "a.csv") == "text/csv"
    assert kind_of(b"%PDF-1.7", "a.png") == "application/pdf"
