"""The dialogue against a mail server that does at any step what it pleases, and never the same twice.

The server writes down what it accepts before it answers. Whatever it does, nobody is accepted twice, every message is
told of exactly once, only what met its fault after the final dot is unknown, and nothing counts as accepted that was
not, or as not accepted that was.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress

from hypothesis import example, given, settings
from hypothesis import strategies as st

from channels.transports.outcomes import Accepted, Ambiguous, OutboundMessage, Outcome, TransportUnavailable
from channels.transports.smtp import SmtpPool, SmtpSettings, Timeouts

HASTY = Timeouts(connect=5, greeting=0.03, command=0.03, content=0.03, final_dot=0.03, quit=0.01)
EXPECTED = {"greeting": 220, "EHLO": 250, "MAIL": 250, "RCPT": 250, "DATA": 354, "dot": 250, "RSET": 250, "QUIT": 221}
NEEDED = {"MAIL": "", "RCPT": "MAIL", "DATA": "RCPT"}
CODES = {"later": 450, "no": 550, "closing": 421}
ACCEPTS = ("well", "twice", "in pieces", "long", "after and gone", "other code", "before its time")
LAST_DEEDS = ("reset", "silence", "hang up", "after and gone", "closing")
DEEDS = ["well"] * 12 + [*CODES, *ACCEPTS[1:], *LAST_DEEDS[:3], "nonsense", "endless"]


class HostileServer:
    """What it does at its steps, in the order in which they come over all connections; well-behaved after that."""

    def __init__(self, deeds: list[str], *, pipelining: bool) -> None:
        self.deeds = iter(deeds)
        self.offer = b"PIPELINING" if pipelining else b"HELP"
        self.accepted: list[str] = []
        self.smuggled: list[str] = []

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, to its end."""
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await self._converse(reader, writer)
        writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        state, recipient = "", ""
        said = await self._answer(writer, "greeting")
        while said and (line := await reader.readline()):
            verb = line[:4].decode().strip()
            if verb not in EXPECTED:
                self.smuggled.append(line.decode())
            if state != NEEDED.get(verb, state):
                writer.write(b"503 5.5.1 Bad order\r\n")
                continue
            said = await self._answer(writer, verb)
            if verb == "DATA" and said == EXPECTED["DATA"]:
                await reader.readuntil(b"\r\n.\r\n")
                said = await self._answer(writer, "dot", recipient)
            if verb == "RCPT":
                recipient = line.decode()[9:].rstrip(">\r\n")
            is_fine = said == EXPECTED["MAIL"]
            state = verb if is_fine and verb in ("MAIL", "RCPT") else state if verb == "RCPT" else ""

    async def _answer(self, writer: asyncio.StreamWriter, step: str, recipient: str = "") -> int:
        """Do the next deed; returns the code that was said, 0 when the connection is over."""
        deed = next(self.deeds, "well")
        said = CODES.get(deed, EXPECTED[step])
        if deed == "other code":
            said = 354 if said == 250 else 250
        # What is accepted is written down first, and only what is answered so, or not at all any more.
        if step == "dot" and deed in ACCEPTS:
            self.accepted.append(recipient)
        answer = b"%d %d.0.0 It is so\r\n" % (said, said // 100)
        if step == "EHLO" and said == EXPECTED["EHLO"]:
            answer = b"250-hostile.example\r\n250-8BITMIME\r\n250 %s\r\n" % self.offer
        if deed == "reset":
            writer.transport.abort()
        elif deed == "silence":
            await asyncio.sleep(0.08)
        for piece in _pieces(deed, step, answer):
            writer.write(piece)
            await asyncio.sleep(0)
        return 0 if deed in LAST_DEEDS else said


def _pieces(deed: str, step: str, answer: bytes) -> Iterable[bytes]:
    """What is written, piece by piece."""
    match deed:
        case "reset" | "silence" | "hang up" | "after and gone":
            return []
        case "nonsense":
            return [b"Grr\r\n"]
        case "endless":
            return [b"250-x\r\n" * 30_000]
        case "long":
            return [answer[:3] + b"-" + b"x" * 500 + b"\r\n"] * 50 + [answer]
        case "twice":
            return [answer * 2]
        case "before its time" if step == "DATA":
            return [answer + b"250 2.0.0 Ok: queued\r\n"]
        case "in pieces":
            return [answer[number : number + 1] for number in range(len(answer))]
    return [answer]


async def sent_through(server: HostileServer, batches: list[int], connections: int) -> tuple[dict, list[int]]:
    """Send so many messages in each batch over one pool; every outcome, and the keys that were attempted."""
    listening = await asyncio.start_server(server.talk, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    pool = SmtpPool(
        SmtpSettings(
            "127.0.0.1", port, connections=connections, timeouts=HASTY, messages_per_connection=3,
            losses_before_giving_up=4, ehlo_name="us.example",
        )
    )  # fmt: skip
    outcomes: dict[int, list[Outcome]] = {}
    attempts: list[int] = []

    def settle(key: int, outcome: Outcome) -> None:
        outcomes.setdefault(key, []).append(outcome)

    key = 0
    for number in batches:
        keys, key = range(key, key + number), key + number
        body = b"Subject: Hi\r\n\r\nMAIL FROM:<evil@example.org>\r\n..\r\n"
        messages = [OutboundMessage(one, "news@example.com", f"p{one}@example.org", body) for one in keys]
        with suppress(TransportUnavailable):
            await pool.send(messages, before_attempt=attempts.append, on_outcome=settle, should_stop=lambda: False)
        assert set(keys) <= set(outcomes)
    await pool.close()
    listening.close()
    await asyncio.sleep(0)
    return outcomes, attempts


@settings(max_examples=50)
@given(
    deeds=st.lists(st.sampled_from(DEEDS), max_size=40),
    batches=st.lists(st.integers(1, 4), min_size=1, max_size=3),
    connections=st.integers(1, 2),
    pipelining=st.booleans(),
)
# An answer to the content that comes before the content, which is then refused.
@example(deeds=["well"] * 4 + ["before its time", "no"], batches=[2], connections=1, pipelining=True)
@example(deeds=["well"] * 4 + ["before its time", "no"], batches=[2], connections=1, pipelining=False)
def test_whatever_a_server_does_nobody_is_accepted_twice_and_nobody_is_told_wrongly(
    deeds, batches, connections, pipelining
):
    server = HostileServer(deeds, pipelining=pipelining)

    outcomes, attempts = asyncio.run(sent_through(server, batches, connections))

    accepted = Counter(server.accepted)
    assert set(accepted.values()) <= {1}
    assert {len(told) for told in outcomes.values()} == {1}
    for key, [outcome] in outcomes.items():
        was_accepted = bool(accepted[f"p{key}@example.org"])
        if isinstance(outcome, Ambiguous):
            assert key in attempts
        else:
            assert isinstance(outcome, Accepted) == was_accepted, outcome
    # Content goes where the server asked for it; one that asks in the wrong place reads it as commands.
    assert server.smuggled == [] or "other code" in deeds
