"""A real IMAP server on loopback with one folder, as much of RFC 9051 as reading a mailbox takes."""

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Mail:
    """One mail in the folder."""

    uid: int
    raw: bytes
    flags: set[str] = field(default_factory=set)


class ImapServer:
    """The folder, who may read it, and what was asked."""

    def __init__(self, *mails: bytes) -> None:
        self.mails = [Mail(number, raw) for number, raw in enumerate(mails, start=1)]
        self.credentials = ("bounces", "s3cret words")
        self.commands: list[str] = []
        self.breaks_at = ""
        self.port = 0

    @property
    def url(self) -> str:
        return f"imap://bounces:s3cret%20words@127.0.0.1:{self.port}/INBOX"

    def answer(self, command: str, words: str) -> tuple[list[bytes], str]:
        """Untagged lines, and the tagged answer."""
        if command == "CAPABILITY":
            return [b"* CAPABILITY IMAP4rev1"], "OK done"
        if command == "LOGIN":
            return [], "OK hello" if words == '{} "{}"'.format(*self.credentials) else "NO who are you"
        if command == "SELECT":
            return (
                ([f"* {len(self.mails)} EXISTS".encode()], "OK done") if words == '"INBOX"' else ([], "NO such folder")
            )
        if command == "UID SEARCH":
            found = [str(mail.uid) for mail in self.mails if not mail.flags & {r"\Seen", r"\Deleted"}]
            return [("* SEARCH " + " ".join(found)).encode()], "OK done"
        if command == "UID FETCH":
            return self._fetch(int(words.split(maxsplit=1)[0])), "OK done"
        if command == "UID STORE":
            uid, flags = int(words.split(maxsplit=1)[0]), set(re.findall(r"\\\w+", words))
            next(mail for mail in self.mails if mail.uid == uid).flags.update(flags)
            return [], "OK done"
        if command == "EXPUNGE":
            self.mails = [mail for mail in self.mails if r"\Deleted" not in mail.flags]
            return [], "OK done"
        return ([b"* BYE"], "OK bye") if command == "LOGOUT" else ([], "BAD what")

    def _fetch(self, uid: int) -> list[bytes]:
        mail = next((mail for mail in self.mails if mail.uid == uid), None)
        if mail is None:
            return []
        return [b"* %d FETCH (UID %d BODY[]<0> {%d}\r\n%s)" % (uid, uid, len(mail.raw), mail.raw)]


@contextmanager
def imap_server(*mails: bytes) -> Iterator[ImapServer]:
    """One that runs until the block ends."""
    server = ImapServer(*mails)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"* OK ready\r\n")
            while line := self.rfile.readline().decode().strip():
                tag, _space, rest = line.partition(" ")
                first, _space, words = rest.partition(" ")
                command = first.upper()
                if command == "UID":
                    second, _space, words = words.partition(" ")
                    command = f"UID {second.upper()}"
                server.commands.append(command)
                if command == server.breaks_at:
                    return
                lines, said = server.answer(command, words)
                self.wfile.write(b"".join(line + b"\r\n" for line in lines) + f"{tag} {said}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as tcp:
        tcp.daemon_threads = True
        server.port = tcp.server_address[1]
        thread = threading.Thread(target=tcp.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            tcp.shutdown()
            thread.join()
