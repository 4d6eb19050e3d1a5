"""What changed between two rules, in words."""

import pytest

from segments.builder.changes import ADDED, CHANGED, REGROUPED, REMOVED, Change, changes_between
from segments.builder.labels import Labels
from segments.language.text_parser import parse_text
from tests.segments import vectors

DE, NZ = 'contact country is "DE"', 'contact country is "NZ"'
LOGIN, OPENED = "event login", "engagement opened"
COUNTRY_DE, COUNTRY_NZ = "Country is Germany", "Country is New Zealand"
LOGGED_IN = "Login"


@pytest.fixture(scope="module")
def labels():
    return Labels(registry=vectors.registry(), events={"login": "Login"})


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (DE, DE, []),
        ("everyone", "everyone", []),
        (DE, f"all({DE})", []),
        ("everyone", DE, [Change(ADDED, after=COUNTRY_DE)]),
        (DE, "everyone", [Change(REMOVED, before=COUNTRY_DE)]),
        (DE, f"{DE} and {LOGIN}", [Change(ADDED, after=LOGGED_IN)]),
        (DE, NZ, [Change(CHANGED, COUNTRY_DE, COUNTRY_NZ)]),
        (DE, f"not {DE}", [Change(CHANGED, COUNTRY_DE, f"Not: {COUNTRY_DE}")]),
        (f"{DE} and {LOGIN}", f"{DE} or {LOGIN}", [Change(REGROUPED)]),
        (f"{DE} and {LOGIN}", f"{LOGIN} and {DE}", [Change(REGROUPED)]),
        (f"{DE} and {LOGIN}", f"not ({DE} or {LOGIN})", [Change(REGROUPED)]),
        (f"{DE} and {DE}", DE, [Change(REMOVED, before=COUNTRY_DE)]),
        (
            f"{DE} and {LOGIN}",
            f"{NZ} or {OPENED}",
            [
                Change(CHANGED, COUNTRY_DE, COUNTRY_NZ),
                Change(ADDED, after="Opened a message"),
                Change(REMOVED, before=LOGGED_IN),
                Change(REGROUPED),
            ],
        ),
    ],
)
def test_changes_are_told(old, new, expected, labels):
    assert changes_between(parse_text(old)["where"], parse_text(new)["where"], labels) == expected


def test_sentences_about_what_is_gone_are_told_too(labels):
    old, new = parse_text("attribute gone is set")["where"], parse_text("attribute gone is empty")["where"]
    assert changes_between(old, new, labels) == [
        Change(CHANGED, "attribute gone is set", "attribute gone is empty"),
    ]
