"""Another type, another name of a choice, a value for everybody: looked at before, done for all, and taken back."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AuditEntry, Workspace
from contacts.details import AttributeKind
from contacts.models import Attribute, AttributeChange, AttributeOriginal, Contact, Import
from contacts.problems import Problem
from contacts.retyping import converter
from contacts.services import ContactValues, InvalidContact, create_contact, save_attribute, update_contact
from contacts.services import attribute_changes as changes
from contacts.services.attributes import AttributeValues
from contacts.values import read_value
from core.clock import now


def detail(workspace: Workspace, kind: str = "text", **fields: Any) -> Attribute:
    return Attribute.objects.create(workspace=workspace, key="stay", label="Stay", type=kind, **fields)


def people(workspace: Workspace, *values: Any) -> list[Contact]:
    """A contact for each value, written as it is stored."""
    return [
        create_contact(
            workspace=workspace,
            values=ContactValues(external_id=f"p{number}", attributes={} if value is None else {"stay": value}),
        )
        for number, value in enumerate(values)
    ]


def stays() -> list[Any]:
    return [row.get("stay") for row in Contact.objects.order_by("id").values_list("attributes", flat=True)]


def folded() -> list[Any]:
    return [row.get("stay") for row in Contact.objects.order_by("id").values_list("folded", flat=True)]


def done(change: AttributeChange) -> AttributeChange:
    changes.run_change(change_id=change.pk)
    change.refresh_from_db()
    return change


@pytest.mark.parametrize(
    ("before", "value", "after", "became"),
    [
        ("text", "12,50", "number", 12.5),
        ("text", "yes", "boolean", True),
        ("text", "31.03.2026", "date", "2026-03-31"),
        ("text", "12.50 EUR", "money", {"amount": "12.50", "currency": "EUR"}),
        ("number", 7, "text", "7"),
        ("number", 0.1, "text", "0.1"),
        ("number", 1, "boolean", True),
        ("boolean", True, "text", "yes"),
        ("boolean", False, "number", 0),
        ("date", "2026-03-31", "datetime", "2026-03-30T11:00:00Z"),
        ("datetime", "2026-03-30T11:00:00Z", "date", "2026-03-31"),
        ("money", {"amount": "12.50", "currency": "EUR"}, "number", 12.5),
        ("money", {"amount": "12.50", "currency": "EUR"}, "text", "12.50 EUR"),
        ("multi_choice", ["a", "b"], "text", "a, b"),
        ("choice", "a", "multi_choice", ["a"]),
        ("multi_choice", ["a"], "choice", "a"),
    ],
)
def test_a_value_is_the_same_in_another_type(before, value, after, became):
    from zoneinfo import ZoneInfo

    convert = converter(
        AttributeKind(before, ("a", "b")), AttributeKind(after, ("a", "b")), zone=ZoneInfo("Pacific/Auckland")
    )

    assert convert(value) == became
    assert type(convert(value)) is type(became)


@pytest.mark.parametrize(
    ("before", "value", "after"),
    [
        ("text", "soon", "number"),
        ("text", "maybe", "boolean"),
        ("number", 7, "boolean"),
        ("number", 7, "date"),
        ("multi_choice", ["a", "b"], "choice"),
        ("text", "c", "choice"),
        ("date", "2026-03-31", "number"),
    ],
)
def test_a_value_that_the_type_cannot_say_is_a_problem(before, value, after):
    with pytest.raises(Problem):
        converter(AttributeKind(before, ("a", "b")), AttributeKind(after, ("a", "b")))(value)


KINDS = st.sampled_from(["text", "number", "boolean", "date", "datetime", "money", "choice", "multi_choice"])
TEXTS = st.sampled_from(["a", "b", "7", "0.5", "yes", "2026-03-31", "2026-03-31T10:00:00Z", "12.50 EUR", "x y"])


@given(KINDS, KINDS, TEXTS)
def test_converting_twice_is_converting_once(before, after, text):
    kinds = AttributeKind(before, ("a", "b")), AttributeKind(after, ("a", "b"))
    try:
        new = converter(*kinds)(read_value(before, text, ("a", "b")))
    except Problem:
        return
    assert converter(*kinds)(new) == new


def test_preview_counts_everybody_and_shows_what_would_be_lost(workspace):
    people(workspace, None) and detail(workspace)
    people_of = ["3", "4", "4", "soon", "soon", "never"]
    for number, value in enumerate(people_of):
        create_contact(workspace=workspace, values=ContactValues(external_id=f"q{number}", attributes={"stay": value}))

    preview = changes.preview_type(attribute=Attribute.objects.get(), to="number")

    assert (preview.total, preview.converted, preview.lost) == (6, 3, 3)
    assert preview.samples == [("soon", "This is not a number.", 2), ("never", "This is not a number.", 1)]
    assert stays() == [None, "3", "4", "4", "soon", "soon", "never"]


def test_changing_the_type_converts_everybody_and_undoing_brings_lost_values_back(workspace, owner):
    attribute = detail(workspace)
    people(workspace, "3", "012", "soon", None)

    change = done(changes.change_type(attribute=attribute, to="number", actor=owner))

    assert (change.status, change.total, change.changed, change.lost) == ("done", 3, 3, 1)
    assert stays() == [3, 12, None, None]
    assert folded() == [None, None, None, None]
    attribute.refresh_from_db()
    assert attribute.type == "number"
    assert AuditEntry.objects.filter(action="attribute.changed_for_all", actor=owner).count() == 1

    change = done(changes.undo_change(change=change, actor=owner))

    assert change.status == "undone"
    assert stays() == ["3", "012", "soon", None]
    assert folded() == ["3", "012", "soon", None]
    attribute.refresh_from_db()
    assert attribute.type == "text"


def test_undoing_keeps_what_was_written_since(workspace):
    attribute = detail(workspace)
    ada, bob, _eve = people(workspace, "3", "soon", None)
    change = done(changes.change_type(attribute=attribute, to="number"))
    update_contact(contact=ada, values=ContactValues(attributes={"stay": "9"}))
    update_contact(contact=bob, values=ContactValues(attributes={"stay": "10"}))

    done(changes.undo_change(change=change))

    assert stays() == ["9", "10", None]


def test_values_written_while_it_runs_are_left_as_they_are(workspace):
    attribute = detail(workspace)
    ada, _bob = people(workspace, "3", "4")
    change = changes.change_type(attribute=attribute, to="number")
    update_contact(contact=ada, values=ContactValues(attributes={"stay": "5"}))

    done(change)

    assert stays() == [5, 4]


def test_a_change_goes_on_where_a_killed_worker_stopped(workspace, monkeypatch):
    attribute = detail(workspace)
    people(workspace, "1", "2", "3", "soon", "5")
    change = changes.change_type(attribute=attribute, to="number")
    monkeypatch.setattr(changes, "BATCH", 2)
    real, calls = changes._do_batch, []

    def dies_after_one(*arguments: Any) -> bool:
        if calls:
            raise RuntimeError("killed")
        calls.append(1)
        return real(*arguments)

    monkeypatch.setattr(changes, "_do_batch", dies_after_one)
    with pytest.raises(RuntimeError):
        changes.run_change(change_id=change.pk)
    assert stays() == [1, 2, "3", "soon", "5"]
    AttributeChange.objects.update(lease_until=now() - dt.timedelta(seconds=1))
    monkeypatch.setattr(changes, "_do_batch", real)

    change = done(change)

    assert stays() == [1, 2, 3, None, 5]
    assert (change.looked_at, change.changed, change.lost) == (5, 5, 1)


def test_a_text_becomes_a_list_of_its_own_values(workspace):
    attribute = detail(workspace)
    people(workspace, "Lake", "lake", "Lake", "Hill", None)

    done(changes.change_type(attribute=attribute, to="choice"))

    attribute.refresh_from_db()
    assert attribute.choices == ["Lake", "Hill"]
    assert stays() == ["Lake", "Lake", "Lake", "Hill", None]


def test_renaming_a_choice_moves_everybody_who_has_it(workspace):
    attribute = detail(workspace, "multi_choice", choices=["Lake", "Hill"], default=["Lake"])
    people(workspace, ["Lake", "Hill"], ["Lake"], ["Hill"])

    change = done(changes.rename_choice(attribute=attribute, old="Lake", new="Lakeside"))

    attribute.refresh_from_db()
    assert (attribute.choices, attribute.default) == (["Lakeside", "Hill"], ["Lakeside"])
    assert stays() == [["Lakeside", "Hill"], ["Lakeside"], ["Hill"]]
    done(changes.undo_change(change=change))
    assert stays() == [["Lake", "Hill"], ["Lake"], ["Hill"]]


def test_taking_a_choice_away_empties_it_and_can_be_undone(workspace):
    attribute = detail(workspace, "choice", choices=["Lake", "Hill"])
    people(workspace, "Lake", "Hill")

    change = done(changes.rename_choice(attribute=attribute, old="Lake", new=""))

    assert (change.lost, stays()) == (1, [None, "Hill"])
    done(changes.undo_change(change=change))
    assert stays() == ["Lake", "Hill"]


def test_a_choice_somebody_has_is_not_left_out_by_saving(workspace):
    attribute = detail(workspace, "choice", choices=["Lake", "Hill", "Town"])
    people(workspace, "Lake")
    values = AttributeValues(label="Stay", type="choice", choices=("Hill",))

    with pytest.raises(InvalidContact, match="1 person has “Lake”"):
        save_attribute(workspace=workspace, values=values, attribute=attribute)

    attribute.refresh_from_db()
    assert attribute.choices == ["Lake", "Hill", "Town"]
    saved = save_attribute(
        workspace=workspace,
        values=AttributeValues(label="Stay", type="choice", choices=("Lake", "Hill")),
        attribute=attribute,
    )
    assert saved.choices == ["Lake", "Hill"]


def test_everybody_without_a_value_gets_the_default_and_gives_it_back(workspace):
    attribute = detail(workspace, default="Lake")
    people(workspace, "Hill")
    Contact.objects.create(workspace=workspace, external_id="old")

    change = done(changes.give_default(attribute=attribute))

    assert (change.total, stays(), folded()) == (1, ["Hill", "Lake"], ["hill", "lake"])
    done(changes.undo_change(change=change))
    assert stays() == ["Hill", None]


def test_new_people_get_the_default_where_nothing_was_said(workspace):
    detail(workspace, default="Lake")

    people(workspace, None, "Hill")
    create_contact(workspace=workspace, values=ContactValues(external_id="x", attributes={"stay": None}))

    assert stays() == ["Lake", "Hill", None]


def test_nothing_is_begun_while_an_import_runs_or_another_change(workspace):
    attribute = detail(workspace)
    import_ = Import.objects.create(workspace=workspace, file_name="a.csv", status="running")
    with pytest.raises(InvalidContact, match="import is running"):
        changes.change_type(attribute=attribute, to="number")
    import_.delete()
    changes.change_type(attribute=attribute, to="number")

    with pytest.raises(InvalidContact, match="changed already"):
        changes.change_type(attribute=attribute, to="text")

    attribute.refresh_from_db()
    assert attribute.type == "number"


def test_originals_are_forgotten_after_thirty_days(workspace):
    people(workspace, None)
    attribute = detail(workspace)
    people_of = create_contact(workspace=workspace, values=ContactValues(external_id="z", attributes={"stay": "soon"}))
    change = done(changes.change_type(attribute=attribute, to="number"))
    assert AttributeOriginal.objects.filter(contact=people_of).count() == 1
    AttributeChange.objects.update(finished_at=now() - dt.timedelta(days=31))

    changes.wake_changes()

    assert not AttributeOriginal.objects.exists()
    change.refresh_from_db()
    assert not changes.can_be_undone(change)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"type": "number", "rules": {"min": "much"}}, "rules.min"),
        ({"type": "number", "rules": {"pattern": "x"}}, "rules.pattern"),
        ({"type": "number", "rules": {"min": 5}, "default": "4"}, "default"),
        ({"type": "choice", "choices": ("a",), "default": "b"}, "default"),
    ],
)
def test_rules_and_defaults_that_cannot_be_are_refused(workspace, values, field):
    with pytest.raises(InvalidContact) as error:
        save_attribute(workspace=workspace, values=AttributeValues(label="Stay", **values))

    assert set(error.value.fields) == {field}
    assert not Attribute.objects.exists()
