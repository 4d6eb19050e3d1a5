"""A file goes onto a list, and off again when its import is undone."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User, Workspace
from contacts.import_hooks import lists_of
from contacts.models import Import, ImportReject
from contacts.services.imports import can_be_undone, undo_import
from contacts.services.mending import mend_rejected
from contacts.services.running import run_import
from core.clock import now
from segments.models import ListMember, StaticList
from segments.services.lists import add_to_list, remove_from_list, save_list
from tests.api import ApiClient
from tests.cast import make_contact
from tests.contacts.importing import imported, started, uploaded


@pytest.fixture(autouse=True)
def _own_media(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def fair(workspace: Workspace, teammate: User) -> StaticList:
    return save_list(workspace=workspace, actor=teammate, values={"name": "Fair"})


def members(static_list: StaticList) -> list[str]:
    rows = ListMember.objects.filter(list=static_list).order_by("contact__email")
    return [email.partition("@")[0] for email in rows.values_list("contact__email", flat=True)]


def onto(fair: StaticList, content: str, targets: list[str]) -> Import:
    return imported(fair.workspace, content, targets, static_list=str(fair.public_id))


def undone(import_: Import) -> None:
    undo_import(import_=import_)
    run_import(import_id=import_.pk)
    import_.refresh_from_db()
    assert import_.status == "undone"


def test_everybody_a_file_reaches_goes_onto_the_list(workspace: Workspace, fair: StaticList) -> None:
    make_contact(workspace, "bob@x.example")
    rows = "mail,ok,first\nada@x.example,no,Ada\nbob@x.example,yes,\ncy@x.example,,Cy\nada@x.example,,\nnobody,,\n"
    import_ = onto(fair, rows, ["email", "consent", "first_name"])
    assert (import_.created, import_.rejected) == (2, 1)
    assert members(fair) == ["ada", "bob", "cy"]


def test_mended_row_goes_onto_the_list_too(fair: StaticList) -> None:
    import_ = onto(fair, "mail\nada@x\n", ["email"])
    assert members(fair) == []
    row = ImportReject.objects.get(import_batch=import_)
    mend_rejected(import_=import_, edits={row.row_number: {0: "ada@x.example"}})
    assert members(fair) == ["ada"]


def test_undone_import_takes_off_whom_it_put_there_and_nobody_else(workspace: Workspace, fair: StaticList) -> None:
    before, again, _known = (make_contact(workspace, f"{name}@x.example") for name in ("before", "again", "known"))
    add_to_list(static_list=fair, contact_ids=[before.pk], actor=None)
    import_ = onto(fair, "mail\nbefore@x.example\nagain@x.example\nknown@x.example\nnew@x.example\n", ["email"])
    remove_from_list(static_list=fair, contact_ids=[again.pk], actor=None)
    add_to_list(static_list=fair, contact_ids=[again.pk], actor=None)
    assert members(fair) == ["again", "before", "known", "new"]
    undone(import_)
    assert members(fair) == ["again", "before"]


def test_import_that_only_filled_a_list_can_be_undone(workspace: Workspace, fair: StaticList) -> None:
    make_contact(workspace, "bob@x.example")
    import_ = onto(fair, "mail\nbob@x.example\n", ["email"])
    assert (import_.created, import_.updated, import_.unchanged) == (0, 0, 1)
    assert can_be_undone(import_)
    undone(import_)
    assert members(fair) == []


def test_list_deleted_meanwhile_does_not_stop_the_import(workspace: Workspace, fair: StaticList) -> None:
    import_ = started(workspace, "mail\nada@x.example\n", ["email"], static_list=str(fair.public_id))
    fair.delete()
    run_import(import_id=import_.pk)
    import_.refresh_from_db()
    assert (import_.status, import_.created) == ("done", 1)
    assert not ListMember.objects.exists()


def test_list_of_another_workspace_and_a_snapshot_take_nobody(
    workspace: Workspace, other_workspace: Workspace, fair: StaticList
) -> None:
    foreign = save_list(workspace=other_workspace, actor=None, values={"name": "Foreign"})
    snapshot = StaticList.objects.create(workspace=workspace, name="June", key="june", frozen_at=now())
    assert lists_of(workspace) == [(str(fair.public_id), "Fair")]
    for number, target in enumerate((foreign, snapshot)):
        imported(workspace, f"mail\nada{number}@x.example\n", ["email"], static_list=str(target.public_id))
    assert not ListMember.objects.exists()


def test_page_offers_the_lists_and_starts_with_the_chosen_one(client: Any, teammate: User, fair: StaticList) -> None:
    client.force_login(teammate)
    import_ = uploaded(fair.workspace, "mail\nada@x.example\n")
    address = f"/w/{fair.workspace.slug}/contacts/import/{import_.public_id}/"
    assert 'name="static_list"' in client.get(address).content.decode()
    form = {"target-0": "email", "mode": "upsert", "static_list": str(fair.public_id), "go": "1"}
    assert client.post(f"{address}start/", form).status_code == 302
    import_.refresh_from_db()
    assert import_.options["static_list"] == str(fair.public_id)


def upload(api: ApiClient, options: dict[str, Any]) -> Any:
    """The response to a POST of a file with these options."""
    file = SimpleUploadedFile("people.csv", b"E-mail\nada@x.example\n", "text/csv")
    headers = {"Authorization": f"Bearer {api.secret}"}
    return api.client.post("/api/v1/imports/", {"file": file, "options": json.dumps(options)}, headers=headers)


def test_program_names_the_list_by_its_key(workspace: Workspace, fair: StaticList) -> None:
    response = upload(ApiClient(workspace), {"static_list": "fair"})
    assert response.status_code == 202
    run_import(import_id=Import.objects.get().pk)
    assert members(fair) == ["ada"]


@pytest.mark.parametrize(("key", "problem"), [("nobodys", "There is no such id"), ("june", "A snapshot never changes")])
def test_program_cannot_name_a_list_that_takes_nobody(workspace: Workspace, key: str, problem: str) -> None:
    StaticList.objects.create(workspace=workspace, name="June", key="june", frozen_at=now())
    response = upload(ApiClient(workspace), {"static_list": key})
    assert response.status_code == 400
    assert problem in response.content.decode()
    assert not Import.objects.exists()
