"""Sentences about what stands out of an address."""

import pytest
from django.db import connection
from django.utils import timezone

from contacts.models import Address, Contact
from segments.language.problems import RuleError
from segments.language.text_parser import parse_text
from segments.language.text_printer import print_rule
from segments.language.validate import validate_rule
from segments.registry import registry_of
from segments.services import audience_sql
from tests.cast import make_contact

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "text", ["address email flag role", 'address email primary status valid flag role, typo domain ("lake.example")']
)
def test_a_printed_rule_reads_the_same(text):
    assert print_rule(parse_text(text)) == text


@pytest.mark.parametrize(
    ("text", "code", "path"),
    [
        ("address sms flag role", "not_applicable", "/where/flag"),
        ("address email flag nice", "bad_choice", "/where/flag/0"),
    ],
)
def test_a_flag_that_cannot_be_is_refused(workspace, text, code, path):
    problems = validate_rule(parse_text(text), registry_of(workspace))

    assert [(one.code, one.path) for one in problems] == [(code, path)]


def test_a_flag_finds_those_who_have_it_and_not_finds_everybody_else(workspace):
    for email, flags in (("role@a.example", ["role"]), ("both@a.example", ["role", "typo"]), ("none@a.example", None)):
        make_contact(workspace, email)
        Address.objects.filter(value=email).update(flags=flags)

    def found(text):
        compiled = audience_sql(workspace, parse_text(text), timezone.now())
        with connection.cursor() as cursor:
            cursor.execute(compiled.sql, compiled.params)
            ids = [row[0] for row in cursor.fetchall()]
        return sorted(Contact.objects.filter(pk__in=ids).values_list("email", flat=True))

    assert found("address email flag typo") == ["both@a.example"]
    assert found("address email flag typo, role") == ["both@a.example", "role@a.example"]
    assert found("not address email flag role, typo, disposable") == ["none@a.example"]


def test_a_word_that_is_no_flag_is_not_read():
    with pytest.raises(RuleError):
        parse_text("address email flag")
