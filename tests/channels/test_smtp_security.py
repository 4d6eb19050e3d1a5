import datetime
import ipaddress
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from channels.transports.outcomes import Accepted, NotAttempted, TransportUnavailable
from channels.transports.smtp import SmtpSession, SmtpSettings, Timeouts
from tests.channels.test_smtp import Sending, message, settings_for
from tests.smtp_server import Script, SmtpServer, running_smtp_server


@contextmanager
def talking(script: Script, **settings: object) -> Iterator[tuple[SmtpServer, Sending]]:
    """A server, and a session with it."""
    with running_smtp_server(script) as server, SmtpSession(settings_for(server, **settings)) as session:
        yield server, Sending(session)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test.example")])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + built.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.mark.parametrize("mode", ["starttls", "implicit"])
def test_messages_travel_encrypted(tls: ssl.SSLContext, certificate: Path, mode: str) -> None:
    script = Script(tls=tls, is_tls_implicit=mode == "implicit")
    with talking(script, tls=mode, ca_file=str(certificate)) as (server, sending):
        outcomes = sending.send(*(message(key) for key in range(5)))
    assert [type(outcome) for outcome in outcomes.values()] == [Accepted] * 5
    assert ("STARTTLS" in server.commands) == (mode == "starttls")


@pytest.mark.parametrize("mode", ["starttls", "implicit"])
def test_a_certificate_nobody_vouches_for_is_refused(tls: ssl.SSLContext, mode: str) -> None:
    with talking(Script(tls=tls, is_tls_implicit=mode == "implicit"), tls=mode) as (server, sending):
        with pytest.raises(TransportUnavailable, match="Encryption") as caught:
            sending.send(message(0))
        assert server.acceptances == []
    assert caught.value.is_configuration is True
    assert isinstance(sending.outcomes[0], NotAttempted)


def test_encryption_that_is_not_offered_is_not_done_without() -> None:
    with talking(Script(), tls="starttls") as (server, sending):
        with pytest.raises(TransportUnavailable, match="does not offer encryption"):
            sending.send(message(0))
        assert server.acceptances == []


@pytest.mark.parametrize("mechanisms", ["PLAIN LOGIN", "LOGIN"])
def test_signing_in_with_the_right_password(mechanisms: str) -> None:
    script = Script(credentials=("kea", "pā"), mechanisms=mechanisms)
    with talking(script, username="kea", password="pā") as (_, sending):
        assert isinstance(sending.send(message(0))[0], Accepted)


def test_a_wrong_password_is_a_matter_of_configuration() -> None:
    script = Script(credentials=("kea", "right"))
    with talking(script, username="kea", password="wrong") as (server, sending):
        with pytest.raises(TransportUnavailable, match="name and password") as caught:
            sending.send(message(0))
        assert server.acceptances == []
    assert caught.value.is_configuration is True


def test_a_server_that_asks_to_sign_in_burns_no_recipients() -> None:
    with talking(Script(credentials=("kea", "right"))) as (_, sending):
        with pytest.raises(TransportUnavailable, match="sign in") as caught:
            sending.send(message(0), message(1))
        assert [type(outcome) for outcome in sending.outcomes.values()] == [NotAttempted] * 2
    assert caught.value.is_configuration is True


def test_a_password_never_travels_in_clear_to_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SmtpSettings, "is_loopback", property(lambda self: False))
    script = Script(credentials=("kea", "right"))
    with talking(script, username="kea", password="right") as (server, sending):
        with pytest.raises(TransportUnavailable, match="password was not sent"):
            sending.send(message(0))
        assert [line for line in server.commands if line.startswith("AUTH")] == []


def test_settings_are_read_from_a_url() -> None:
    settings = SmtpSettings.from_url("smtp://us%40er:p%3Ass@mail.example:2525?tls=starttls&connections=7")
    assert (settings.host, settings.port, settings.username, settings.password) == (
        "mail.example",
        2525,
        "us@er",
        "p:ss",
    )
    assert (settings.tls, settings.connections) == ("starttls", 7)
    assert SmtpSettings.from_url("smtps://mail.example").port == 465
    assert SmtpSettings.from_url("smtp://[::1]").is_loopback is True
    assert SmtpSettings.from_url("smtp://mail.example").is_loopback is False
    assert settings.timeouts == Timeouts()
    assert SmtpSettings.from_url("smtp://mail.example?timeout=60").timeouts == Timeouts(60, 60, 60, 60, 60)
    assert "p:ss" not in repr(settings)


@pytest.mark.parametrize(
    "url",
    [
        "http://mail.example",
        "smtp://",
        "smtp://mail.example?tls=maybe",
        "smtps://mail.example?tls=none",
        "smtp://mail.example?connections=0",
        "smtp://mail.example?timeout=601",
        "smtp://mail.example?colour=red",
        "smtp://mail.example:port",
    ],
)
def test_a_url_that_cannot_be_meant_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"SMTP|smtp|[Pp]ort"):
        SmtpSettings.from_url(url)
