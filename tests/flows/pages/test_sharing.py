"""Links, codes to scan, frames, and files for members only."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from flows.models import FlowSession
from flows.services.files import keep_file
from flows.views.answering import _ancestors
from tests.cast import client_of
from tests.flows.pages.documents import QUIZ
from tests.flows.pages.test_public import fields, home, publish

pytestmark = pytest.mark.django_db


def test_shared_result_names_the_outcome(workspace, owner):
    flow = publish(workspace, owner, QUIZ)
    html = Client().get(f"{home(flow)}?r=hills").content.decode()

    assert '<meta property="og:title" content="You are a Rata">' in html
    assert f'<link rel="canonical" href="http://testserver{home(flow)}">' in html


def test_code_and_script_are_at_addresses_that_stay(workspace, owner):
    flow = publish(workspace, owner, QUIZ)
    code = Client().get(f"{home(flow)}qr.svg")
    script = Client().get("/f/embed.js")

    assert code.headers["Content-Type"] == "image/svg+xml"
    assert b"<svg" in code.content
    assert script.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert b"data-flow" in script.content
    assert Client().get("/f/00000000-0000-7000-8000-000000000000/qr.svg").status_code == 404


def test_only_named_places_may_frame_a_flow(workspace, owner):
    named = {"embed": {"allowed_origins": ["https://shop.example/any/path", "javascript:x", "https://a.example;x"]}}
    flow = publish(workspace, owner, {**QUIZ, "settings": named})

    policy = Client().get(home(flow)).headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors 'self' https://shop.example")
    assert _ancestors([]) == "'self'"


def test_last_page_offers_links_by_their_words(workspace, owner):
    document = {**QUIZ, "endings": [{"key": "done", "type": "screen", "title": "Done", "blocks": [
        {"type": "share", "id": "pass"}, {"type": "entry_status", "id": "entry"},
    ]}]}  # fmt: skip
    flow, visitor = publish(workspace, owner, document), Client()
    there = visitor.post(home(flow), fields(visitor.get(home(flow)).content.decode(), view="lake")).headers["Location"]
    ending = visitor.post(there, fields(visitor.get(there).content.decode(), name="Wiremu"), follow=True)
    html = ending.content.decode()
    address = f"http://testserver{home(flow)}?r=lake"

    assert f'data-copy="{address}"' in html
    assert f'<a class="quiet" href="{address}">Open the link</a>' in html
    assert f">{address}<" not in html


def test_frame_stays_a_frame_from_page_to_page(workspace, owner):
    flow = publish(workspace, owner, QUIZ)
    html = Client().get(f"{home(flow)}?embed=1").content.decode()
    assert f'action="{home(flow)}?embed=1"' in html
    assert "pub-foot" not in html
    there = Client().post(f"{home(flow)}?embed=1", fields(html, view="lake"))

    assert there.headers["Location"].endswith("/?embed=1")


def test_page_of_sharing_has_lines_to_paste(workspace, owner, viewer, stranger):
    flow = publish(workspace, owner, QUIZ)
    address = f"/w/{workspace.slug}/flows/{flow.public_id}/share/"
    html = client_of(viewer).get(address).content.decode()

    assert f"data-flow=&quot;{flow.public_id}&quot;" in html
    assert "Any site may show it." in html
    assert client_of(stranger).get(address).status_code == 404


def test_files_are_saved_by_members_only(workspace, owner, viewer, stranger, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    flow = publish(workspace, owner, QUIZ)
    Client().post(home(flow), fields(Client().get(home(flow)).content.decode(), view="lake"))
    upload = SimpleUploadedFile("a.html", b"<script>alert(1)</script>")
    file = keep_file(session=FlowSession.objects.get(), block="x", file=upload)
    address = f"/w/{workspace.slug}/flows/{flow.public_id}/files/{file.public_id}/"
    answer = client_of(viewer).get(address)

    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="a.html"'
    assert client_of(stranger).get(address).status_code == 404
