"""Two callers at once, with real transactions."""

import random
import threading

import pytest
from django.db import connection

from accounts.models import Workspace
from contacts.models import Contact, ImportReject
from contacts.services import find_or_create_by_email, running
from tests.contacts.importing import imported, tally


@pytest.mark.django_db(transaction=True)
def test_two_sign_ups_at_once_are_one_person():
    workspace = Workspace.objects.create(name="Kea Cabins", slug="kea-cabins")
    gate = threading.Barrier(4)
    results: list[tuple[int, bool]] = []

    def sign_up() -> None:
        try:
            gate.wait()
            contact, was_created = find_or_create_by_email(workspace=workspace, email="ada@example.org")
            results.append((contact.pk, was_created))
        finally:
            connection.close()

    threads = [threading.Thread(target=sign_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    contact = Contact.objects.get()
    assert sorted(results) == [(contact.pk, False)] * 3 + [(contact.pk, True)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_two_lanes_do_what_one_after_another_does(tmp_path, settings, monkeypatch, seed):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(running, "CHUNK_ROWS", 40)
    chance = random.Random(seed)
    lines = [
        f"{chance.choice(['', f'id{chance.randrange(300)}'])},"
        f"{chance.choice(['', f'p{chance.randrange(300)}@x.example'])},"
        f"{chance.choice(['', f'+642155{chance.randrange(150):05d}'])},Name {chance.randrange(4)}\n"
        for _row in range(600)
    ]
    results = []
    for slug, lanes in (("one", 1), ("two", 2)):
        monkeypatch.setattr(running, "LANES", lanes)
        workspace = Workspace.objects.create(name=slug, slug=slug)
        import_ = imported(
            workspace, "id,mail,tel,name\n" + "".join(lines), ["external_id", "email", "phone", "first_name"]
        )
        fields = ("external_id", "email", "phone", "first_name", "search")
        people = Contact.objects.filter(workspace=workspace).values_list(*fields)
        rejects = ImportReject.objects.of_import(import_).values_list("row_number", "reason")
        assert import_.status == "done"
        results.append((tally(import_), sorted(people, key=str), list(rejects)))
    assert results[0] == results[1]
    assert min(results[0][0]) > 10
