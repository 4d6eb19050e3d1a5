"""The receiving mail server: it writes down every acceptance before it answers, and misbehaves on command."""

import asyncio
import json
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.parser import BytesHeaderParser
from pathlib import Path

from tests.smtp_server import Script, SmtpServer

_headers = BytesHeaderParser()


@dataclass(frozen=True, slots=True)
class Accepted:
    """One line of the log: who, when (seconds of the system's clock), under which Message-ID, from which node."""

    recipient: str
    at: float
    message_id: str
    client: str


class Receiver(SmtpServer):
    """A server with a log on disk. A line is written before the sender hears of the acceptance, so it never lacks one.

    It lives in the harness, which nobody kills; what a reader asks for is kept in memory as well.
    """

    def __init__(self, script: Script, log: Path, seconds_patient: int = 30) -> None:
        super().__init__(script)
        self.log: list[Accepted] = []
        self._file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._seconds_patient = seconds_patient

    def url_for(self, node: str = "", connections: int = 4) -> str:
        """Where senders find it; `node` is the name they give in EHLO."""
        name = f"&ehlo_name={node}.example" if node else ""
        return f"{self.url}?connections={connections}&timeout={self._seconds_patient}{name}"

    def accept(self, sender: str, recipient: str, data: bytes, client: str) -> None:
        """Write one acceptance down. The content is not kept."""
        headers = _headers.parsebytes(data[: data.find(b"\r\n\r\n") + 4])
        line = Accepted(recipient, time.time(), str(headers["Message-ID"]), client.removesuffix(".example"))
        words = {"recipient": line.recipient, "at": line.at, "id": line.message_id, "client": line.client}
        os.write(self._file, json.dumps(words).encode() + b"\n")
        self.log.append(line)

    def copies(self, domain: str) -> Counter[str]:
        """How many copies each recipient of the domain got."""
        end = f"@{domain}"
        return Counter(line.recipient for line in tuple(self.log) if line.recipient.endswith(end))

    def since(self, moment: float, domain: str) -> list[Accepted]:
        """What was accepted for the domain after `moment`."""
        end = f"@{domain}"
        return [line for line in tuple(self.log) if line.at > moment and line.recipient.endswith(end)]

    def close(self) -> None:
        """Close the log."""
        os.close(self._file)


@contextmanager
def receiving(receivers: list[Receiver]) -> Iterator[None]:
    """Run the servers in one thread of their own."""
    loop = asyncio.new_event_loop()
    listening = [loop.run_until_complete(receiver.start()) for receiver in receivers]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def stop() -> None:
        for server in listening:
            server.close()
        for receiver in receivers:
            for connection in tuple(receiver.connections):
                connection.close()
        await asyncio.sleep(0)

    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
        for receiver in receivers:
            receiver.close()
