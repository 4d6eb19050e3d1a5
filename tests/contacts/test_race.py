"""Two callers at once, with real transactions."""

import threading

import pytest
from django.db import connection

from accounts.models import Workspace
from contacts.models import Contact
from contacts.services import find_or_create_by_email


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
