"""From the bytes of a message to the object anymail takes apart again for a provider's API."""

from email import message_from_bytes, policy
from email.message import EmailMessage as ParsedMessage

from django.core.mail import EmailMultiAlternatives

from channels.providers import Provider
from delivery.headers import read_message_id

# The name under which a provider hands the message's id back with every event.
METADATA = "rapport"
# Everything else is the provider's to write: its own signature, date and structure.
_KEPT = ("List-Unsubscribe", "List-Unsubscribe-Post", "List-Id", "Feedback-ID", "Auto-Submitted")


def letter_from_bytes(data: bytes, recipient: str, provider: Provider) -> EmailMultiAlternatives:
    """The message as Django's mail class, with its public id as metadata and the provider's own counting off."""
    parsed = message_from_bytes(data, policy=policy.SMTP)
    assert isinstance(parsed, ParsedMessage)  # noqa: S101 - what this policy makes
    headers = {name: str(parsed[name]) for name in _KEPT if parsed[name]}
    if provider.takes_message_id:
        headers["Message-ID"] = str(parsed["Message-ID"])
    letter = EmailMultiAlternatives(
        subject=str(parsed["Subject"] or ""),
        body=_content(parsed, "plain"),
        from_email=str(parsed["From"]),
        # The envelope decides who gets it, whatever the header says.
        to=[_named(parsed, recipient)],
        reply_to=[str(parsed["Reply-To"])] if parsed["Reply-To"] else None,
        headers={**headers, **provider.headers},
    )
    html = _content(parsed, "html")
    if html:
        letter.attach_alternative(html, "text/html")
    public_id = read_message_id(str(parsed["Message-ID"] or ""))
    letter.metadata = {METADATA: str(public_id)} if public_id else {}  # type: ignore[attr-defined]
    if public_id and provider.tag_option:
        tags = [{"Name": METADATA, "Value": str(public_id)}]
        letter.esp_extra = {provider.tag_option: tags}  # type: ignore[attr-defined]
    if public_id and provider.id_option[0]:
        part, option = provider.id_option
        letter.esp_extra = {part: {option: str(public_id)}}  # type: ignore[attr-defined]
    if provider.stops_tracking:
        letter.track_opens = letter.track_clicks = False  # type: ignore[attr-defined]
    return letter


def _content(parsed: ParsedMessage, kind: str) -> str:
    part = parsed.get_body((kind,))
    return str(part.get_content()).replace("\r\n", "\n") if part is not None else ""


def _named(parsed: ParsedMessage, recipient: str) -> str:
    for address in getattr(parsed["To"], "addresses", ()):
        if address.addr_spec == recipient:
            return str(address)
    return recipient
