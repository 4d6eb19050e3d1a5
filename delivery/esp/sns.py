"""Amazon SNS, which carries what SES has to tell: whose topic a call comes from, its signature, and our first yes.

Format and rules: https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html and
https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from django.core.cache import cache

from channels.providers import TOPIC
from core.clock import now
from core.outbound import OutboundError, fetch

_CERTIFICATE_PATH = re.compile(r"/SimpleNotificationService-[A-Za-z0-9]{1,64}\.pem")
_SUBSCRIPTION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
# What is signed of each type of call, in this order; Subject only where there is one.
_SIGNED: Mapping[str, tuple[str, ...]] = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": _SUBSCRIPTION,
    "UnsubscribeConfirmation": _SUBSCRIPTION,
}
# Version 1 is what a topic has by itself, 2 what one can choose.
_HASHES: Mapping[str, hashes.HashAlgorithm] = {"1": hashes.SHA1(), "2": hashes.SHA256()}  # noqa: S303 - AWS's choice
_MOST_BYTES = 64 * 1024
_SECONDS = 8
_KEPT_SECONDS = 24 * 3600


class NoticeRefused(Exception):
    """The call is not from our topic, or not signed by SNS."""


class NoticeUnproved(Exception):
    """Whether it is from SNS cannot be said just now, or SNS did not take our yes: it shall call again."""


def check_notice(body: bytes, *, topic: str) -> None:
    """Take a call only from `topic`, and only as SNS signed it; its question whether we want it is answered yes.

    Raises NoticeRefused, and NoticeUnproved when Amazon's own server is needed for the answer and does not give it.
    """
    try:
        notice = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NoticeRefused("No JSON.") from error
    named = TOPIC.match(topic)
    if named is None or not isinstance(notice, dict) or notice.get("TopicArn") != topic:
        raise NoticeRefused("Another topic.")
    host = f"sns.{named[1]}.amazonaws.com"
    _check_signature(notice, host)
    if notice["Type"] == "SubscriptionConfirmation":
        _confirm(notice, host, topic)


def _check_signature(notice: Mapping[str, Any], host: str) -> None:
    names, algorithm = _SIGNED.get(str(notice.get("Type"))), _HASHES.get(str(notice.get("SignatureVersion")))
    if names is None or algorithm is None:
        raise NoticeRefused("An unknown type or version.")
    parts = [(name, notice[name]) for name in names if name in notice and notice[name] is not None]
    if not all(isinstance(value, str) for _name, value in parts):
        raise NoticeRefused("Fields that are no text.")
    try:
        signed = "".join(f"{name}\n{value}\n" for name, value in parts).encode()
        signature = base64.b64decode(str(notice.get("Signature")), validate=True)
        _key(str(notice.get("SigningCertURL")), host).verify(signature, signed, padding.PKCS1v15(), algorithm)
    except (InvalidSignature, binascii.Error, UnicodeError) as error:
        raise NoticeRefused("A wrong signature.") from error


def _key(url: str, host: str) -> rsa.RSAPublicKey:
    """The key in the certificate at an address of SNS in the topic's own region; kept for a day."""
    if not _is_at(url, host) or not _CERTIFICATE_PATH.fullmatch(urlsplit(url).path):
        raise NoticeRefused("A certificate from elsewhere.")
    kept = f"sns-certificate:{hashlib.sha256(url.encode()).hexdigest()}"
    pem = cache.get(kept)
    is_new = pem is None
    if is_new:
        pem = _ask(url)
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        key = certificate.public_key()
    except ValueError as error:
        raise NoticeUnproved("No certificate at its address.") from error
    is_valid = certificate.not_valid_before_utc <= now() <= certificate.not_valid_after_utc
    if not is_valid or not isinstance(key, rsa.RSAPublicKey):
        raise NoticeRefused("A certificate that is not valid.")
    if is_new:
        cache.set(kept, pem, _KEPT_SECONDS)
    return key


def _confirm(notice: Mapping[str, Any], host: str, topic: str) -> None:
    url = str(notice.get("SubscribeURL"))
    asked = parse_qs(urlsplit(url).query)
    if not _is_at(url, host) or asked.get("Action") != ["ConfirmSubscription"] or asked.get("TopicArn") != [topic]:
        raise NoticeRefused("A confirmation from elsewhere.")
    _ask(url)


def _ask(url: str) -> bytes:
    try:
        answer = fetch(url, most_bytes=_MOST_BYTES, seconds=_SECONDS)
    except OutboundError as error:
        raise NoticeUnproved(str(error)) from error
    # Whoever is sent elsewhere has not heard it from Amazon.
    if answer.status != 200 or answer.url != url:
        raise NoticeUnproved(f"{answer.status} from SNS.")
    return answer.body


def _is_at(url: str, host: str) -> bool:
    try:
        parts = urlsplit(url)
        return (parts.scheme, parts.netloc) == ("https", host)
    except ValueError:
        return False
