"""Whoever is refused through the sender's fault is never called dead: over all words, codes and ways it is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.transports.classify import classify_permanent, classify_transient
from channels.transports.outcomes import RefusalKind, Rejected
from delivery.esp.blame import blamed
from delivery.outcomes import settlement_of
from delivery.receipts.applying import HARD, bounce_word
from delivery.receipts.reading import Kind, Report

# About the sender whatever stands beside: authentication, DNS, reputation, size, quota, commands, conversion.
SENDER_CODES = [
    *(f"5.7.{number}" for number in (*range(20, 33), 40, 57, 60, 64, 501, 509, 511, 515, 606, 649, 705, 708, 750)),
    "5.1.7", "5.1.8", "5.3.4", "5.2.3", "5.4.5", "5.5.1", "5.5.2", "5.5.4", "5.6.0", "5.6.3",
]  # fmt: skip
SENDER_WORDS = [
    "Sender address rejected: Domain not found", "Sender verify failed", "sender domain is not authenticated",
    "blocked using zen.spamhaus.org", "SPF check failed", "DKIM did not pass", "rejected by DMARC policy",
    "Relay access denied", "poor reputation", "client host is on our blacklist", "access denied, banned sending IP",
    "unauthenticated mail is not accepted", "your IP address has no reverse DNS",
]  # fmt: skip
OTHER_WORDS = [
    "", "mailbox unavailable", "mailbox full", "message contains spam", "the recipient", "try again", "account",
    "see https://help.example/x", "invalid", "rejected", "550", "\u043d\u0435\u0442", "unsolicited mail",
]  # fmt: skip
UNKNOWN_USER = ["user unknown", "no such user", "recipient not found", "mailbox does not exist", "account is disabled"]
STAGES, CODES = st.sampled_from(["RCPT", "DATA", "dot"]), st.sampled_from([550, 551, 552, 553, 554])


def said(*lists: list[str]) -> st.SearchStrategy[str]:
    """Some sentences of each list, in any order and case."""
    parts = st.tuples(*(st.lists(st.sampled_from(words), min_size=1, max_size=2) for words in lists))
    flat = parts.flatmap(lambda some: st.permutations([one for words in some for one in words]))
    return st.tuples(flat, st.booleans()).map(
        lambda pair: ". ".join(pair[0]).upper() if pair[1] else ". ".join(pair[0])
    )


def never_dead(stage: str, code: int, enhanced: str, text: str) -> None:
    """At the door, later by a bounce, and told by a provider: no way of saying it blocks the reader."""
    kind = classify_permanent(stage=stage, code=code, enhanced=enhanced, text=text)
    assert kind != RefusalKind.HARD_BOUNCE
    for purpose in ("marketing", "transactional"):
        assert settlement_of(1, purpose, 0, Rejected(code, enhanced, text, kind)).reason != "hard_bounce"
    assert bounce_word(Report(Kind.BOUNCED, None, code, enhanced, text)) != HARD
    assert blamed(text) != RefusalKind.HARD_BOUNCE


@given(STAGES, CODES, st.sampled_from(SENDER_CODES), said(SENDER_WORDS, OTHER_WORDS, UNKNOWN_USER))
def test_a_code_about_the_sender_blames_nobody_else(stage: str, code: int, enhanced: str, text: str) -> None:
    never_dead(stage, code, enhanced, text)


@given(STAGES, CODES, said(SENDER_WORDS, OTHER_WORDS, UNKNOWN_USER))
def test_words_about_the_sender_win_where_there_is_no_code(stage: str, code: int, text: str) -> None:
    never_dead(stage, code, "", text)


@given(STAGES, CODES, st.sampled_from(["5.1.1", "5.1.2", "5.1.10", "5.7.1", "5.7.0", "5.0.0"]), said(SENDER_WORDS))
def test_words_about_the_sender_alone_win_over_the_recipients_code(
    stage: str, code: int, enhanced: str, text: str
) -> None:
    never_dead(stage, code, enhanced, text)


@given(CODES, st.sampled_from([*SENDER_CODES, "", "5.1.1", "5.2.1", "5.7.1"]), said(OTHER_WORDS, UNKNOWN_USER))
def test_at_mail_the_address_is_the_senders_own(code: int, enhanced: str, text: str) -> None:
    kind = classify_permanent(stage="MAIL", code=code, enhanced=enhanced, text=text)

    assert kind in {RefusalKind.SENDER_FAULT, RefusalKind.CONTENT}


@pytest.mark.parametrize(
    ("enhanced", "text"),
    [
        ("5.7.32", "The From: header is not aligned with SPF or DKIM; user unknown"),
        ("5.7.40", "There is no DMARC record; unsolicited mail"),
        ("5.7.23", "SPF validation failed"),
        ("5.7.501", "Access denied, spam abuse detected"),
        ("5.7.511", "Access denied, banned sender"),
        ("5.7.606", "Access denied, banned sending IP [192.0.2.7]"),
        ("5.7.705", "Access denied, tenant has exceeded threshold"),
        ("5.1.1", "<a@kea.nz>: Sender address rejected: User unknown in virtual mailbox table"),
    ],
)
def test_the_senders_own_trouble_stops_the_sender(enhanced: str, text: str) -> None:
    assert classify_permanent(stage="RCPT", code=550, enhanced=enhanced, text=text) == RefusalKind.SENDER_FAULT


@pytest.mark.parametrize(
    ("enhanced", "text", "kind"),
    [
        ("4.3.2", "System is going down", "other"),
        ("4.4.2", "Connection timed out", "other"),
        ("4.3.2", "Too many concurrent connections", "throttled"),
        ("4.7.28", "Unusual rate of mail", "throttled"),
        ("", "Service not available", "throttled"),
    ],
)
def test_a_server_that_goes_down_asks_nobody_to_slow_down(enhanced: str, text: str, kind: str) -> None:
    assert classify_transient(code=421, enhanced=enhanced, text=text).kind == kind
