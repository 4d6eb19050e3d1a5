import pytest

from campaigns.message import fields_without_fallback

NAME = "contact.first_name"
CITY = "contact.attributes.city"


@pytest.mark.parametrize(
    ("mjml", "fields"),
    [
        ("Hello {{ contact.first_name }}", [NAME]),
        ('Hello {{ contact.first_name | default: "there" }}', []),
        ('Hello {{ contact.first_name | capitalize | default: "there" }}', []),
        ('{{ contact.first_name | default: "x" }} and {{contact.first_name}}', [NAME]),
        ("{% if contact.first_name %}Hello {{ contact.first_name }}{% endif %}", []),
        ("{% if contact.first_name != '' %}{{ contact.first_name }}{% endif %}{{ contact.first_name }}", [NAME]),
        ("{% unless contact.attributes.city %}?{% endunless %}{{- contact.attributes.city | upcase -}}", [CITY]),
        (
            "{% if contact.email %}{% if contact.first_name %}{{ contact.attributes.city }}{% endif %}{% endif %}",
            [CITY],
        ),
        ("{{ workspace.name }} {{ data.order }} Hello", []),
        ("{% endif %}{{ contact.first_name", []),
    ],
)
def test_fields_without_fallback_are_those_that_leave_a_gap(template, mjml, fields):
    template.mjml = mjml
    assert fields_without_fallback([template]) == fields


def test_subjects_of_versions_are_read_too(template):
    assert fields_without_fallback([template], ["{{ contact.last_name }}, look"]) == ["contact.last_name"]
