import signal
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.transports.outcomes import (
    Accepted,
    Ambiguous,
    NotAttempted,
    OutboundMessage,
    Outcome,
    RefusalKind,
    Rejected,
    RetryAfter,
    TransportUnavailable,
)
from channels.transports.smtp import SmtpSession, SmtpSettings, Timeouts
from channels.transports.smtp_protocol import content_bytes
from tests.smtp_server import Fault, Script, SmtpServer, running_smtp_server

PATIENT = Timeouts(connect=5, greeting=5, command=5, content=5, final_dot=5, quit=1)
HASTY = Timeouts(connect=5, greeting=0.2, command=0.2, content=0.2, final_dot=0.2, quit=0.1)
BODY = b"Subject: Hello\r\n\r\nKia ora\r\n"


class Sending:
    """One batch through a session, with everything it called back."""

    def __init__(self, session: SmtpSession) -> None:
        self.session = session
        self.attempts: list[int] = []
        self.outcomes: dict[int, Outcome] = {}
        self.stop: Callable[[], bool] = lambda: False

    def send(self, *messages: OutboundMessage) -> dict[int, Outcome]:
        self.session.send_batch(
            messages, before_attempt=self.attempts.append, on_outcome=self.settle, should_stop=self.stop
        )
        return self.outcomes

    def settle(self, key: int, outcome: Outcome) -> None:
        assert key not in self.outcomes
        self.outcomes[key] = outcome


def message(key: int, data: bytes = BODY, recipient: str | None = None) -> OutboundMessage:
    return OutboundMessage(key, "news@example.com", recipient or f"p{key}@example.org", data)


def settings_for(server: SmtpServer, **changes: object) -> SmtpSettings:
    values = {"connections": 1, "timeouts": PATIENT, "losses_before_giving_up": 50, **changes}
    return SmtpSettings(host="127.0.0.1", port=server.port, **values)  # type: ignore[arg-type]


@pytest.fixture(params=[True, False], ids=["pipelining", "step by step"])
def script(request: pytest.FixtureRequest) -> Script:
    return Script(pipelining=request.param)


@pytest.fixture
def server(script: Script) -> Iterator[SmtpServer]:
    with running_smtp_server(script) as running:
        yield running
    assert running.violations == []


@pytest.fixture
def sending(server: SmtpServer) -> Iterator[Sending]:
    with SmtpSession(settings_for(server)) as session:
        yield Sending(session)


@pytest.fixture
def hasty(server: SmtpServer) -> Iterator[Sending]:
    with SmtpSession(settings_for(server, timeouts=HASTY)) as session:
        yield Sending(session)


def test_messages_are_accepted_in_order_over_one_connection(server: SmtpServer, sending: Sending) -> None:
    outcomes = sending.send(*(message(key) for key in range(5)))
    assert outcomes == {key: Accepted(f"Q{key + 1}", f"Ok: queued as Q{key + 1}") for key in range(5)}
    assert sending.attempts == [0, 1, 2, 3, 4]
    assert [acceptance.data for acceptance in server.acceptances] == [BODY] * 5
    assert server.reached["connect"] == 1


def test_a_held_connection_serves_the_next_batch(server: SmtpServer, sending: Sending) -> None:
    sending.send(message(1))
    sending.send(message(2))
    assert server.recipients == ["p1@example.org", "p2@example.org"]
    assert server.reached["connect"] == 1


def test_five_connections_deliver_each_of_500_once(server: SmtpServer) -> None:
    with SmtpSession(settings_for(server, connections=5, messages_per_connection=60)) as session:
        sending = Sending(session)
        outcomes = sending.send(*(message(key) for key in range(500)))
    assert Counter(server.recipients) == Counter(f"p{key}@example.org" for key in range(500))
    assert {type(outcome) for outcome in outcomes.values()} == {Accepted}
    assert sorted(sending.attempts) == list(range(500))
    assert 9 <= server.reached["connect"] <= 14


REFUSALS = [
    ("MAIL", "550 5.1.8 Sender unknown", Rejected(550, "5.1.8", "Sender unknown", RefusalKind.SENDER_FAULT)),
    ("MAIL", "451 4.3.0 Later", RetryAfter(120, 451, "4.3.0", "Later", RefusalKind.OTHER)),
    ("RCPT", "550 5.1.1 No such user", Rejected(550, "5.1.1", "No such user", RefusalKind.HARD_BOUNCE)),
    ("RCPT", "450 4.2.0 Greylisted", RetryAfter(360, 450, "4.2.0", "Greylisted", RefusalKind.OTHER)),
    ("RCPT", "452 4.2.2 Mailbox full", RetryAfter(3600, 452, "4.2.2", "Mailbox full", RefusalKind.SOFT_BOUNCE)),
    ("DATA", "554 5.7.1 Spam", Rejected(554, "5.7.1", "Spam", RefusalKind.CONTENT)),
    ("DATA", "451 Local error", RetryAfter(120, 451, "", "Local error", RefusalKind.OTHER)),
    ("dot", "550 5.7.26 Unauthenticated", Rejected(550, "5.7.26", "Unauthenticated", RefusalKind.SENDER_FAULT)),
    ("dot", "452 4.3.1 Disk full", RetryAfter(120, 452, "4.3.1", "Disk full", RefusalKind.OTHER)),
    ("dot", "421 4.7.0 Slow down", RetryAfter(300, 421, "4.7.0", "Slow down", RefusalKind.THROTTLED)),
    ("RCPT", "421 4.7.0 Slow down", RetryAfter(300, 421, "4.7.0", "Slow down", RefusalKind.THROTTLED)),
]


@pytest.mark.parametrize(("stage", "text", "outcome"), REFUSALS, ids=[f"{row[0]} {row[1][:9]}" for row in REFUSALS])
def test_a_refused_message_leaves_the_others_alone(
    server: SmtpServer, sending: Sending, stage: str, text: str, outcome: Outcome
) -> None:
    server.script.faults[stage] = Fault("reply", text, when=lambda count: count == 1)
    outcomes = sending.send(*(message(key) for key in range(4)))
    assert outcomes[1] == outcome
    assert [type(outcomes[key]) for key in (0, 2, 3)] == [Accepted] * 3
    assert server.recipients == ["p0@example.org", "p2@example.org", "p3@example.org"]


def test_content_awaited_without_a_recipient_delivers_nothing(server: SmtpServer, sending: Sending) -> None:
    server.script.opens_content_without_recipients = True
    server.script.refused["p0@example.org"] = "550 5.1.1 No such user"
    outcomes = sending.send(message(0), message(1))
    assert isinstance(outcomes[0], Rejected)
    assert isinstance(outcomes[1], Accepted)
    assert server.recipients == ["p1@example.org"]


@pytest.mark.parametrize("action", ["reset", "hang"])
@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
def test_a_break_before_the_content_is_tried_once_more(
    server: SmtpServer, hasty: Sending, stage: str, action: str
) -> None:
    server.script.faults[stage] = Fault(action, when=lambda count: count == 1)
    outcomes = hasty.send(*(message(key) for key in range(3)))
    assert {type(outcome) for outcome in outcomes.values()} == {Accepted}
    assert Counter(server.recipients) == Counter(f"p{key}@example.org" for key in range(3))


@pytest.mark.parametrize(
    ("stage", "action"), [("MAIL", "reset"), ("RCPT", "reset"), ("DATA", "reset"), ("RCPT", "hang")]
)
def test_a_second_break_before_the_content_is_for_later(
    server: SmtpServer, hasty: Sending, stage: str, action: str
) -> None:
    server.script.faults[stage] = Fault(action, when=lambda count: count in (0, 1))
    outcomes = hasty.send(message(0))
    assert isinstance(outcomes[0], RetryAfter)
    assert outcomes[0].code == 0
    assert hasty.attempts == []
    assert server.acceptances == []


@pytest.mark.parametrize("action", ["reset", "hang"])
@pytest.mark.parametrize("stage", ["dot", "after dot"])
def test_a_break_after_the_dot_is_ambiguous_and_not_repeated(
    server: SmtpServer, hasty: Sending, stage: str, action: str
) -> None:
    server.script.faults[stage] = Fault(action, when=lambda count: count == 1)
    outcomes = hasty.send(*(message(key) for key in range(4)))
    assert isinstance(outcomes[1], Ambiguous)
    assert [type(outcomes[key]) for key in (0, 2, 3)] == [Accepted] * 3
    assert server.recipients.count("p1@example.org") == (1 if stage == "after dot" else 0)
    assert hasty.attempts.count(1) == 1


def test_nonsense_after_the_dot_is_ambiguous(server: SmtpServer, sending: Sending) -> None:
    server.script.faults["after dot"] = Fault("reply", "hello there", when=lambda count: count == 0)
    outcomes = sending.send(message(0), message(1))
    assert isinstance(outcomes[0], Ambiguous)
    assert isinstance(outcomes[1], Accepted)


def test_a_break_in_the_middle_of_long_content_is_not_ambiguous(server: SmtpServer, sending: Sending) -> None:
    server.script.faults["DATA"] = Fault("reply", "354 Go ahead", when=lambda count: True)

    def hang_up(key: int) -> None:
        for connection in tuple(server.connections):
            connection._loop.call_soon_threadsafe(connection._transport.abort)

    long = b"Subject: Long\r\n\r\n" + b"x" * 70 * 1024 * 1024
    sending.session.send_batch(
        [message(0, long)], before_attempt=hang_up, on_outcome=sending.settle, should_stop=lambda: False
    )
    assert isinstance(sending.outcomes[0], RetryAfter)


@pytest.mark.parametrize("fault", [Fault("reset"), Fault("hang"), Fault("reply", "421 4.3.2 Busy")])
@pytest.mark.parametrize("stage", ["connect", "EHLO"])
def test_a_server_without_a_greeting_is_unavailable(
    server: SmtpServer, hasty: Sending, stage: str, fault: Fault
) -> None:
    server.script.faults[stage] = fault
    with pytest.raises(TransportUnavailable) as caught:
        hasty.send(message(0), message(1))
    assert caught.value.is_configuration is False
    assert [type(outcome) for outcome in hasty.outcomes.values()] == [NotAttempted] * 2


def test_a_server_that_turns_us_away_is_a_matter_of_configuration(server: SmtpServer, sending: Sending) -> None:
    server.script.faults["EHLO"] = Fault("reply", "550 5.7.1 Go away")
    with pytest.raises(TransportUnavailable, match="Go away") as caught:
        sending.send(message(0))
    assert caught.value.is_configuration is True


def test_nobody_listening_is_unavailable() -> None:
    with running_smtp_server() as server:
        settings = settings_for(server)
    with SmtpSession(settings) as session, pytest.raises(TransportUnavailable, match="cannot be reached") as caught:
        Sending(session).send(message(0))
    assert caught.value.is_configuration is False


def test_a_connection_that_cannot_be_opened_leaves_the_work_to_the_others(server: SmtpServer) -> None:
    server.script.faults["connect"] = Fault("reply", "421 4.7.0 Too many connections", when=lambda count: count > 0)
    with SmtpSession(settings_for(server, connections=3)) as session:
        outcomes = Sending(session).send(*(message(key) for key in range(20)))
    assert [type(outcome) for outcome in outcomes.values()] == [Accepted] * 20


def test_broken_connections_in_a_row_make_the_server_unavailable(server: SmtpServer) -> None:
    server.script.faults["dot"] = Fault("reset")
    with SmtpSession(settings_for(server, losses_before_giving_up=3)) as session:
        sending = Sending(session)
        with pytest.raises(TransportUnavailable, match="3 connections in a row"):
            sending.send(*(message(key) for key in range(10)))
    assert Counter(type(outcome) for outcome in sending.outcomes.values()) == {Ambiguous: 3, NotAttempted: 7}


def test_a_connection_closed_while_held_is_replaced(server: SmtpServer, sending: Sending) -> None:
    sending.send(message(0))
    for connection in tuple(server.connections):
        connection._loop.call_soon_threadsafe(connection._transport.abort)
    assert isinstance(sending.send(message(1))[1], Accepted)
    assert server.recipients == ["p0@example.org", "p1@example.org"]


def test_stopping_leaves_at_most_one_message_per_connection_in_flight(server: SmtpServer, sending: Sending) -> None:
    sending.stop = lambda: len(sending.attempts) >= 3
    outcomes = sending.send(*(message(key) for key in range(10)))
    assert [type(outcomes[key]) for key in range(10)] == [Accepted] * 3 + [NotAttempted] * 7
    assert len(server.acceptances) == 3


def test_a_journal_that_fails_stops_before_the_attempt(server: SmtpServer, sending: Sending) -> None:
    def fail_on_the_second(key: int) -> None:
        if key == 1:
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        sending.session.send_batch(
            [message(key) for key in range(3)],
            before_attempt=fail_on_the_second,
            on_outcome=sending.settle,
            should_stop=lambda: False,
        )
    assert [type(sending.outcomes[key]) for key in range(3)] == [Accepted, NotAttempted, NotAttempted]
    assert server.recipients == ["p0@example.org"]


def test_an_interruption_tells_of_the_messages_in_flight(server: SmtpServer) -> None:
    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    server.script.faults["dot"] = Fault("hang", when=lambda count: count > 0)

    def settle(key: int, outcome: Outcome) -> None:
        sending.settle(key, outcome)
        if isinstance(outcome, Accepted):
            signal.setitimer(signal.ITIMER_REAL, 0.1)

    before = signal.signal(signal.SIGALRM, interrupt)
    with SmtpSession(settings_for(server)) as session:
        sending = Sending(session)
        with pytest.raises(KeyboardInterrupt):
            session.send_batch(
                [message(key) for key in range(4)],
                before_attempt=sending.attempts.append,
                on_outcome=settle,
                should_stop=lambda: False,
            )
    signal.signal(signal.SIGALRM, before)
    assert [type(sending.outcomes[key]) for key in range(4)] == [Accepted, Ambiguous, NotAttempted, NotAttempted]
    assert sending.attempts == [0, 1]


def test_a_message_that_cannot_be_rendered_ends_the_batch(server: SmtpServer, sending: Sending) -> None:
    def messages() -> Iterator[OutboundMessage]:
        yield message(0)
        raise ValueError("no template")

    with pytest.raises(ValueError, match="no template"):
        sending.session.send_batch(
            messages(), before_attempt=sending.attempts.append, on_outcome=sending.settle, should_stop=lambda: False
        )
    assert set(sending.outcomes) == {0}
    assert len(server.acceptances) == len(sending.attempts)


@pytest.mark.parametrize("recipient", ["a@example.org>\r\nRCPT TO:<b@example.org", "a b@example.org", "", "a@b\0"])
def test_an_address_with_commands_in_it_is_never_sent(server: SmtpServer, sending: Sending, recipient: str) -> None:
    bad = OutboundMessage(0, "news@example.com", recipient, BODY)
    outcomes = sending.send(bad, message(1))
    assert isinstance(outcomes[0], Rejected)
    assert server.recipients == ["p1@example.org"]


def test_eight_bit_content_is_announced(server: SmtpServer, sending: Sending) -> None:
    data = "Subject: Hi\r\n\r\nKia ōra\r\n".encode()
    sending.send(message(0, data), message(1))
    assert [line for line in server.commands if line.startswith("MAIL")] == [
        "MAIL FROM:<news@example.com> BODY=8BITMIME",
        "MAIL FROM:<news@example.com>",
    ]
    assert server.acceptances[0].data == data
    assert sending.session.supports_8bitmime() is True


def test_eight_bit_content_is_not_sent_to_a_seven_bit_server(server: SmtpServer, sending: Sending) -> None:
    server.script.eight_bit_mime = False
    assert sending.session.supports_8bitmime() is False
    outcomes = sending.send(message(0, "Subject: Hi\r\n\r\nKia ōra\r\n".encode()))
    assert isinstance(outcomes[0], Rejected)
    assert outcomes[0].enhanced == "5.6.3"
    assert server.acceptances == []


def test_an_address_outside_ascii_needs_a_server_that_takes_it(server: SmtpServer, sending: Sending) -> None:
    assert isinstance(sending.send(message(0, recipient="ō@example.org"))[0], Rejected)
    server.script.smtp_utf8 = True
    with SmtpSession(settings_for(server)) as session:
        assert isinstance(Sending(session).send(message(1, recipient="ō@example.org"))[1], Accepted)
    assert server.recipients == ["ō@example.org"]


DOTTED = st.lists(st.sampled_from([b".", b"..", b"\r\n", b"a", b".\r\n", b"\r\n.\r\n"]), max_size=12).map(b"".join)


@given(DOTTED)
def test_content_survives_dot_stuffing(data: bytes) -> None:
    stuffed = b"".join(content_bytes(message(0, data)))
    assert stuffed.endswith(b".\r\n")
    assert b"\r\n.\r\n" not in b"\r\n" + stuffed[:-3].removesuffix(b"\r\n")
    lines = stuffed.removesuffix(b".\r\n").split(b"\r\n")
    assert b"\r\n".join(line.removeprefix(b".") for line in lines).rstrip(b"\r\n") == data.rstrip(b"\r\n")


@given(st.lists(st.sampled_from([b".", b"\r", b"\n", b"a", b"\r\n"]), max_size=12).map(b"".join))
def test_no_content_can_end_the_message_early(data: bytes) -> None:
    stuffed = b"".join(content_bytes(message(0, data)))
    assert stuffed.count(b"\n") == stuffed.count(b"\r") == stuffed.count(b"\r\n")
    assert (b"\r\n" + stuffed).index(b"\r\n.\r\n") + 3 == len(stuffed)


def test_dots_arrive_as_they_were(server: SmtpServer, sending: Sending) -> None:
    data = b".leading\r\n.\r\n..two\r\nend\r\n.\r\n"
    sending.send(message(0, data))
    assert server.acceptances[0].data == data
