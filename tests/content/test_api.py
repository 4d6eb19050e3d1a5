from typing import Any

import pytest

from accounts.models import Workspace
from campaigns.models import Campaign
from content.models import Template
from tests.api import ApiClient
from tests.cast import make_contact

MJML = (
    "<mjml><mj-body><mj-section><mj-column><mj-text>Kia ora {{ contact.first_name }}, {{ data.code }}."
    ' <a href="{{ unsubscribe_url }}">Unsubscribe</a></mj-text></mj-column></mj-section></mj-body></mjml>'
)


@pytest.fixture
def api(workspace: Workspace) -> ApiClient:
    return ApiClient(workspace)


@pytest.fixture
def template(api: ApiClient) -> dict[str, Any]:
    made: dict[str, Any] = api.post("templates/", {"name": "Welcome", "subject": "Kia ora", "mjml": MJML})
    return made


def test_a_template_is_made_changed_and_deleted(api: ApiClient, template: dict[str, Any]) -> None:
    assert (template["mjml"], template["version"]) == (MJML, 1)
    changed = api.patch(f"templates/{template['id']}/", {"subject": "Hello", "version": 1})
    assert (changed["subject"], changed["version"]) == ("Hello", 2)
    refused = api.patch(f"templates/{template['id']}/", {"subject": "Lost", "version": 1}, 409)
    assert refused["error"]["code"] == "edit_conflict"
    assert api.get(f"templates/{template['id']}/") == changed
    api.delete(f"templates/{template['id']}/")
    assert not Template.objects.exists()


def test_a_template_in_use_stays(api: ApiClient, workspace: Workspace, template: dict[str, Any]) -> None:
    Campaign.objects.create(workspace=workspace, name="Summer", template=Template.objects.get())
    assert api.delete(f"templates/{template['id']}/", 409)["error"]["code"] == "template_in_use"
    assert Template.objects.count() == 1


def test_a_template_is_rendered_for_a_contact(api: ApiClient, workspace: Workspace, template: dict[str, Any]) -> None:
    contact = make_contact(workspace, "aroha@example.org", first_name="Aroha <b>")
    rendered = api.post(
        f"templates/{template['id']}/render/", {"contact": str(contact.public_id), "data": {"code": "X9"}}, 200
    )
    assert rendered["subject"] == "Kia ora"
    assert "Kia ora Aroha &lt;b&gt;, X9." in rendered["html"]
    assert "Kia ora Aroha <b>, X9." in rendered["text"]
    assert all({"code", "message", "where", "line", "level"} == set(problem) for problem in rendered["problems"])


def test_problems_are_told(api: ApiClient) -> None:
    made = api.post("templates/", {"name": "Broken", "mjml": "<mjml><mj-body></mj-section></mjml>"})
    codes = [problem["code"] for problem in api.post(f"templates/{made['id']}/render/", {}, 200)["problems"]]
    assert "empty_subject" in codes
    assert any(code.startswith("mjml") for code in codes)


@pytest.mark.parametrize(
    "body", [{}, {"name": ""}, {"name": "x" * 81}, {"name": "X", "blocks": []}, {"name": "X", "mjml": "x" * 200_000}]
)
def test_a_template_that_cannot_be_is_refused(api: ApiClient, body: dict[str, Any]) -> None:
    api.post("templates/", body, 400)
    assert not Template.objects.exists()


def test_strangers_templates_and_contacts_do_not_exist(
    api: ApiClient, other_workspace: Workspace, template: dict[str, Any]
) -> None:
    stranger = ApiClient(other_workspace)
    for method, path in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "render/")):
        assert stranger.call(method, f"templates/{template['id']}/{path}", {}).status_code == 404
    theirs = make_contact(other_workspace, "x@example.org")
    refused = api.post(f"templates/{template['id']}/render/", {"contact": str(theirs.public_id)}, 400)
    assert list(refused["error"]["fields"]) == ["contact"]
