"""Amazon SNS as a web server on loopback: a name, a certificate for https, and one that it signs its calls with."""

import base64
import datetime as dt
import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from tests.web_server import WebServer, web_server

HOST = "sns.eu-west-1.amazonaws.com"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:rapport"
CERTIFICATE = "/SimpleNotificationService-0123456789abcdef.pem"
SUBSCRIBE = f"/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=abc"
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}


class Amazon:
    """What SNS knows: its key, and the server at its name."""

    def __init__(self, site: WebServer, key: rsa.RSAPrivateKey) -> None:
        self.site = site
        self._key = key

    def notice(self, message: Any, *, version: str = "2", **fields: Any) -> dict[str, str]:
        """A signed notification about what SES told; `fields` are set before it is signed."""
        text = message if isinstance(message, str) else json.dumps(message)
        plain = {
            "Type": "Notification", "MessageId": "m-1", "TopicArn": TOPIC, "Message": text,
            "Timestamp": "2026-11-22T08:00:00.000Z", "SignatureVersion": version,
            "SigningCertURL": f"https://{HOST}{CERTIFICATE}", **fields,
        }  # fmt: skip
        return {**plain, "Signature": self._sign(plain)}

    def question(self, **fields: Any) -> dict[str, str]:
        """What SNS asks before it tells anything."""
        return self.notice(
            "You have chosen to subscribe.",
            **{"Type": "SubscriptionConfirmation", "Token": "abc", "SubscribeURL": f"https://{HOST}{SUBSCRIBE}"}
            | fields,
        )

    def _sign(self, notice: dict[str, str]) -> str:
        names = [name for name in _SIGNED[notice["Type"]] if name in notice]
        text = "".join(f"{name}\n{notice[name]}\n" for name in names).encode()
        algorithm = hashes.SHA256() if notice["SignatureVersion"] == "2" else hashes.SHA1()
        return base64.b64encode(self._key.sign(text, padding.PKCS1v15(), algorithm)).decode()


@contextmanager
def amazon_sns(monkeypatch: pytest.MonkeyPatch, folder: Path, settings: Any) -> Iterator[Amazon]:
    """SNS at its real name, which leads to this machine for as long as the block lasts."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    certificate = _certificate(key)
    (folder / "cert.pem").write_bytes(certificate)
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "cert.pem"))
    settings.OUTBOUND_PRIVATE_NETWORKS = ["127.0.0.0/8"]
    with web_server(context) as site:
        site.pages[CERTIFICATE] = (200, {}, certificate)
        site.pages[SUBSCRIBE] = (200, {}, b"<ConfirmSubscriptionResponse/>")
        _lead_here(monkeypatch, int(site.url.rpartition(":")[2]))
        yield Amazon(site, key)


def _lead_here(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    look_up, connect = socket.getaddrinfo, socket.create_connection

    def getaddrinfo(host: Any, *rest: Any, **options: Any) -> Any:
        return look_up("127.0.0.1" if host == HOST else host, *rest, **options)

    def create_connection(address: tuple[str, int], *rest: Any, **options: Any) -> socket.socket:
        return connect((address[0], port if address[1] == 443 else address[1]), *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(socket, "create_connection", create_connection)


def _certificate(key: rsa.RSAPrivateKey) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    moment = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - dt.timedelta(days=1))
        .not_valid_after(moment + dt.timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)
