"""The builder's page: boxes of a list, versions of a step, pictures, contests, publishing only what changed."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from consent.models import Topic
from flows.gallery import document_of
from flows.models import Flow, FlowVersion
from flows.services import create_flow, draft_of, publish_flow
from flows.services.balancing import measure_balance
from tests.cast import client_of
from tests.content.test_pictures import png
from tests.flows.test_building_pages import Fields, address, change

pytestmark = pytest.mark.django_db


@pytest.fixture
def flow(workspace, owner) -> Flow:
    return create_flow(workspace=workspace, actor=owner, name="Boots", document=document_of("finder"), key="boots")


@pytest.fixture
def client(owner):
    return client_of(owner)


def draft(flow: Flow):
    return draft_of(Flow.objects.get(pk=flow.pk))


def consent_of(document) -> tuple[str, dict]:
    return next(
        (f"/steps/{place}/blocks/{number}", block)
        for place, step in enumerate(document["steps"])
        for number, block in enumerate(step["blocks"])
        if block["type"] == "consent"
    )


def test_channels_and_subjects_of_a_consent_are_ticked(client, flow, workspace):
    Topic.objects.create(workspace=workspace, key="news", name="News from the lake")
    path, block = consent_of(draft(flow))
    step = draft(flow)["steps"][int(path.split("/")[2])]["key"]
    page = client.get(address(flow), {"at": f"step:{step}"}).content.decode()
    assert "News from the lake" in page

    sent = {"m": [f"{path}/channels", f"{path}/topics"], f"m:{path}/channels": ["email", "sms"]}
    change(client, flow, at=f"step:{step}", **sent, **{f"m:{path}/topics": ["news"]})

    assert consent_of(draft(flow))[1] == {**block, "channels": ["email", "sms"], "topics": ["news"]}


def test_versions_of_a_step_are_made_shown_tried_and_ended(client, flow):
    before = draft(flow)
    answer = change(client, flow, op="add-version /steps/0")
    assert answer.context["work"].panel == "step:where/b"

    change(client, flow, at="step:where/b", **{"v:/steps/0/variants/1/blocks/0/label": "Where do you walk?"})
    shown = client.get(address(flow, "preview"), {"at": "step:where/b"}).content.decode()
    other = client.get(address(flow, "preview"), {"at": "step:where"}).content.decode()
    assert ("Where do you walk?" in shown, "Where do you walk?" in other) == (True, False)

    renamed = change(client, flow, at="step:where/b", **{"v:/steps/0/variants/1/key": "short"})
    assert renamed.context["work"].panel == "step:where/short"
    ended = change(client, flow, at="step:where/short", op="remove-version /steps/0/variants/1")
    assert ended.context["work"].panel == "step:where"
    assert draft(flow) == before


def test_sending_the_page_of_a_version_or_a_contest_unchanged_changes_nothing(client, workspace, owner):
    for name, operation, part in (("finder", "add-version /steps/0", "step:where/b"), ("giveaway", "", "contest")):
        row = create_flow(workspace=workspace, actor=owner, name=name, document=document_of(name), key=name)
        change(client, row, op=operation)
        before = Flow.objects.get(pk=row.pk)
        reader = Fields()
        reader.feed(client.get(address(row), {"at": part}).content.decode())

        change(client, row, at=part, b=reader.boxes, **reader.found)

        after = Flow.objects.get(pk=row.pk)
        assert (after.draft, after.draft_number) == (before.draft, before.draft_number), part


def test_any_flow_is_made_a_contest_in_the_name_of_the_workspace(client, flow, workspace):
    assert "Make it a contest" in client.get(address(flow), {"at": "contest"}).content.decode()

    answer = change(client, flow, at="contest", op="begin-contest")

    assert answer.context["work"].panel == "contest"
    assert draft(flow)["contest"]["rules"]["sponsor"] == workspace.name
    assert Flow.objects.get(pk=flow.pk).kind == "contest"


def test_viewer_is_not_offered_to_make_a_contest(flow, viewer):
    page = client_of(viewer).get(address(flow), {"at": "contest"}).content.decode()

    assert "begin-contest" not in page


def test_publishing_is_offered_only_when_something_changed(client, flow):
    assert client.get(address(flow)).context["is_changed"] is True
    client.post(address(flow, "publish"))
    page = client.get(address(flow))
    assert page.context["is_changed"] is False
    assert "Publish changes" not in page.content.decode()
    assert "Publish these changes" not in client.get(address(flow, "publish")).content.decode()

    changed = change(client, flow, **{"v:/steps/0/title": "Your way"}).content.decode()
    assert 'id="flow-publish"' in changed
    assert "Publish changes" in changed
    assert "Publish these changes" in client.get(address(flow, "publish")).content.decode()

    change(client, flow, op="undo")
    client.post(address(flow, "close"))
    assert "Open it again" in client.get(address(flow, "publish")).content.decode()


def test_balance_of_what_was_published_is_there_at_once(client, flow, owner, monkeypatch):
    monkeypatch.setattr("flows.checking.balancing.RUNS", 200)
    version = publish_flow(flow=flow, actor=owner)
    assert version.balance == {}

    measure_balance(version_id=version.pk)

    stored = FlowVersion.objects.get(pk=version.pk).balance
    assert (stored["count"], stored["stuck"]) == (200, 0)
    assert sum(stored["outcomes"].values()) == 200
    monkeypatch.setattr("flows.views.balance.measure", None)
    assert client.get(address(flow), {"at": "results"}).context["balance"].count == 200
    assert client.get(address(flow, "balance")).context["balance"].count == 200
    change(client, flow, **{"v:/steps/0/title": "Your way"})
    assert client.get(address(flow), {"at": "results"}).context["balance"] is None


def test_balance_is_measured_once(flow, owner, monkeypatch):
    version = publish_flow(flow=flow, actor=owner)
    FlowVersion.objects.filter(pk=version.pk).update(balance={"count": 7})
    monkeypatch.setattr("flows.services.balancing.measure", None)

    measure_balance(version_id=version.pk)
    measure_balance(version_id=0)

    assert FlowVersion.objects.get(pk=version.pk).balance == {"count": 7}


def test_picture_is_added_and_offered_first(client, workspace, settings, tmp_path):
    where = reverse("flows:pictures", args=[workspace.slug])
    settings.MEDIA_ROOT = tmp_path
    added = client.post(where, {"picture": SimpleUploadedFile("a.png", png())})
    assert added.status_code == 200
    assert added.content.count(b"data-picture=") == 1
    refused = client.post(where, {"picture": SimpleUploadedFile("a.png", b"<svg/>")})
    assert refused.status_code == 422
    assert client.post(where).status_code == 422
    assert client.get(where).content.count(b"data-picture=") == 1


def test_viewer_adds_no_pictures(viewer, workspace):
    assert client_of(viewer).get(reverse("flows:pictures", args=[workspace.slug])).status_code == 403


CAPTIONS = "\ufeffWEBVTT\n\n00:00.000 --> 00:02.000\nКиа ора\n".encode()


def send_captions(client, workspace, data: bytes):
    where = reverse("flows:add-captions", args=[workspace.slug])
    return client.post(where, {"captions": SimpleUploadedFile("a.vtt", data)})


def test_captions_are_sent_and_handed_out_as_text(client, workspace, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path

    answer = send_captions(client, workspace, CAPTIONS)
    shown = Client().get(answer.json()["address"])

    assert answer.status_code == 200
    assert shown.headers["Content-Type"] == "text/vtt; charset=utf-8"
    assert b"".join(shown.streaming_content) == CAPTIONS
    gone = answer.json()["address"].replace(str(workspace.public_id), "00000000-0000-0000-0000-000000000007")
    assert Client().get(gone).status_code == 404


@pytest.mark.parametrize(
    "data",
    [b"", b"<script>alert(1)</script>", b"WEBVTTX -->", b"WEBVTT", b"WEBVTT\n\xff -->", b"WEBVTT --> " * 100_000],
)
def test_what_are_no_captions_is_refused_and_not_stored(client, workspace, settings, tmp_path, data):
    settings.MEDIA_ROOT = tmp_path

    answer = send_captions(client, workspace, data)

    assert (answer.status_code, list(answer.json())) == (422, ["problem"])
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == []


def test_viewer_sends_no_captions(viewer, workspace):
    assert send_captions(client_of(viewer), workspace, CAPTIONS).status_code == 403


def test_video_on_a_page_has_its_poster_and_captions(client, flow):
    change(client, flow, op="add-block video /steps/0")
    number = len(draft(flow)["steps"][0]["blocks"]) - 1
    path = f"/steps/0/blocks/{number}"
    change(client, flow, op=f"add {path}/tracks", **{f"v:{path}/src": "https://films.example/a.mp4"})
    change(client, flow, **{f"v:{path}/tracks/0/src": "/f/a.vtt", f"v:{path}/poster": "/a.png"})

    page = client.get(address(flow, "preview"), {"at": "step:where"}).content.decode()

    assert 'poster="/a.png"' in page
    assert '<track kind="captions" srclang="en" src="/f/a.vtt" label="en" default>' in page
