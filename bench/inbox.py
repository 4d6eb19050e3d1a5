"""A receiving server that remembers when it took each message; small, so that it is not what is measured."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Inbox:
    """Arrivals by recipient, in seconds of `time.monotonic`, as of the moment before the server says yes."""

    def __init__(self) -> None:
        self.arrivals: dict[str, float] = {}
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One conversation, as much of RFC 5321 as a well-behaved client needs."""
        writer.write(b"220 bench\r\n")
        recipient = ""
        while line := await reader.readline():
            word = line[:4].upper()
            if word == b"EHLO":
                answer = b"250-bench\r\n250-8BITMIME\r\n250 PIPELINING\r\n"
            elif word == b"DATA":
                writer.write(b"354 go on\r\n")
                await reader.readuntil(b"\r\n.\r\n")
                self.arrivals[recipient] = time.monotonic()
                answer = b"250 taken\r\n"
            else:
                if word == b"RCPT":
                    recipient = line.partition(b"<")[2].partition(b">")[0].decode()
                answer = b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n"
            writer.write(answer)
            await writer.drain()
        writer.close()


@contextmanager
def inbox() -> Iterator[Inbox]:
    """An Inbox that listens on a free port of this machine."""
    box, loop = Inbox(), asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(box.serve, "127.0.0.1", 0, limit=1024 * 1024))
    box.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield box
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
