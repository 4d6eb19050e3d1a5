import pytest

from channels.transports.classify import classify_permanent, classify_transient
from channels.transports.outcomes import RefusalKind
from channels.transports.smtp_protocol import ProtocolError, Reply, ReplyParser, queue_id, read_extensions

PERMANENT = [
    ("RCPT", 550, "5.1.1", "The email account that you tried to reach does not exist.", "hard_bounce"),
    ("RCPT", 550, "5.1.10", "RESOLVER.ADR.RecipientNotFound", "hard_bounce"),
    ("RCPT", 550, "5.1.2", "Bad destination host", "hard_bounce"),
    ("RCPT", 553, "5.1.3", "Not a valid RFC 5321 address", "hard_bounce"),
    ("RCPT", 550, "5.1.6", "Recipient has moved", "hard_bounce"),
    ("RCPT", 550, "5.2.1", "The account is disabled", "hard_bounce"),
    ("RCPT", 550, "", "User unknown", "hard_bounce"),
    ("RCPT", 550, "", "No such user here", "hard_bounce"),
    ("RCPT", 550, "", "Requested action not taken: mailbox unavailable", "hard_bounce"),
    ("dot", 550, "5.7.26", "This mail is unauthenticated", "sender_fault"),
    ("dot", 550, "5.7.30", "DKIM did not pass", "sender_fault"),
    ("dot", 550, "5.7.515", "Access denied, sending domain does not meet the level", "sender_fault"),
    ("RCPT", 554, "5.7.1", "Relay access denied", "sender_fault"),
    ("RCPT", 550, "", "Sender verify failed: user unknown", "sender_fault"),
    ("RCPT", 550, "", "Service unavailable; client host blocked using Spamhaus; user unknown", "sender_fault"),
    ("MAIL", 550, "5.1.1", "Sender address rejected", "sender_fault"),
    ("MAIL", 552, "5.3.4", "Message size exceeds fixed limit", "sender_fault"),
    ("dot", 552, "5.3.4", "Message too big", "sender_fault"),
    ("dot", 554, "5.6.3", "Conversion required", "sender_fault"),
    ("dot", 550, "5.7.1", "Our system has detected that this message is likely spam", "content"),
    ("dot", 554, "", "Message contains a virus", "content"),
    ("RCPT", 552, "5.2.2", "Mailbox full", "soft_bounce"),
    ("RCPT", 554, "", "Transaction failed", "other"),
    ("RCPT", 550, "", "", "other"),
]


@pytest.mark.parametrize(("stage", "code", "enhanced", "text", "kind"), PERMANENT)
def test_a_permanent_refusal_is_classified(stage: str, code: int, enhanced: str, text: str, kind: str) -> None:
    assert classify_permanent(stage=stage, code=code, enhanced=enhanced, text=text) == kind


TRANSIENT = [
    (421, "", "Service not available", RefusalKind.THROTTLED, 300),
    (421, "4.7.28", "Gmail has detected an unusual rate", RefusalKind.THROTTLED, 300),
    (450, "", "Too many messages, slow down", RefusalKind.THROTTLED, 300),
    (451, "4.7.1", "Greylisting in action, please come back later", RefusalKind.OTHER, 360),
    (452, "4.2.2", "Over quota", RefusalKind.SOFT_BOUNCE, 3600),
    (452, "", "Mailbox full", RefusalKind.SOFT_BOUNCE, 3600),
    (451, "4.3.0", "Temporary error", RefusalKind.OTHER, 120),
]


@pytest.mark.parametrize(("code", "enhanced", "text", "kind", "seconds"), TRANSIENT)
def test_a_transient_refusal_is_classified(
    code: int, enhanced: str, text: str, kind: RefusalKind, seconds: int
) -> None:
    assert classify_transient(code=code, enhanced=enhanced, text=text) == (kind, seconds)


def test_replies_are_read_however_they_are_cut() -> None:
    stream = b"250-first\r\n250-second\r\n250 third\r\n354\r\n550 5.1.1 No\n"
    whole = ReplyParser().feed(stream)
    parser = ReplyParser()
    assert [reply for byte in stream for reply in parser.feed(bytes([byte]))] == whole
    assert whole == [
        Reply(250, (b"first", b"second", b"third")),
        Reply(354, (b"",)),
        Reply(550, (b"5.1.1 No",)),
    ]
    assert (whole[2].enhanced, whole[2].text) == ("5.1.1", "No")


@pytest.mark.parametrize("data", [b"hello\r\n", b"25 ok\r\n", b"\r\n", b"250x\r\n", b"250-" + b"x" * 200_000])
def test_what_is_no_reply_is_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        ReplyParser().feed(data)


def test_extensions_are_read_in_either_case() -> None:
    reply = Reply(250, (b"mail.example", b"pipelining", b"SIZE 1000", b"AUTH=LOGIN plain", b"", b"8BITMIME"))
    extensions = read_extensions(reply)
    assert (extensions.pipelining, extensions.size, extensions.eight_bit_mime) == (True, True, True)
    assert extensions.authentication == {"LOGIN", "PLAIN"}
    assert extensions.starttls is False


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Ok: queued as 4XyZ", "4XyZ"), ("OK id=1sAb-00", "1sAb-00"), ("Ok 0102-abc", ""), ("", "")],
)
def test_the_queue_id_is_found(text: str, expected: str) -> None:
    assert queue_id(text) == expected
