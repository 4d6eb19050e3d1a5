"""Files are taken from known people only, before a view is asked."""

import pytest
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory
from django.urls import reverse

from accounts.models import User
from contacts.models import Import
from core.uploads import LARGEST_REQUEST, KnownPeopleOnly
from tests.cast import client_of


def people_csv():
    return SimpleUploadedFile("people.csv", b"email\nanna@example.com\n", "text/csv")


def test_visitors_file_is_not_read_but_the_fields_before_it_are(db):
    request = RequestFactory().post("/anywhere/", {"name": "Anna", "file": people_csv()})

    assert dict(request.POST.items()) == {"name": "Anna"}
    assert dict(request.FILES) == {}


def test_sign_in_form_ignores_a_file(db):
    answer = Client().post(reverse("account_login"), {"login": "a@example.com", "password": "x", "f": people_csv()})

    assert answer.status_code == 200


def test_signed_in_persons_file_is_read():
    request = RequestFactory().post("/anywhere/", {"file": people_csv()})
    request.user = User(email="anna@example.com")

    assert request.FILES["file"].size == 23


def test_member_still_imports(workspace, owner):
    answer = client_of(owner).post(reverse("contacts:import", args=[workspace.slug]), {"file": people_csv()})

    assert answer.status_code == 302
    assert Import.objects.get().file_size == 23


def test_request_larger_than_any_import_is_refused_unread():
    with pytest.raises(RequestDataTooBig):
        KnownPeopleOnly().handle_raw_input(None, {}, LARGEST_REQUEST + 1, "boundary", None)
