"""How often somebody wants messages, asked while they sign up: it holds once their mailbox has answered."""

import pytest
from django.test import Client

from consent import confirmation_mail, links
from consent.models import Confirmation, ContactPreference, PageVersion, SignupPage, Topic
from consent.services.choices import preference_of, save_choices
from consent.services.page_versions import remember_page
from contacts.models import Contact
from events.models import Event
from tests.cast import client_of

NEW = "wiremu@otago.example"


@pytest.fixture
def asking(front_page: SignupPage) -> SignupPage:
    """The front page, with the question."""
    front_page.ask_frequency = True
    front_page.save()
    return front_page


def sign_up(page: SignupPage, topic: Topic, **others: str) -> int:
    data = {"email": NEW, "topics": [str(topic.public_id)], **others}
    return Client().post(f"/f/{page.public_id}/", data).status_code


def confirm() -> None:
    Client().post(links.confirmation_url(Confirmation.objects.get().public_id))


def days_of(email: str = NEW) -> int | None:
    return preference_of(Contact.objects.get(email=email)).days_between


def test_page_asks_only_where_it_is_switched_on(front_page: SignupPage) -> None:
    url = f"/f/{front_page.public_id}/"
    assert 'name="frequency"' not in Client().get(url).content.decode()
    front_page.ask_frequency = True
    front_page.save()
    html = Client().get(url).content.decode()
    assert '<option value="" selected>As it comes</option>' in html
    assert '<option value="7">One message a week</option>' in html


def test_answer_holds_from_the_moment_they_confirm(asking: SignupPage, topic: Topic) -> None:
    assert sign_up(asking, topic, frequency="7") == 302
    assert days_of() is None
    confirm()
    assert days_of() == 7
    event = Event.objects.get(kind="consent.preferences_changed")
    assert event.properties["changed"] == ["days_between"]


def test_mail_and_page_say_what_was_asked_for(asking: SignupPage, topic: Topic) -> None:
    sign_up(asking, topic, frequency="28")
    confirmation = Confirmation.objects.get()
    mail = confirmation_mail.build(confirmation)
    assert "- At most one message in four weeks.\n" in mail.text
    assert "<li>At most one message in four weeks.</li>" in mail.html
    page = Client().get(links.confirmation_url(confirmation.public_id)).content.decode()
    assert "At most one message in four weeks." in page


def test_leaving_the_question_alone_keeps_what_they_chose_before(
    asking: SignupPage, topic: Topic, contact: Contact
) -> None:
    save_choices(contact=contact, values={"days_between": 28})
    sign_up(asking, topic, email=contact.email, frequency="")
    confirm()
    assert days_of(contact.email) == 28


def test_stranger_who_types_an_address_changes_nothing(asking: SignupPage, topic: Topic, contact: Contact) -> None:
    sign_up(asking, topic, email=contact.email, frequency="28")
    assert not ContactPreference.objects.exists()


def test_answer_to_the_last_form_is_the_one_that_counts(asking: SignupPage, topic: Topic) -> None:
    sign_up(asking, topic, frequency="28")
    sign_up(asking, topic, frequency="7")
    confirm()
    assert days_of() == 7


@pytest.mark.parametrize("made_up", ["8", "-1", "often", "٧"])
def test_answer_that_was_not_offered_is_refused(asking: SignupPage, topic: Topic, made_up: str) -> None:
    assert sign_up(asking, topic, frequency=made_up) == 422
    assert not Contact.objects.exists()


def test_answer_to_a_question_that_was_not_asked_is_left_out(front_page: SignupPage, topic: Topic) -> None:
    assert sign_up(front_page, topic, frequency="7") == 302
    confirm()
    assert days_of() is None


def test_question_makes_a_version_of_the_page_and_its_absence_none(front_page: SignupPage) -> None:
    first = remember_page(front_page)
    assert '"ask_frequency"' not in first.body
    front_page.ask_frequency = True
    second = remember_page(front_page)
    assert (second.number, '"ask_frequency":true' in second.body) == (2, True)
    assert PageVersion.objects.count() == 2


def test_marketer_switches_the_question_on(owner, workspace, topic: Topic) -> None:
    data = {
        "name": "Footer", "title": "News", "consent_text": "We may write.", "topics": [str(topic.public_id)],
        "ask_frequency": "on", "is_open": "on",
    }  # fmt: skip
    answer = client_of(owner).post(f"/w/{workspace.slug}/consent/pages/new/", data)
    assert answer.status_code == 302
    assert SignupPage.objects.get().ask_frequency is True
