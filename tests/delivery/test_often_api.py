"""How often people are written to, through the API."""

from accounts.models import Workspace
from delivery.models import FrequencyRule
from delivery.services import MOST_RULES
from tests.api import ApiClient


def test_a_rule_is_made_replaced_and_removed(workspace: Workspace) -> None:
    api = ApiClient(workspace)
    made = api.call("POST", "frequency_rules/", {"messages": 3, "days": 7})
    assert made.status_code == 201
    again = api.call("POST", "frequency_rules/", {"messages": 2, "days": 7, "channel": ""})
    assert again.json()["id"] == made.json()["id"]
    listed = api.call("GET", "frequency_rules/").json()["results"]
    assert [(row["messages"], row["days"], row["channel"]) for row in listed] == [(2, 7, "")]
    assert api.call("DELETE", f"frequency_rules/{made.json()['id']}/").status_code == 204
    assert not FrequencyRule.objects.exists()


def test_one_rule_too_many_is_refused_and_nothing_changes(workspace: Workspace) -> None:
    FrequencyRule.objects.bulk_create(
        FrequencyRule(workspace=workspace, messages=1, days=day) for day in range(1, MOST_RULES + 1)
    )
    refused = ApiClient(workspace).call("POST", "frequency_rules/", {"messages": 1, "days": 40})
    assert (refused.status_code, FrequencyRule.objects.count()) == (409, MOST_RULES)
