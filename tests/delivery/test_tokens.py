"""Tokens in tracked addresses."""

import hmac
import struct
import uuid

import pytest

from core.crypto import derived_key, sign_token, signature
from delivery import tokens

MESSAGE = uuid.UUID("0193a000-0000-7000-8000-000000000001")


def token_of(url):
    return url.rpartition("/c/")[2]


@pytest.mark.parametrize("link", [0, 7, 9_999])
def test_click_url_is_read_back(link):
    assert tokens.read_click(token_of(tokens.click_url(MESSAGE, link))) == (MESSAGE, link)


def test_all_links_of_a_message_share_what_comes_before_their_number():
    urls = tokens.click_urls(MESSAGE, 3)
    assert urls == [tokens.click_url(MESSAGE, number) for number in range(3)]


def test_links_of_older_messages_still_work():
    older = sign_token("click", MESSAGE.bytes + struct.pack(">H", 5))
    assert tokens.read_click(older) == (MESSAGE, 5)


@pytest.mark.parametrize("number", ["", "x", "-1", "1.", "12345", "²", "٣", " 1"])
def test_odd_numbers_are_refused(number):
    assert tokens.read_click(f"{sign_token('click', MESSAGE.bytes)}.{number}") is None


def test_a_token_of_another_purpose_or_message_is_refused():
    assert tokens.read_click(f"{sign_token('view', MESSAGE.bytes)}.1") is None
    assert tokens.read_click(f"{sign_token('click', MESSAGE.bytes)[:-2]}AA.1") is None
    assert tokens.read_click(sign_token("click", MESSAGE.bytes)) is None


def test_signature_is_an_hmac():

    assert signature("click", b"words", 32) == hmac.digest(derived_key("click"), b"words", "sha256")
