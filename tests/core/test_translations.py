"""Nothing a reader of Russian or Arabic sees is left in English, and nothing said in it is broken."""

import pytest
from babel.messages.catalog import Message
from django.utils import translation
from django.utils.translation import gettext, ngettext

from tools import messages


def test_every_text_is_translated_and_compiled():
    assert messages.problems() == []


@pytest.mark.parametrize(
    ("original", "said", "fault"),
    [
        ("Hello", "", "not translated"),
        ("%(name)s left", "%(nme)s ушёл", "placeholders differ"),
        ("%(name)s left", "ушёл", "placeholders differ"),
        ("Send {n}", "Отправить", "placeholders differ"),
        ("%(share)s %%", "%(share)s %", "placeholders differ"),
    ],
)
def test_broken_translation_is_found(original, said, fault):
    assert fault in messages.faults(Message(original, said))[0]


def test_plural_form_may_say_its_number_in_words():
    assert (
        messages.faults(Message(("%(count)s person", "%(count)s people"), ("شخص واحد", "شخصان", "%(count)s أشخاص")))
        == []
    )


@pytest.mark.parametrize(
    ("language", "count", "said"),
    [
        ("ru", 1, "1 сообщение"),
        ("ru", 3, "3 сообщения"),
        ("ru", 11, "11 сообщений"),
        ("ar", 2, "رسالتان"),
        ("ar", 7, "7 رسائل"),
    ],
)
def test_numbers_decide_the_form(language, count, said):
    with translation.override(language):
        assert ngettext("%(count)s message", "%(count)s messages", count) % {"count": count} == said


def test_language_names_a_page():
    with translation.override("ar"):
        assert gettext("Contacts") == "جهات الاتصال"
