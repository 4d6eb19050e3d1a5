"""What somebody types to break a page."""

import base64
import json
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from contacts.importing.rejected import harmless
from contacts.models import Contact, Import
from contacts.services import create_contact, save_attribute, upload_import
from contacts.services.attributes import AttributeValues
from contacts.services.contacts import ContactValues
from tests.api import ApiClient
from tests.cast import client_of

TAG = '"><img src=x onerror=alert(1)>'


def test_words_of_an_attribute_are_text_where_it_is_filled_in(workspace, owner):
    save_attribute(workspace=workspace, values=AttributeValues(label=TAG, type="text", description=TAG), actor=owner)

    page = client_of(owner).get(reverse("contacts:create", args=[workspace.slug])).content.decode()

    assert "onerror=alert(1)" in page
    assert "<img src=x" not in page


def cursor(*parts):
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize("at", ["9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+00:00", "0001-01-01T00:00:00+14:00"])
def test_story_at_the_edges_of_the_calendar_is_no_error(workspace, owner, at):
    workspace.time_zone = "Pacific/Auckland" if at.startswith("9") else "America/Lima"
    workspace.save()
    person = create_contact(workspace=workspace, values=ContactValues(email="anna@example.com"), actor=owner)

    answer = client_of(owner).get(
        reverse("contacts:detail", args=[workspace.slug, person.public_id]), {"before": cursor(at, 1)}
    )

    assert answer.status_code == 200


def test_page_of_rejected_rows_takes_only_numbers(workspace, owner):
    done = Import.objects.create(workspace=workspace, file_name="a.csv", status=Import.Status.DONE, total=1, rejected=1)

    answer = client_of(owner).get(
        reverse("contacts:import-detail", args=[workspace.slug, done.public_id]), {"after": "²"}
    )

    assert answer.status_code == 200


@pytest.mark.parametrize("cell", ["=1+1", "＝1+1", "＠SUM(A1)", " －1+cmd", "\n=1"])
def test_formula_is_no_formula_any_more(cell):
    assert harmless(cell) == f"'{cell}"


def test_person_erased_between_the_look_and_the_lock_is_not_found(workspace, owner, monkeypatch):
    person = create_contact(workspace=workspace, values=ContactValues(email="anna@example.com"), actor=owner)

    def too_late(**_values):
        raise Contact.DoesNotExist

    monkeypatch.setattr("contacts.views.contacts.update_contact", too_late)
    page = reverse("contacts:edit", args=[workspace.slug, person.public_id])

    assert client_of(owner).post(page, {"email": "anna@example.com"}).status_code == 404


def test_program_that_changes_a_person_erased_meanwhile_finds_nothing(workspace, owner, monkeypatch):
    person = create_contact(workspace=workspace, values=ContactValues(email="anna@example.com"), actor=owner)

    def too_late(**_values):
        raise Contact.DoesNotExist

    monkeypatch.setattr("contacts.services.update_contact", too_late)

    ApiClient(workspace).patch(f"contacts/{person.public_id}/", {"first_name": "Anna"}, 404)


def test_imported_file_is_for_this_account_only(workspace, owner, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    file = SimpleUploadedFile("people.csv", b"email\nanna@example.com\n")

    import_ = upload_import(workspace=workspace, file=file, actor=owner)

    stored = Path(import_.file.path)
    assert (stored.stat().st_mode & 0o777, stored.parent.stat().st_mode & 0o777) == (0o600, 0o700)
