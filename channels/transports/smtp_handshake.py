"""From nothing to a connection ready for MAIL: connect, greeting, EHLO, STARTTLS, AUTH."""

import asyncio
import base64
import socket
import ssl

from channels.transports.outcomes import TransportUnavailable
from channels.transports.smtp_protocol import Extensions, Reply, plain_response, read_extensions
from channels.transports.smtp_settings import SmtpSettings
from channels.transports.smtp_wire import ConnectionLost, Wire


async def open_wire(settings: SmtpSettings) -> tuple[Wire, Extensions]:
    """A connection after a successful handshake, and what its server offers.

    Raises TransportUnavailable, telling whether a person has to mend the configuration.
    """
    wire = await _connect(settings)
    try:
        extensions = await _introduce(wire, settings)
        if settings.username:
            await _authenticate(wire, settings, extensions)
    except ConnectionLost as error:
        raise TransportUnavailable(str(error), is_configuration=False) from error
    except ssl.SSLError as error:
        wire.abort("Encryption failed.")
        raise _encryption_failed(error) from error
    except OSError as error:
        wire.abort("The connection failed.")
        raise TransportUnavailable(_cannot_reach(settings, error), is_configuration=False) from error
    except ValueError as error:
        wire.abort("The handshake cannot begin.")
        raise _no_name(settings) from error
    except BaseException:
        wire.abort("The handshake ended early.")
        raise
    return wire, extensions


async def _connect(settings: SmtpSettings) -> Wire:
    loop = asyncio.get_running_loop()
    try:
        context = settings.tls_context() if settings.tls == "implicit" else None
        async with asyncio.timeout(settings.timeouts.connect):
            _, wire = await loop.create_connection(lambda: Wire(loop), settings.host, settings.port, ssl=context)
    except ssl.SSLError as error:
        raise _encryption_failed(error) from error
    except socket.gaierror as error:
        is_unknown = error.errno == socket.EAI_NONAME
        raise TransportUnavailable(_cannot_reach(settings, error), is_configuration=is_unknown) from error
    except OSError as error:  # TimeoutError is one
        raise TransportUnavailable(_cannot_reach(settings, error), is_configuration=False) from error
    except ValueError as error:
        raise _no_name(settings) from error
    return wire


async def _introduce(wire: Wire, settings: SmtpSettings) -> Extensions:
    _expect(220, await wire.reply(settings.timeouts.greeting), "greeted us with")
    extensions = await _say_hello(wire, settings)
    if not _wants_starttls(settings, extensions):
        return extensions
    _expect(220, await _ask(wire, settings, b"STARTTLS"), "refused encryption with")
    await wire.start_tls(settings.tls_context(), settings.host, settings.timeouts.command)
    # What was offered before encryption could have been forged (RFC 3207 section 4.2).
    return await _say_hello(wire, settings)


def _wants_starttls(settings: SmtpSettings, extensions: Extensions) -> bool:
    if settings.tls == "starttls" and not extensions.starttls:
        raise TransportUnavailable("The mail server does not offer encryption.", is_configuration=True)
    is_offered = settings.tls == "auto" and extensions.starttls and not settings.is_loopback
    is_encrypted = settings.tls in ("starttls", "implicit") or is_offered
    if settings.username and not is_encrypted and not settings.is_loopback:
        text = "The mail server offers no encryption, so its password was not sent."
        raise TransportUnavailable(text, is_configuration=True)
    return settings.tls == "starttls" or is_offered


async def _say_hello(wire: Wire, settings: SmtpSettings) -> Extensions:
    name = settings.ehlo_name or _own_name(wire)
    reply = await _ask(wire, settings, b"EHLO " + name.encode("idna" if not name.isascii() else "ascii"))
    _expect(250, reply, "answered our greeting with")
    return read_extensions(reply)


def _own_name(wire: Wire) -> str:
    """Our full host name, or the address literal RFC 5321 section 4.1.4 asks for when we have none."""
    name = socket.gethostname()
    if "." in name.strip("."):
        return name
    address = wire.local_address()
    return f"[IPv6:{address}]" if ":" in address else f"[{address or '127.0.0.1'}]"


async def _authenticate(wire: Wire, settings: SmtpSettings, extensions: Extensions) -> None:
    if "PLAIN" in extensions.authentication:
        secret = plain_response(settings.username, settings.password)
        reply = await _ask(wire, settings, b"AUTH PLAIN " + secret)
    elif "LOGIN" in extensions.authentication:
        reply = await _ask(wire, settings, b"AUTH LOGIN")
        for answer in (settings.username, settings.password):
            if reply.code == 334:
                reply = await _ask(wire, settings, base64.b64encode(answer.encode()))
    else:
        text = "The mail server does not let us sign in with a name and a password."
        raise TransportUnavailable(text, is_configuration=True)
    _expect(235, reply, "refused our name and password with")


async def _ask(wire: Wire, settings: SmtpSettings, command: bytes) -> Reply:
    wire.write(command + b"\r\n")
    return await wire.reply(settings.timeouts.command)


def _expect(code: int, reply: Reply, verb: str) -> None:
    if reply.code != code:
        text = f"The mail server {verb}: {reply.code} {reply.text}"
        raise TransportUnavailable(text, is_configuration=reply.code >= 500)


def _encryption_failed(error: ssl.SSLError) -> TransportUnavailable:
    is_certificate = isinstance(error, ssl.SSLCertVerificationError)
    reason = error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else error.reason
    return TransportUnavailable(f"Encryption with the mail server failed: {reason}.", is_configuration=is_certificate)


def _cannot_reach(settings: SmtpSettings, error: OSError) -> str:
    reason = "no answer in time" if isinstance(error, TimeoutError) else error.strerror or str(error)
    return f"The mail server {settings.host}:{settings.port} cannot be reached: {reason}."


def _no_name(settings: SmtpSettings) -> TransportUnavailable:
    """The server's name, or ours, can be no name of a computer: a part of it is empty or too long (RFC 1035 §2.3.4)."""
    names = " ".join(filter(None, [settings.host, settings.ehlo_name]))
    return TransportUnavailable(f"No mail server can have this name: {names}.", is_configuration=True)
