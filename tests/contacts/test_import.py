"""Imports from file to people: counts, refusals, modes, crashes, undo."""

from pathlib import Path

import pytest
from django.conf import settings

from accounts.models import Workspace
from contacts import import_hooks
from contacts.models import Address, Attribute, Contact, Import, ImportedChange, ImportReject
from contacts.services import ContactValues, InvalidContact, create_contact, erase_contact, running, update_contact
from contacts.services.imports import can_be_undone, forget_old_files, stop_import, undo_import, wake_imports
from contacts.services.running import run_import
from contacts.services.undoing import kept_after_undo
from core.clock import now
from events.models import Event
from tests.contacts.importing import imported, started, tally


@pytest.fixture(autouse=True)
def _own_media(tmp_path: Path, settings) -> None:
    settings.MEDIA_ROOT = tmp_path


def reasons(import_: Import) -> list[tuple[int, str]]:
    return list(ImportReject.objects.of_import(import_).values_list("row_number", "reason"))


def test_import_creates_people_with_everything_derived(workspace):
    import_ = imported(
        workspace,
        "Mail,Name,Handy,Land,Sprache,Gruppe,Stadt\n"
        'ADA@example.org,"Lovelace, Ada",021 555 0142,NZ,en-nz,vip;a,"Dun\\edin"\n',
        ["email", "full_name", "phone", "country", "language", "tags", "new:text"],
    )
    assert import_.status == "done"
    assert tally(import_) == (1, 0, 0, 0)
    contact = Contact.objects.get()
    assert (contact.email, contact.phone, contact.full_name) == ("ada@example.org", "+64215550142", "Ada Lovelace")
    assert (contact.country, contact.language, contact.tags) == ("NZ", "en-NZ", ["vip", "a"])
    assert contact.attributes == {"stadt": "Dun\\edin"}
    assert contact.folded == {"first_name": "ada", "last_name": "lovelace", "stadt": "dun\\edin"}
    assert contact.bucket_seed == Contact.seed_of(contact.public_id.bytes)
    assert (contact.public_id.version, contact.import_batch_id) == (7, import_.pk)
    assert set(Address.objects.values_list("channel", "value", "domain", "status")) == {
        ("email", "ada@example.org", "example.org", "unverified"),
        ("sms", "+64215550142", "", "unverified"),
    }
    assert Attribute.objects.get().label == "Stadt"
    assert Event.objects.get().kind == "contact.imported"
    same = create_contact(
        workspace=Workspace.objects.create(name="b", slug="b"),
        values=ContactValues(
            email="ada@example.org", phone="+64215550142", first_name="Ada", last_name="Lovelace",
            country="NZ", language="en-nz", tags=["vip", "a"],
        ),
    )  # fmt: skip
    vectors = Contact.objects.filter(pk__in=[contact.pk, same.pk]).values_list("search", flat=True)
    assert len(set(vectors)) == 1


def test_import_takes_good_rows_and_returns_the_bad(workspace):
    import_ = imported(
        workspace,
        "mail,day\nada@example.org,31.12.2025\nnobody@,01.01.2026\n,\nbob@example.org,31.02.2026\n"
        'x@example.org,01.01.2026,too,much\n"never closed@example.org,01.01.2026\neve@example.org,1/2/26\n',
        ["email", "new:date"],
    )
    assert tally(import_) == (2, 0, 0, 5)
    assert reasons(import_) == [
        (3, "email_no_domain"),
        (4, "no_identity"),
        (5, "date_impossible"),
        (6, "row_cells"),
        (7, "cell_long"),
    ]
    bad_day = ImportReject.objects.get(row_number=5)
    assert (bad_day.column, bad_day.value, bad_day.cells) == ("day", "31.02.2026", ["bob@example.org", "31.02.2026"])
    assert dict(Contact.objects.values_list("email", "attributes__day")) == {
        "ada@example.org": "2025-12-31",
        "eve@example.org": "2026-02-01",
    }


def test_same_file_again_changes_nothing(workspace):
    content = "mail,first\nada@example.org,Ada\nbob@example.org,Bob\n"
    imported(workspace, content, ["email", "first_name"])
    before = list(Contact.objects.order_by("id").values())
    again = imported(workspace, content, ["email", "first_name"])
    assert tally(again) == (0, 0, 2, 0)
    assert list(Contact.objects.order_by("id").values()) == before


def test_import_fills_in_and_empty_cells_never_erase(workspace):
    ada = create_contact(
        workspace=workspace, values=ContactValues(email="ada@example.org", first_name="Ada", tags=["x"])
    )
    import_ = imported(
        workspace,
        "mail,first,last,tags\nADA@example.org,,Lovelace,y\n",
        ["email", "first_name", "last_name", "tags"],
    )
    ada.refresh_from_db()
    assert tally(import_) == (0, 1, 0, 0)
    assert (ada.first_name, ada.last_name, ada.tags) == ("Ada", "Lovelace", ["x", "y"])
    assert ada.folded == {"first_name": "ada", "last_name": "lovelace"}
    found = str(Contact.objects.values_list("search", flat=True).get())
    assert "'lovelace'" in found
    assert "'=t:y'" in found
    assert ImportedChange.objects.get().before == {"last_name": "", "tags": ["x"]}


def test_rows_of_one_person_in_one_file_are_taken_one_after_another(workspace):
    import_ = imported(
        workspace,
        "mail,first\nada@example.org,Ada\nada@example.org,Ada\nADA@example.org,Augusta\n",
        ["email", "first_name"],
    )
    assert tally(import_) == (1, 1, 1, 0)
    assert Contact.objects.get().first_name == "Augusta"
    assert not ImportedChange.objects.exists()


def test_one_person_by_two_names_in_one_chunk_is_filled_in_twice(workspace):
    contact = create_contact(workspace=workspace, values=ContactValues(email="ada@example.org", external_id="1"))
    import_ = imported(
        workspace, "id,mail,first,last\n1,,Ada,\n,ada@example.org,,Lovelace\n1,,Ada,\n",
        ["external_id", "email", "first_name", "last_name"],
    )  # fmt: skip
    contact.refresh_from_db()
    assert tally(import_) == (0, 2, 1, 0)
    assert contact.full_name == "Ada Lovelace"
    assert ImportedChange.objects.get().before == {"first_name": "", "last_name": ""}


def test_shared_phone_and_wrong_external_id_are_refused(workspace):
    create_contact(workspace=workspace, values=ContactValues(email="ada@example.org", external_id="1"))
    import_ = imported(
        workspace,
        "id,mail,tel\n2,bob@example.org,+64215550142\n3,eve@example.org,+64215550142\n9,ada@example.org,\n2,ada@example.org,\n",
        ["external_id", "email", "phone"],
    )
    assert tally(import_) == (1, 0, 0, 3)
    assert reasons(import_) == [(3, "phone_taken"), (4, "external_id_taken"), (5, "email_taken")]


def test_new_address_for_a_known_external_id_replaces_the_old(workspace):
    contact = create_contact(workspace=workspace, values=ContactValues(email="ada@example.org", external_id="1"))
    import_ = imported(workspace, "id,mail\n1,ada@new.example\n", ["external_id", "email"])
    contact.refresh_from_db()
    assert tally(import_) == (0, 1, 0, 0)
    assert contact.email == "ada@new.example"
    assert Address.objects.values_list("value", "domain").get() == ("ada@new.example", "new.example")


@pytest.mark.parametrize(("mode", "expected"), [("create", (1, 0, 1, 0)), ("update", (0, 1, 0, 1))])
def test_modes_leave_the_known_or_the_unknown_alone(workspace, mode, expected):
    create_contact(workspace=workspace, values=ContactValues(email="ada@example.org"))
    content = "mail,first\nada@example.org,Ada\nnew@example.org,New\n"
    assert tally(imported(workspace, content, ["email", "first_name"], mode=mode)) == expected


def test_erased_people_do_not_come_back(workspace):
    erase_contact(contact=create_contact(workspace=workspace, values=ContactValues(email="ada@example.org")))
    import_ = imported(workspace, "mail\nada@example.org\nbob@example.org\n", ["email"])
    assert reasons(import_) == [(2, "erased")]
    assert list(Contact.objects.values_list("email", flat=True)) == ["bob@example.org"]


def test_import_without_an_identity_or_with_undeclared_consent_is_not_started(workspace):
    with pytest.raises(InvalidContact):
        started(workspace, "first\nAda\n", ["first_name"])
    with pytest.raises(InvalidContact):
        started(workspace, "mail\nada@example.org\n", ["email"], topic="x")
    assert not Import.objects.exclude(status="draft").exists()


def test_consent_column_tells_hooks_who_says_yes(workspace, monkeypatch):
    seen = []

    def hook(cursor, import_, table):
        cursor.execute(
            f"SELECT c.email, t.outcome, t.agrees FROM {table} t JOIN contacts_contact c ON c.id = t.contact_id"
            " ORDER BY t.row_number"
        )
        seen.extend(cursor.fetchall())

    monkeypatch.setattr(import_hooks, "_after_chunk", {"test.see": hook})
    imported(
        workspace,
        "mail,ok\nada@example.org,Yes\nbob@example.org,no\neve@example.org,\n",
        ["email", "consent"],
        topic="t",
        consent_source="paper",
        consent_at="2026-01-01",
    )
    assert seen == [
        ("ada@example.org", "created", True),
        ("bob@example.org", "created", False),
        ("eve@example.org", "created", False),
    ]


# Crashes.


class Killed(BaseException):
    """Stands for kill -9."""


@pytest.mark.parametrize("moment", ["before the commit", "after the commit"])
def test_killed_import_goes_on_where_it_was_and_repeats_nothing(workspace, monkeypatch, moment):
    monkeypatch.setattr(running, "CHUNK_ROWS", 3)
    rows = "".join(f'p{n}@example.org,"Per\nson {n}"\n' for n in range(10)) + "broken\n"
    import_ = started(workspace, "mail,name\n" + rows, ["email", "first_name"])
    whole, calls = running._commit, []

    def commit(*args):
        calls.append(1)
        if len(calls) == 2 and moment == "before the commit":
            raise Killed
        result = whole(*args)
        if len(calls) == 2:
            raise Killed
        return result

    monkeypatch.setattr(running, "_commit", commit)
    with pytest.raises(Killed):
        run_import(import_id=import_.pk)
    import_.refresh_from_db()
    assert (import_.status, import_.total) == ("running", 3 if moment == "before the commit" else 6)
    monkeypatch.setattr(running, "_commit", whole)
    run_import(import_id=import_.pk)
    import_.refresh_from_db()
    assert import_.status == "running", "the lease of the dead worker still holds"
    Import.objects.update(lease_until=now())
    run_import(import_id=import_.pk)
    import_.refresh_from_db()
    assert (import_.status, import_.total, tally(import_)) == ("done", 11, (10, 0, 0, 1))
    assert Contact.objects.count() == 10
    assert reasons(import_) == [(12, "email_no_at")]


def test_chunk_counted_by_another_worker_is_not_counted_twice(workspace):
    import_ = started(workspace, "mail\nada@example.org\n", ["email"])
    Import.objects.update(status="running", started_at=now(), lease_until=None)
    whole = running.ChunkWriter.write

    def write(self, rows):
        Import.objects.update(bytes_done=5)
        return whole(self, rows)

    running.ChunkWriter.write = write
    try:
        run_import(import_id=import_.pk)
    finally:
        running.ChunkWriter.write = whole
    assert not Contact.objects.exists()
    import_.refresh_from_db()
    assert import_.status == "running"


def test_somebody_quicker_makes_the_chunk_be_done_again(workspace, monkeypatch):
    import_ = started(workspace, "mail,first\nada@example.org,Ada\n", ["email", "first_name"])
    whole, calls = running.ChunkWriter._create, []

    def create(self, rows):
        calls.append(1)
        if len(calls) == 1:
            create_contact(workspace=workspace, values=ContactValues(email="ada@example.org"))
        return whole(self, rows)

    monkeypatch.setattr(running.ChunkWriter, "_create", create)
    run_import(import_id=import_.pk)
    import_.refresh_from_db()
    assert import_.created + import_.updated == 1
    assert Contact.objects.get().first_name == "Ada"


def test_broken_code_ends_in_a_sentence_and_keeps_what_came_in(workspace, monkeypatch):
    import_ = started(workspace, "mail\nada@example.org\n", ["email"])

    def fail(*args):
        raise ZeroDivisionError

    monkeypatch.setattr(running.ChunkWriter, "write", fail)
    run_import(import_id=import_.pk)
    import_.refresh_from_db()
    assert import_.status == "failed"
    assert "kept" in import_.error


def test_stopped_import_keeps_what_came_in(workspace, monkeypatch):
    monkeypatch.setattr(running, "CHUNK_ROWS", 2)
    import_ = started(workspace, "mail\n" + "".join(f"p{n}@example.org\n" for n in range(6)), ["email"])
    Import.objects.update(is_stopping=True)
    run_import(import_id=import_.pk)
    import_.refresh_from_db()
    assert (import_.status, import_.total, Contact.objects.count()) == ("done", 2, 2)


def test_stopping_before_the_start_ends_it_at_once(workspace):
    import_ = stop_import(import_=started(workspace, "mail\nada@example.org\n", ["email"]))
    run_import(import_id=import_.pk)
    assert (import_.status, Contact.objects.count()) == ("done", 0)


def test_tick_wakes_waiting_and_abandoned_imports(workspace, monkeypatch):
    woken = []
    monkeypatch.setattr("contacts.services.imports.enqueue", lambda name, **kwargs: woken.append(kwargs["import_id"]))
    waiting = started(workspace, "mail\na@example.org\n", ["email"])
    abandoned = started(workspace, "mail\nb@example.org\n", ["email"])
    Import.objects.filter(pk=abandoned.pk).update(status="running", lease_until=now())
    done = imported(workspace, "mail\nc@example.org\n", ["email"])
    woken.clear()
    wake_imports()
    assert done.pk not in woken
    assert woken == [waiting.pk, abandoned.pk]


# Undo.


def undone(import_: Import) -> Import:
    undo_import(import_=import_)
    run_import(import_id=import_.pk)
    import_.refresh_from_db()
    return import_


def test_undo_removes_who_came_and_restores_what_was(workspace):
    known = create_contact(
        workspace=workspace, values=ContactValues(email="ada@example.org", first_name="Ada", external_id="1")
    )
    state = Contact.objects.filter(pk=known.pk).values("email", "first_name", "attributes", "tags", "folded", "search")
    before = state.get()
    import_ = imported(
        workspace,
        "id,mail,first,city,tags\n1,ada@new.example,Augusta,Dunedin,vip\n2,new@example.org,New,Oamaru,\n",
        ["external_id", "email", "first_name", "new:text", "tags"],
    )
    assert Contact.objects.count() == 2
    undone(import_)
    assert (import_.status, import_.kept) == ("undone", 0)
    assert state.get() == before
    assert list(Address.objects.values_list("value", flat=True)) == ["ada@example.org"]
    assert Contact.objects.get() == known


def test_undo_keeps_people_who_changed_since(workspace):
    import_ = imported(workspace, "mail\nada@example.org\nbob@example.org\n", ["email"])
    update_contact(contact=Contact.objects.get(email="ada@example.org"), values=ContactValues(first_name="Ada"))
    assert kept_after_undo(import_) == 1
    undone(import_)
    assert import_.kept == 1
    assert list(Contact.objects.values_list("email", flat=True)) == ["ada@example.org"]


def test_undo_keeps_people_whom_an_app_above_protects(workspace, monkeypatch):
    import_ = imported(workspace, "mail\nada@example.org\nbob@example.org\n", ["email"])
    ada = Contact.objects.get(email="ada@example.org")
    hook = {"test.keep": lambda cursor, _import, table: cursor.execute(
        f"UPDATE {table} SET kept = 'messages' WHERE contact_id = %s", [ada.pk])}  # fmt: skip
    monkeypatch.setattr(import_hooks, "_protect", hook)
    undone(import_)
    assert list(Contact.objects.all()) == [ada]


def test_undo_is_offered_for_thirty_days(workspace):
    import_ = imported(workspace, "mail\nada@example.org\n", ["email"])
    assert can_be_undone(import_)
    import_.finished_at = now() - running.dt.timedelta(days=31)
    import_.save()
    assert not can_be_undone(import_)
    assert undo_import(import_=import_).status == "done"
    assert Path(settings.MEDIA_ROOT, import_.file.name).exists()
    assert forget_old_files() == 1
    import_.refresh_from_db()
    assert (import_.file.name, ImportReject.objects.count()) == ("", 0)
