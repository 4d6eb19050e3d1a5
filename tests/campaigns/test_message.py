import pytest

from campaigns.message import greets_without_fallback


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
