"""The pages of a person's addresses, and being asked about a typing error."""

import pytest
from django.urls import reverse

from contacts.models import Address, Contact
from contacts.services.reaching import add_address
from tests.cast import client_of, make_contact

pytestmark = pytest.mark.django_db


def url(name, person, row=None):
    ids = [person.workspace.slug, person.public_id, *([row.public_id] if row else [])]
    return reverse(f"contacts:{name}", args=ids)


@pytest.fixture
def person(workspace):
    return make_contact(workspace, "ada@lake.example", first_name="Ada")


def test_an_address_is_added(teammate, person):
    answer = client_of(teammate).post(url("address-add", person), {"channel": "sms", "email": "+64 21 555 0142"})

    assert answer.status_code == 302
    assert Address.objects.get(channel="sms").value == "+64215550142"


def test_a_wrong_address_comes_back_with_the_reason(teammate, person):
    answer = client_of(teammate).post(url("address-add", person), {"channel": "sms", "email": "021 555"})

    assert answer.status_code == 422
    assert "The country code is missing." in answer.content.decode()
    assert Address.objects.count() == 1


def test_somebody_elses_address_names_them(teammate, person, workspace):
    make_contact(workspace, "bob@lake.example", first_name="Bob")

    answer = client_of(teammate).post(url("address-add", person), {"channel": "email", "email": "bob@lake.example"})

    assert answer.status_code == 422
    assert "Open Bob" in answer.content.decode()


def test_a_typing_error_is_asked_about_and_either_answer_counts(teammate, person):
    client = client_of(teammate)
    typed = {"channel": "email", "email": "ada@gmial.com"}

    asked = client.post(url("address-add", person), typed)
    assert asked.status_code == 422
    assert 'name="use" value="ada@gmail.com"' in asked.content.decode()
    assert Address.objects.count() == 1

    client.post(url("address-add", person), typed | {"use": "ada@gmail.com"})
    client.post(url("address-add", person), typed | {"keep": "ada@gmial.com"})
    assert set(Address.objects.values_list("value", flat=True)) == {
        "ada@lake.example",
        "ada@gmail.com",
        "ada@gmial.com",
    }


def test_an_answer_counts_only_for_the_address_it_was_given_for(teammate, person):
    answer = client_of(teammate).post(
        url("address-add", person), {"channel": "email", "email": "bob@hotmial.com", "use": "ada@gmail.com"}
    )

    assert answer.status_code == 422
    assert Address.objects.count() == 1


def test_the_contact_form_asks_too_but_not_about_what_is_there_already(teammate, workspace):
    client = client_of(teammate)
    create = reverse("contacts:create", args=[workspace.slug])

    assert client.post(create, {"email": "ada@gmial.com"}).status_code == 422
    assert client.post(create, {"email": "ada@gmial.com", "keep": "ada@gmial.com"}).status_code == 302
    edited = client.post(url("edit", Contact.objects.get()), {"email": "ada@gmial.com", "first_name": "Ada"})
    assert edited.status_code == 302


def test_the_page_of_an_address_tells_its_history(teammate, person):
    row = person.addresses.get()
    client = client_of(teammate)

    answer = client.post(url("address-mark", person, row), {"status": "risky", "note": "Says they moved"})
    assert answer.status_code == 302

    page = client.get(url("address", person, row)).content.decode()
    assert "Says they moved" in page
    assert "Bob" in page
    assert "Says they moved" in client.get(url("detail", person)).content.decode()


def test_a_mark_without_a_reason_comes_back(teammate, person):
    row = person.addresses.get()

    answer = client_of(teammate).post(url("address-mark", person, row), {"status": "risky", "note": ""})

    assert answer.status_code == 422
    row.refresh_from_db()
    assert row.status == "unverified"


def test_another_address_becomes_the_main_one_and_the_first_can_go(teammate, person):
    other = add_address(contact=person, channel="email", value="ada@work.example")
    client = client_of(teammate)

    client.post(url("address-primary", person, other))
    client.post(url("address-remove", person, Address.objects.get(value="ada@lake.example")))

    assert list(Address.objects.values_list("value", "is_primary")) == [("ada@work.example", True)]


def test_the_last_address_stays_and_the_page_says_why(teammate, person):
    answer = client_of(teammate).post(url("address-remove", person, person.addresses.get()), follow=True)

    assert "Keep an e-mail address, a phone number or an external id." in answer.content.decode()
    assert Address.objects.count() == 1


def test_a_mistyped_address_is_replaced(teammate, workspace):
    person = make_contact(workspace, "ada@gmial.com")
    Address.objects.update(flags=["typo"])

    client_of(teammate).post(url("address-correct", person, person.addresses.get()))

    assert list(Address.objects.values_list("value", "is_primary")) == [("ada@gmail.com", True)]


def test_a_correction_to_somebody_elses_address_changes_nothing(teammate, workspace):
    person = make_contact(workspace, "ada@gmial.com")
    make_contact(workspace, "ada@gmail.com")
    Address.objects.update(flags=["typo"])

    answer = client_of(teammate).post(url("address-correct", person, person.addresses.get()), follow=True)

    assert "Nothing was changed." in answer.content.decode()
    assert person.addresses.get().value == "ada@gmial.com"


def test_an_address_of_somebody_else_is_not_found(teammate, person, workspace):
    other = make_contact(workspace, "bob@lake.example")

    answer = client_of(teammate).get(url("address", person, other.addresses.get()))

    assert answer.status_code == 404


def test_a_viewer_sees_but_has_no_buttons(viewer, person):
    page = client_of(viewer).get(url("address", person, person.addresses.get())).content.decode()

    assert "ada@lake.example" in page
    assert "<form" not in page.split("<main", 1)[1].split("</main>")[0]


@pytest.mark.parametrize("count", [1, 15])
def test_the_contact_page_asks_as_often_for_many_addresses(teammate, person, count, django_assert_max_num_queries):
    for number in range(count):
        row = add_address(contact=person, channel="email", value=f"ada{number}@lake.example")
        client_of(teammate).post(url("address-mark", person, row), {"status": "risky", "note": "why"})
    client = client_of(teammate)

    with django_assert_max_num_queries(17):
        client.get(url("detail", person))
