"""Why somebody is in, in words."""

import pytest

from segments.builder.labels import Labels
from segments.builder.reasons import reasons_of
from segments.explain import Reason
from segments.language.text_parser import parse_text
from tests.segments import vectors


@pytest.fixture(scope="module")
def labels():
    registry = vectors.registry()
    return Labels(
        registry=registry,
        attributes={key: key.title() for key in registry.attributes},
        topics={"news": "News"},
        events={"login": "Login", "order.placed": "Order placed"},
        lists={"testers": "Testers"},
        flows={"quiz": "Quiz"},
    )


MAY = "2020-05-12T10:00:00Z"
EVENT = {"matched": 4, "in_window": 2, "last_at": MAY}


@pytest.mark.parametrize(
    ("text", "found", "result", "told"),
    [
        ("event login", {"matched": 0}, False, "Login: never"),
        ("event login", EVENT, True, "Login: 4 times, last 12 May 2020"),
        ("event login in the last 30 days", EVENT, True, "Login: 2 times in the last 30 days"),
        (
            "event login in the last 30 days",
            {**EVENT, "in_window": 0},
            False,
            "Login: not in the last 30 days, last 12 May 2020",
        ),
        ("event login last more than 90 days ago", EVENT, True, "Login: last 12 May 2020, longer ago than 90 days"),
        (
            "event login last more than 90 days ago",
            EVENT,
            False,
            "Login: last 12 May 2020, not longer ago than 90 days",
        ),
        ("event order.placed last having (gift is true) in today", EVENT, False, "Order placed: last 12 May 2020"),
        ("engagement opened", {"all_time": 0}, False, "Opened a message: never"),
        ("engagement opened", {"all_time": 1, "last_at": MAY}, True, "Opened a message: once, 12 May 2020"),
        (
            "engagement opened in the last 7 days",
            {"all_time": 3, "last_at": MAY},
            False,
            "Opened a message: last 12 May 2020, not in the last 7 days",
        ),
        (
            "engagement opened more than 7 days ago",
            {"all_time": 3, "last_at": MAY},
            True,
            "Opened a message: 3 times, last 12 May 2020",
        ),
        ("attribute birthday is set", {"value": "2020-05-12"}, True, "Birthday: 12 May 2020"),
        ("attribute city is set", {"value": "Köln"}, True, "City is Köln"),
        ("attribute city is set", {"value": None}, False, "City is not known"),
        ("attribute vip is true", {"value": True}, True, "Vip is yes"),
        ("attribute ltv is set", {"value": {"amount": "5.00", "currency": "EUR"}}, True, "Ltv is 5.00 EUR"),
        (
            "consent email/news/marketing is granted",
            {"state": "granted", "changed_at": MAY},
            True,
            "News: Agreed, 12 May 2020",
        ),
        ("address sms", {"addresses": 0}, False, "Text message: no address"),
        ("address sms status valid", {"addresses": 2}, False, "Text message: 2 addresses, none of which fits"),
        ("list testers", {"added_at": MAY}, True, "On the list “Testers” since 12 May 2020"),
        ("list testers", {"added_at": None}, False, "Not on the list “Testers”"),
        ("flow quiz", {"submissions": 2}, True, "Took part in “Quiz” 2 times"),
        ('bucket "spring" from 0 to 9', {"bucket": 7}, True, "At 0.07 percent of the draw “spring”"),
        ("everyone", {}, True, None),
    ],
)
def test_finding_is_told(text, found, result, told, labels):
    reason = Reason("/where", parse_text(text)["where"], result, decisive=True, found=found)
    assert reasons_of(reason, labels) == ([told] if told else [])


def test_sentence_without_a_finding_is_told_as_it_is_or_denied(labels):
    node = parse_text("sequence (event login then no event order.placed)")["where"]
    [told] = reasons_of(Reason("/where", node, True, decisive=True), labels)
    assert told == "Did one thing after another: Login but then not Order placed"
    [told] = reasons_of(Reason("/where", node, False, decisive=True), labels)
    assert told.startswith("Not: Did one thing")
