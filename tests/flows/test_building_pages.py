"""The builder's pages: every change is kept at once, undo takes it back, two windows do not overwrite each other."""

from html.parser import HTMLParser
from typing import Any

import pytest
from django.urls import reverse

from flows.documents import read_json
from flows.gallery import TEMPLATES, document_of
from flows.models import Flow, FlowSession
from flows.services import create_flow, draft_of
from tests.cast import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def flow(workspace, owner) -> Flow:
    return create_flow(workspace=workspace, actor=owner, name="Boots", document=document_of("finder"), key="boots")


@pytest.fixture
def client(owner):
    return client_of(owner)


class Fields(HTMLParser):
    """Reads a page as a browser would send its form."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.boxes: list[str] = []
        self.select = self.area = ""

    def handle_starttag(self, tag, attrs):
        at = dict(attrs)
        name = at.get("name") or ""
        if tag == "input" and name == "b":
            self.boxes.append(at["value"])
        elif tag == "input" and name.startswith("v:") and (at.get("type") != "checkbox" or "checked" in at):
            self.found[name] = at.get("value") or ""
        elif tag == "select":
            self.select = name
        elif tag == "textarea":
            self.area = name
            self.found[name] = ""
        elif tag == "option" and self.select.startswith("v:") and ("selected" in at or self.select not in self.found):
            self.found[self.select] = at.get("value") or ""

    def handle_endtag(self, tag):
        self.area = "" if tag == "textarea" else self.area

    def handle_data(self, data):
        if self.area:
            self.found[self.area] += data


def address(flow: Flow, name: str = "detail", *more: Any) -> str:
    return reverse(f"flows:{name}", args=[flow.workspace.slug, flow.public_id, *more])


def change(client, flow: Flow, at: str = "step:where", **sent: Any):
    row = Flow.objects.get(pk=flow.pk)
    values = {"expected": row.draft_number, "at": at, "lang": "en", **sent}
    return client.post(address(flow), values, headers={"X-Part": "1"})


def test_every_part_of_every_flow_of_the_gallery_can_be_worked_on(client, workspace, owner):
    for template in TEMPLATES:
        row = create_flow(
            workspace=workspace, actor=owner, name="x", document=document_of(template.key), key=template.key
        )
        document = draft_of(row)
        parts = [f"step:{one['key']}" for one in document["steps"]] + [
            f"ending:{one['key']}" for one in document["endings"]
        ]
        for part in (*parts, "picture", "results", "numbers", "settings", "contest"):
            answer = client.get(address(row), {"at": part})
            assert answer.status_code == 200, (template.key, part)
        assert b"Everything fits together" in answer.content


def test_what_is_typed_is_kept_and_undo_gives_back_the_very_same_text(client, flow):
    before = Flow.objects.get(pk=flow.pk).draft

    answer = change(client, flow, **{"v:/steps/0/title": "Your way"})
    assert answer.status_code == 200
    assert read_json(Flow.objects.get(pk=flow.pk).draft)["steps"][0]["title"] == "Your way"

    change(client, flow, op="undo")
    assert Flow.objects.get(pk=flow.pk).draft == before
    change(client, flow, op="redo")
    assert read_json(Flow.objects.get(pk=flow.pk).draft)["steps"][0]["title"] == "Your way"


def test_sending_a_whole_page_unchanged_changes_nothing(client, flow):
    before = Flow.objects.get(pk=flow.pk)
    for part in ("step:where", "step:you", "ending:done", "results", "numbers", "settings"):
        reader = Fields()
        reader.feed(client.get(address(flow), {"at": part}).content.decode())
        assert reader.found or part == "numbers"
        assert change(client, flow, at=part, b=reader.boxes, **reader.found).status_code == 200
        after = Flow.objects.get(pk=flow.pk)
        assert (after.draft, after.draft_number) == (before.draft, before.draft_number), part


def test_value_that_cannot_be_taken_is_refused_with_a_sentence(client, flow):
    before = Flow.objects.get(pk=flow.pk).draft

    answer = change(client, flow, at="step:size", **{"v:/steps/4/blocks/0/max": "huge"})

    assert answer.status_code == 422
    assert "Write a number here" in answer.content.decode()
    assert Flow.objects.get(pk=flow.pk).draft == before


def test_second_window_is_told_and_may_keep_its_own_over_the_other(client, flow):
    first = client.get(address(flow))
    mark = first.context["mark"]
    stale = Flow.objects.get(pk=flow.pk).draft_number
    change(client, flow, **{"v:/steps/0/title": "Theirs"})

    sent = {"expected": stale, "mark": mark, "at": "step:where", "v:/steps/4/title": "Mine"}
    answer = client.post(address(flow), sent, headers={"X-Part": "1"})
    assert answer.status_code == 409
    assert "another window" in answer.content.decode()
    assert 'value="Mine"' in client.post(address(flow), {**sent, "at": "step:size"}).content.decode()
    assert "title" not in draft_of(Flow.objects.get(pk=flow.pk))["steps"][4]

    kept = client.post(address(flow), {**sent, "op": "keep"}, headers={"X-Part": "1"})
    assert kept.status_code == 200
    steps = draft_of(Flow.objects.get(pk=flow.pk))["steps"]
    assert ("title" in steps[0], steps[4]["title"]) == (False, "Mine")
    change(client, flow, op="undo")
    assert draft_of(Flow.objects.get(pk=flow.pk))["steps"][0]["title"] == "Theirs"


def test_buttons_add_move_and_take_away(client, flow):
    change(client, flow, op="add-step nps 0")
    change(client, flow, op="move /steps/1 down")
    steps = draft_of(Flow.objects.get(pk=flow.pk))["steps"]
    assert [one["key"] for one in steps][:3] == ["where", "look", "nps"]

    change(client, flow, op="remove /steps/2")
    assert draft_of(Flow.objects.get(pk=flow.pk)) == document_of("finder")


MADE_UP = (
    "", "move", "move /nowhere up", "remove /steps/99", "add /settings", "fly /steps/0", "add-step single_choice -7",
    "copy /name", "remove ", "join / x",
)  # fmt: skip


@pytest.mark.parametrize("operation", MADE_UP)
def test_made_up_operation_changes_nothing_and_breaks_nothing(client, flow, operation):
    before = Flow.objects.get(pk=flow.pk).draft

    assert change(client, flow, op=operation).status_code in {200, 422}
    assert Flow.objects.get(pk=flow.pk).draft == before


def test_without_script_the_page_comes_back_after_a_change(client, flow):
    answer = client.post(address(flow), {"expected": 1, "at": "step:where", "v:/steps/0/title": "Your way"})

    assert answer.status_code == 302
    assert answer.url.endswith("?at=step%3Awhere&lang=en")


def test_step_is_copied_into_another_flow(client, flow, workspace, owner):
    other = create_flow(workspace=workspace, actor=owner, name="Poll", document=document_of("poll"), key="poll")

    answer = client.post(address(flow, "copy-step"), {"into": str(other.public_id), "at": "step:size"})

    assert answer.status_code == 302
    assert draft_of(Flow.objects.get(pk=other.pk))["steps"][1] == document_of("finder")["steps"][4]


@pytest.mark.parametrize("into", ["", "\x00", "no id", "00000000-0000-0000-0000-000000000007"])
def test_step_is_not_copied_into_what_is_no_flow(client, flow, into):
    answer = client.post(address(flow, "copy-step"), {"into": into, "at": "step:size"})

    assert answer.status_code == 404


def test_publishing_says_what_changes_and_errors_stand_in_its_way(client, flow):
    assert client.post(address(flow, "publish")).url == address(flow, "published")
    change(client, flow, **{"v:/steps/0/title": "Your way"})
    assert "The step “Your way” is different." in client.get(address(flow, "publish")).content.decode()

    change(client, flow, op="remove /steps/5/blocks/0")
    change(client, flow, at="ending:done", **{"v:/endings/0/title": "{{answers.nothing}}"})
    answer = client.post(address(flow, "publish"))
    assert answer.status_code == 422
    assert "answers.nothing" in answer.content.decode()
    assert Flow.objects.get(pk=flow.pk).live_version.number == 1


def test_version_is_made_the_draft_again(client, flow):
    client.post(address(flow, "publish"))
    change(client, flow, op="remove /steps/1")

    client.post(address(flow, "restore", 1))

    assert draft_of(Flow.objects.get(pk=flow.pk)) == document_of("finder")


def test_draft_is_deleted_and_what_was_published_is_put_away(client, flow, workspace):
    client.post(address(flow, "duplicate"))
    copy = Flow.objects.exclude(pk=flow.pk).get()
    client.post(address(copy, "delete"))
    assert not Flow.objects.filter(pk=copy.pk).exists()

    client.post(address(flow, "publish"))
    assert client.post(address(flow, "delete")).url == address(flow, "settle")
    client.post(address(flow, "archive"))
    row = Flow.objects.get(pk=flow.pk)
    assert (row.status, row.archived_at is not None) == ("closed", True)
    assert b"Boots" not in client.get(reverse("flows:list", args=[workspace.slug])).content.split(b'id="rows"')[1]


def test_preview_runs_the_draft_and_stores_nothing(client, flow):
    page = client.get(address(flow, "preview"))
    assert page.headers["Content-Security-Policy"].endswith("frame-ancestors 'self'")
    first = page.context["page"].first

    answer = client.post(address(flow, "preview"), {"first": first, "do": "submit", "a.where": "rock"})

    assert answer.context["screen"].step == "load"
    assert FlowSession.objects.count() == 0
    at_size = client.get(address(flow, "preview"), {"at": "step:size"})
    assert at_size.context["screen"].step == "size"


def test_pretend_people_show_how_results_come_out(client, flow):
    answer = client.get(address(flow, "balance"))

    titles = [one.title for one in answer.context["balance"].outcomes]
    assert titles == ["Stroll", "Drizzle", "Path", "Storm", "Ridge", "Haul"]
    assert sum(one.count for one in answer.context["balance"].outcomes) == answer.context["balance"].count
