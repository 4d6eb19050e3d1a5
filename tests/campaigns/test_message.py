import pytest

from campaigns.message import greets_without_fallback, readable


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("{{ contact.first_name }}, the lake is warm", "{first name}, the lake is warm"),
        ('{{contact.attributes.cabin | default: "it"}} is free', "{cabin} is free"),
        ("Plain", "Plain"),
        ("{{", "{{"),
    ],
)
def test_readable_names_fields_as_people_do(source, shown):
    assert readable(source) == shown


@pytest.mark.parametrize(
    ("mjml", "gap"),
    [
        ("Hello {{ contact.first_name }}", True),
        ('Hello {{ contact.first_name | default: "there" }}', False),
        ('{{ contact.first_name | default: "x" }} and {{contact.first_name}}', True),
        ("Hello", False),
    ],
)
def test_greets_without_fallback_finds_the_gap(template, mjml, gap):
    template.mjml = mjml
    assert greets_without_fallback(template) is gap
