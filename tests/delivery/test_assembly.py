"""Messages as bytes: what any name or text may hold, and what a receiver must be able to read back."""

import email
from datetime import UTC, datetime
from email import policy
from types import SimpleNamespace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from channels.transports.outcomes import OutboundMessage
from channels.transports.smtp_protocol import content_bytes
from content.renderer import Renderer
from delivery.assembly import LONGEST_LINE, Letter, assemble, is_ready_to_travel

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
PUBLIC_ID = UUID("0190a2b4-7c1d-7e3f-8a5b-123456789abc")
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


def letter(**values: str | bytes) -> Letter:
    defaults = {"from_name": "Kea", "from_email": "a@kea.example", "to_name": "", "to_email": "b@lake.example"}
    return Letter(public_id=PUBLIC_ID, **{**defaults, "subject": "Hi", "text": "t", "html": "<p>h</p>", **values})


def lines_of(data: bytes) -> list[bytes]:
    assert data.count(b"\n") == data.count(b"\r\n") == data.count(b"\r")
    return data.split(b"\r\n")


@given(name=words, subject=words, eight_bit=st.booleans())
def test_no_name_or_subject_starts_a_header(name: str, subject: str, eight_bit: bool) -> None:
    data = assemble(letter(from_name=name, to_name=name, subject=subject), at=AT, eight_bit=eight_bit)

    message = email.message_from_bytes(data, policy=policy.SMTP)
    assert sorted(message.keys()) == sorted(
        ["From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"]
    )
    assert message["From"].addresses[0].addr_spec == "a@kea.example"
    assert max(map(len, lines_of(data))) <= 998


@given(
    text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=3000),
    eight_bit=st.booleans(),
)
def test_text_arrives_as_written(text: str, eight_bit: bool) -> None:
    data = assemble(letter(text=text), at=AT, eight_bit=eight_bit)

    part = email.message_from_bytes(data, policy=policy.SMTP).get_body(("plain",))
    assert part is not None
    content = part.get_content().replace("\r\n", "\n")
    assert content.rstrip("\n").split("\n") == text.rstrip("\n").split("\n")
    assert eight_bit or data.isascii()


@pytest.mark.parametrize("body", ["x" * 5000, "я" * 5000, "a b " * 4000])
def test_long_lines_are_encoded_within_the_limit(body: str) -> None:
    data = assemble(letter(html=body), at=AT, eight_bit=True)

    assert max(map(len, lines_of(data))) <= LONGEST_LINE
    part = email.message_from_bytes(data, policy=policy.SMTP).get_body(("html",))
    assert part is not None
    assert part.get_content().strip() == body.strip()


def test_message_id_is_the_same_for_every_attempt() -> None:
    first, second = (assemble(letter(), at=AT, eight_bit=True) for _ in range(2))

    assert first == second
    assert b"Message-ID: <0190a2b47c1d7e3f8a5b123456789abc." in first


ODD = st.text(st.sampled_from("ab é.\n\r\0\u2028😀"), max_size=12)
SOURCE = st.lists(st.sampled_from(["Kia ora", "\n", ".", " ", "{{ n }}", "{% if n %}x{% endif %}", "é"]), max_size=10)


@given(html=SOURCE.map("".join), text=SOURCE.map("".join), value=ODD, name=words, subject=words)
def test_what_is_said_to_be_ready_needs_no_mending(html: str, text: str, value: str, name: str, subject: str) -> None:
    renderer = Renderer(SimpleNamespace(subject="", html=html, text=text, language="en"))
    addresses = {"links": [], "unsubscribe_url": "", "preferences_url": "", "view_url": ""}
    bodies = renderer.render_wire({"n": value}, **addresses)  # type: ignore[arg-type]
    written = letter(html=bodies.html, text=bodies.text, from_name=name, to_name=name, subject=subject)
    data = assemble(written, at=AT, eight_bit=True)
    if is_ready_to_travel(written, eight_bit=True):
        ready, mended = (OutboundMessage(1, "a@b.example", "c@d.example", data, known) for known in (True, False))
        assert b"".join(content_bytes(ready)) == b"".join(content_bytes(mended))
