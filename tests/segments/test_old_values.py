"""Values of before an attribute changed its type: while they are converted, and when undoing brings them back."""

import pytest
from django.db import connection
from django.utils import timezone

from contacts.models import Contact
from contacts.services.attributes import AttributeValues, save_attribute
from segments.language.text_parser import parse_text
from segments.services import audience_sql

OLD = [
    "=cmd()",
    "",
    "2024-01-31",
    "2024-99-99T00:00:00Z",
    "2024-02-31T00:00:00Z",
    "0000-01-01T00:00:00Z",
    5,
    True,
    ["x"],
]


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        ("datetime", "anniversary of seen from 0 to 7"),
        ("datetime", "attribute seen in the last 7 days"),
        ("date", "anniversary of seen from 0 to 7"),
        ("number", "attribute seen > 5"),
        ("money", "attribute seen > 5 EUR"),
    ],
)
def test_old_values_are_in_no_segment_and_end_none(workspace, kind, rule):
    save_attribute(workspace=workspace, values=AttributeValues(label="Seen", type=kind))
    for number, value in enumerate(OLD):
        Contact.objects.create(workspace=workspace, external_id=str(number), attributes={"seen": value})
    compiled = audience_sql(workspace, parse_text(rule), timezone.now())

    with connection.cursor() as cursor:
        cursor.execute(compiled.sql, compiled.params)
        assert cursor.fetchall() == []


def test_instants_keep_their_anniversaries(workspace):
    save_attribute(workspace=workspace, values=AttributeValues(label="Seen", type="datetime"))
    today = timezone.now()
    then = f"{today.year - 4}-{today:%m-%d}T12:00:00Z"
    person = Contact.objects.create(workspace=workspace, external_id="1", attributes={"seen": then})
    compiled = audience_sql(workspace, parse_text("anniversary of seen from -1 to 1"), timezone.now())

    with connection.cursor() as cursor:
        cursor.execute(compiled.sql, compiled.params)
        assert cursor.fetchall() == [(person.pk,)]
