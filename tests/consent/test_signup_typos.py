"""A typing error on a sign-up page: asked about once, without a script, and either answer is right."""

from typing import Any

import pytest
from django.test import Client

from consent.models import Confirmation, SignupPage, Topic

pytestmark = pytest.mark.django_db
TYPED = "ada@gmial.com"


def sign_up(front_page: SignupPage, topic: Topic, **others: Any) -> Any:
    values = {"email": TYPED, "topics": [str(topic.public_id)], "website": ""} | others
    return Client().post(f"/f/{front_page.public_id}/", values)


def emails() -> list[str]:
    return list(Confirmation.objects.values_list("contact__email", flat=True))


def test_the_page_asks_and_keeps_what_was_typed(front_page: SignupPage, topic: Topic) -> None:
    answer = sign_up(front_page, topic)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Did you mean ada@gmail.com?" in page
    assert 'name="use" value="ada@gmail.com"' in page
    assert f'name="keep" value="{TYPED}"' in page
    assert emails() == []


def test_the_suggestion_is_taken(front_page: SignupPage, topic: Topic) -> None:
    assert sign_up(front_page, topic, use="ada@gmail.com").status_code == 302
    assert emails() == ["ada@gmail.com"]


def test_what_was_typed_is_kept(front_page: SignupPage, topic: Topic) -> None:
    assert sign_up(front_page, topic, keep=TYPED).status_code == 302
    assert emails() == [TYPED]


def test_a_suggestion_for_another_address_is_not_taken(front_page: SignupPage, topic: Topic) -> None:
    assert sign_up(front_page, topic, use="eve@elsewhere.example").status_code == 422
    assert emails() == []


def test_nobody_learns_whether_an_address_is_known(front_page: SignupPage, topic: Topic) -> None:
    sign_up(front_page, topic, keep=TYPED)

    assert sign_up(front_page, topic).content == sign_up(front_page, topic).content
    assert sign_up(front_page, topic).status_code == 422
