"""What a sign-up page said, kept version by version."""

import json

import pytest
from django.db import DatabaseError, transaction

from consent.models import ConsentRecord, PageVersion, SignupPage, Topic
from consent.services.page_versions import remember_page
from consent.services.signup import SignupAnswers, confirm_signup, request_signup


def test_a_page_gets_a_new_version_when_its_words_or_topics_change(front_page: SignupPage, beds: Topic) -> None:
    first = remember_page(front_page)
    assert remember_page(front_page) == first
    front_page.title = "Letters"
    front_page.save()
    second = remember_page(front_page)
    beds.name = "Beds"
    beds.save()
    third = remember_page(front_page)
    front_page.name, front_page.is_open = "Only for us", False
    front_page.save()
    assert remember_page(front_page) == third
    assert [first.number, second.number, third.number] == [1, 2, 3]
    assert json.loads(first.body)["title"] == "News from the lake"
    assert [topic["name"] for topic in json.loads(third.body)["topics"]] == ["Beds", "Cabin news"]


def test_a_version_cannot_be_changed(front_page: SignupPage) -> None:
    remember_page(front_page)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        PageVersion.objects.update(body="{}")


def test_the_proof_names_the_version_somebody_saw(front_page: SignupPage, topic: Topic) -> None:
    answers = SignupAnswers(email="lina@otago.example", topics=[topic])
    confirmation = request_signup(page=front_page, answers=answers)
    assert confirmation is not None
    seen = PageVersion.objects.get()
    front_page.consent_text = "Something else."
    front_page.save()
    confirm_signup(confirmation=confirmation, visitor=answers.visitor)
    assert {row.page_version for row in ConsentRecord.objects.all()} == {seen}
