"""A name server on loopback that says what a test tells it to."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rrset


class NameServer:
    """Answers by (name, type): lists of record texts. A name without any is NXDOMAIN; `silent` ones get no answer."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], list[str]] = {(".", "NS"): ["a.root-servers.net."]}
        self.failing: set[str] = set()
        self.silent: set[str] = set()
        self.asked: list[str] = []
        self.address = ""

    def answer(self, wire: bytes) -> bytes | None:
        """The answer to one question; None for silence."""
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=question.name != dns.name.root), question.rdtype.name
        self.asked.append(name)
        if name in self.silent:
            return None
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        if name in self.failing:
            response.set_rcode(dns.rcode.SERVFAIL)
        elif not any(known == name for known, _kind in self.records):
            response.set_rcode(dns.rcode.NXDOMAIN)
        elif (name, kind) in self.records:
            response.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", kind, self.records[name, kind]))
        return response.to_wire()


@contextmanager
def name_server() -> Iterator[NameServer]:
    """One that runs until the block ends."""
    server = NameServer()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            wire, sock = self.request
            answer = server.answer(wire)
            if answer is not None:
                sock.sendto(answer, self.client_address)

    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), Handler) as udp:
        server.address = f"127.0.0.1:{udp.server_address[1]}"
        thread = threading.Thread(target=udp.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            udp.shutdown()
            thread.join()
