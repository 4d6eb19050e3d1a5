"""What is remembered of the columns of earlier files."""

from pathlib import Path

import pytest

from contacts.importing.columns import Column, suggest
from contacts.models import Attribute, ImportLayout
from contacts.services import delete_attribute
from contacts.services.layouts import recall_layout, suggestions_from
from contacts.services.uploading import headings
from tests.contacts.importing import imported, uploaded


@pytest.fixture(autouse=True)
def _own_media(tmp_path: Path, settings) -> None:
    settings.MEDIA_ROOT = tmp_path


def suggested(workspace, content: str) -> dict[str, str]:
    names = headings(uploaded(workspace, content))
    columns = suggest(
        names, [[] for _name in names], suggestions_from(workspace), recall_layout(workspace, names).columns
    )
    return {column.heading: column.target for column in columns}


def test_same_headings_in_any_order_are_filled_in_as_last_time(workspace):
    imported(workspace, "a,b,Name,c\nada@example.org,Ada,x,1.2.2026\n", ["email", "first_name", "", "new:date"],
             region="NZ", mode="update")  # fmt: skip
    recalled = recall_layout(workspace, ["c", "b", "a", "Name"])
    assert (recalled.is_same_file, recalled.options) == (True, {"mode": "update", "region": "NZ"})
    assert suggested(workspace, "c,b,a,Name\n1,2,3,4\n") == {
        "c": "attribute:c", "b": "first_name", "a": "email", "Name": "",
    }  # fmt: skip


def test_latest_choice_counts_and_consent_is_never_remembered(workspace):
    content = "a,b\nada@example.org,x\n"
    imported(workspace, content, ["email", "first_name"])
    imported(workspace, content, ["email", "last_name"], topic="t", consent_source="s", consent_at="2026-01-01")
    assert ImportLayout.objects.count() == 1
    recalled = recall_layout(workspace, ["a", "b"])
    assert recalled.columns["b"].target == "last_name"
    assert recalled.options == {"mode": "upsert"}


def test_single_headings_are_remembered_from_other_files(workspace):
    imported(workspace, "a,b,Phone\nada@example.org,Ada,x\n", ["email", "first_name", ""])
    imported(workspace, "z,c\nada@example.org,Ada\n", ["email", "last_name"])
    recalled = recall_layout(workspace, ["b", "c", "Phone", "new"])
    assert recalled.is_same_file is False
    assert {heading: column.target for heading, column in recalled.columns.items()} == {
        "b": "first_name", "c": "last_name",
    }  # fmt: skip
    assert suggested(workspace, "Mail,b,c,First name,Phone\n1,2,3,4,5\n") == {
        "Mail": "email", "b": "first_name", "c": "last_name", "First name": "", "Phone": "phone",
    }  # fmt: skip


def test_detail_deleted_since_is_guessed_anew(workspace):
    imported(workspace, "a,Boat\nada@example.org,sail\n", ["email", "new:text"])
    delete_attribute(attribute=Attribute.objects.get())
    assert suggested(workspace, "a,Boat\n1,2\n") == {"a": "email", "Boat": ""}


def test_order_of_days_is_remembered_unless_the_dates_say_otherwise():
    before = {"d": Column("d", "attribute:d", day_first=False)}
    for cells, expected in ((["3/4/2026"], False), (["25/4/2026"], False), (["4/25/2026"], False)):
        assert suggest(["d"], [cells], {"d": "d"}, before)[0].day_first is expected
    assert suggest(["d"], [["4/25/2026"]], {"d": "d"}, {"d": Column("d", "attribute:d")})[0].day_first is False


def test_layouts_of_another_workspace_are_unknown(workspace, other_workspace):
    imported(workspace, "a,b\nada@example.org,Ada\n", ["email", "first_name"])
    assert recall_layout(other_workspace, ["a", "b"]).columns == {}


def test_file_without_a_heading_is_not_remembered(workspace):
    imported(workspace, "ada@example.org,Ada\n", ["email", "first_name"])
    assert not ImportLayout.objects.exists()


def test_what_our_own_export_calls_an_attribute_is_recognised():
    found = suggest(["attributes.plan", "email"], [[], []], {"Tariff": "plan", "plan": "plan"})
    assert [column.target for column in found] == ["attribute:plan", "email"]
