"""Signatures, checked by somebody else's verifier (dkimpy)."""

import time

import dkim
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.dkim import KeyPair, SigningKey, canonical_body, make_key, sign

MESSAGE = (
    b"From: Aroha <aroha@kea.nz>\r\nTo: x@y.nz\r\nSubject: The lake\r\n  is warm\r\n"
    b"Date: Sun, 22 Nov 2026 08:00:00 +0000\r\n"
    b"Message-ID: <1@kea.nz>\r\nList-Unsubscribe: <https://kea.nz/u/1/>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/plain\r\n\r\nKia  ora \t\r\n\r\nbye \r\n\r\n\r\n"
)
AT = int(time.time()) - 5
PAIRS: dict[str, KeyPair] = {name: make_key(name) for name in ("rsa", "ed25519")}


def keys(*algorithms: str) -> list[SigningKey]:
    return [SigningKey("kea.nz", f"s-{name}", PAIRS[name].private_key) for name in algorithms]


def record(name: bytes, **_options: object) -> bytes:
    """What DNS says."""
    algorithm = name.decode().removeprefix("s-").partition(".")[0]
    return f"v=DKIM1; k={algorithm}; p={PAIRS[algorithm].public_key}".encode()


def verdicts(message: bytes) -> list[bool]:
    """Of each signature, from the top."""
    count = message.lower().count(b"dkim-signature:")
    checks = [dkim.DKIM(message) for _ in range(count)]
    answers = []
    for number, check in enumerate(checks):
        try:
            answers.append(bool(check.verify(number, dnsfunc=record)))
        except dkim.ValidationError:
            answers.append(False)
    return answers


@pytest.mark.parametrize("algorithms", [("rsa",), ("ed25519",), ("rsa", "ed25519")])
def test_signed_message_verifies(algorithms):
    signed = sign(MESSAGE, keys(*algorithms), AT)

    assert signed.endswith(MESSAGE)
    assert verdicts(signed) == [True] * len(algorithms)
    assert all(len(line) <= 998 for line in signed.split(b"\r\n"))


def test_without_keys_nothing_changes():
    assert sign(MESSAGE, [], AT) == MESSAGE


@pytest.mark.parametrize(
    "added",
    [
        b"From: evil@else.nz", b"Subject: Won!", b"List-Unsubscribe: <https://evil.nz>", b"Reply-To: evil@else.nz",
        b"List-Unsubscribe-Post: nothing", b"To: all@else.nz", b"Content-Type: text/html",
    ],
)  # fmt: skip
def test_header_put_on_top_breaks_every_signature(added):
    signed = sign(MESSAGE, keys("rsa", "ed25519"), AT)

    assert verdicts(added + b"\r\n" + signed) == [False, False]


def test_changed_body_breaks_the_signature():
    assert verdicts(sign(MESSAGE, keys("rsa"), AT).replace(b"bye", b"buy")) == [False]


def test_header_that_is_folded_elsewhere_still_verifies():
    signed = sign(MESSAGE, keys("ed25519"), AT).replace(b"The lake\r\n  is warm", b"The\r\n\tlake is   warm")

    assert verdicts(signed) == [True]


@pytest.mark.parametrize("body", [b"", b"\r\n\r\n", b" ", b"a", b"a ", b"\ta\t b \r\n \r\n", b"a\r\n \r\nb"])
def test_odd_bodies_verify(body):
    head = MESSAGE.partition(b"\r\n\r\n")[0]

    # What is sent ends its last line, as SMTP does.
    assert verdicts(sign(head + b"\r\n\r\n" + body, keys("ed25519"), AT) + b"\r\n") == [True]


@given(st.lists(st.text(alphabet="ab \t.", max_size=8), max_size=6))
@settings(max_examples=60, deadline=None)
def test_body_is_canonical_as_the_other_side_sees_it(lines):
    body = "".join(f"{line}\r\n" for line in lines).encode()
    theirs = dkim.CanonicalizationPolicy.from_c_value(b"relaxed/relaxed").canonicalize_body(body)

    # dkimpy gives an empty body a line end of its own, which RFC 6376 §3.4.4 does not.
    assert canonical_body(body) == (theirs if theirs.strip() else b"")


def test_a_foreign_kind_of_key_is_refused():
    with pytest.raises(ValueError, match="load"):
        sign(MESSAGE, [SigningKey("kea.nz", "s", "no key")], AT)
