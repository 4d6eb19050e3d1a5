"""A code by mail and the ways back, made in the builder."""

import pytest
from django.urls import reverse

from flows.answers import FlowProblem
from flows.models import Flow
from flows.services import create_flow, draft_of, publish_flow
from tests.cast import client_of
from tests.flows.pages.test_codes import PROOF
from tests.flows.test_building_pages import Fields, change

pytestmark = pytest.mark.django_db


@pytest.fixture
def flow(workspace, owner) -> Flow:
    plain = {**PROOF, "steps": [PROOF["steps"][0], {"key": "proof", "blocks": []}, {"key": "end", "blocks": []}]}
    return create_flow(workspace=workspace, actor=owner, name="Proof", document=plain, key="proof")


def test_code_is_added_with_its_words_and_can_be_published(flow, owner):
    answer = change(client_of(owner), flow, at="step:proof", op="add-block otp /steps/1")
    row = Flow.objects.get(pk=flow.pk)
    added = draft_of(row)["steps"][1]["blocks"][0]

    assert answer.status_code == 200
    assert {**added, "key": "?"} == {
        "type": "otp", "key": "?", "label": "Type the code we have mailed you", "required": True,
    }  # fmt: skip
    assert "Six digits go to the e-mail address" in answer.text
    publish_flow(flow=row, actor=owner)


def test_code_on_the_first_page_is_refused_when_it_is_published(flow, owner, workspace):
    desk = client_of(owner)
    change(desk, flow, at="step:who", op="add-block otp /steps/0")
    answer = desk.post(reverse("flows:publish", args=[workspace.slug, flow.public_id]), follow=True)

    assert "has no address to go to. Ask for an e-mail address on a page before." in answer.text
    with pytest.raises(FlowProblem):
        publish_flow(flow=Flow.objects.get(pk=flow.pk), actor=owner)


def test_ways_back_are_ticked(flow, owner):
    desk = client_of(owner)
    page = Fields()
    page.feed(desk.get(reverse("flows:detail", args=[flow.workspace.slug, flow.public_id]), {"at": "settings"}).text)
    change(
        desk, flow, at="settings",
        **{"v:/settings/save_resume/enabled": "true", "v:/settings/save_resume/via": ["email_link"]},
    )  # fmt: skip

    assert "v:/settings/save_resume/enabled" not in page.found
    assert draft_of(Flow.objects.get(pk=flow.pk))["settings"]["save_resume"] == {"enabled": True, "via": ["email_link"]}
