"""The providers Rapport can send through, as data, and their settings in one URL."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Self
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

_OPTIONS = frozenset({"region", "connections", "api", "hook_key", "stream"})


@dataclass(frozen=True, slots=True)
class Provider:
    """`credentials` name what stands before the @ of the URL, `keeps_message_id` whether our Message-ID survives.

    `metadata` tells whether it hands back a name of ours with each event, `spf` what SPF has to contain.
    """

    name: str
    backend: str
    webhook: str
    credentials: tuple[str, ...]
    regions: Mapping[str, str]
    spf: str
    keeps_message_id: bool = False
    stops_tracking: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)


PROVIDERS: Mapping[str, Provider] = MappingProxyType({
    "mailgun": Provider(
        name="Mailgun",
        backend="anymail.backends.mailgun.EmailBackend",
        webhook="anymail.webhooks.mailgun.MailgunTrackingWebhookView",
        credentials=("api_key",),
        regions={"us": "https://api.mailgun.net/v3/", "eu": "https://api.eu.mailgun.net/v3/"},
        spf="include:mailgun.org",
        keeps_message_id=True,
    ),
    "postmark": Provider(
        name="Postmark",
        backend="anymail.backends.postmark.EmailBackend",
        webhook="anymail.webhooks.postmark.PostmarkTrackingWebhookView",
        credentials=("server_token",),
        regions={"": "https://api.postmarkapp.com/"},
        spf="include:spf.mtasv.net",
        keeps_message_id=True,
        # Without it Postmark puts a Message-ID of its own in place of ours.
        headers={"X-PM-KeepID": "true"},
    ),
    "brevo": Provider(
        name="Brevo",
        backend="anymail.backends.brevo.EmailBackend",
        webhook="anymail.webhooks.brevo.BrevoTrackingWebhookView",
        credentials=("api_key",),
        regions={"": "https://api.brevo.com/v3/"},
        spf="include:spf.brevo.com",
        stops_tracking=False,
    ),
    "mailjet": Provider(
        name="Mailjet",
        backend="anymail.backends.mailjet.EmailBackend",
        webhook="anymail.webhooks.mailjet.MailjetTrackingWebhookView",
        credentials=("api_key", "secret_key"),
        regions={"": "https://api.mailjet.com/v3.1/"},
        spf="include:spf.mailjet.com",
    ),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """One account at a provider, such as `mailgun://KEY@mail.example.com?region=eu` or `postmark://TOKEN@`.

    `api` is where its API is, `hook_key` the key it signs its webhooks with, "" where it signs none.
    """

    kind: str
    credentials: tuple[str, ...] = field(repr=False)
    domain: str
    api: str
    connections: int
    hook_key: str = field(default="", repr=False)
    stream: str = ""

    @property
    def provider(self) -> Provider:
        """What is known of the provider."""
        return PROVIDERS[self.kind]

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Read the settings; raises ValueError with a sentence for the operator when the URL cannot be meant."""
        parts = urlsplit(url)
        provider = PROVIDERS.get(parts.scheme)
        if provider is None:
            raise ValueError(f"There is no provider called {parts.scheme}.")
        options = dict(parse_qsl(parts.query))
        unknown = sorted(set(options) - _OPTIONS)
        if unknown:
            raise ValueError(f"The address of {provider.name} has an unknown option: {', '.join(unknown)}.")
        given = tuple(unquote(text) for text in (parts.username, parts.password) if text)
        if len(given) != len(provider.credentials):
            form = ":".join(name.upper() for name in provider.credentials)
            raise ValueError(f"The address of {provider.name} looks like {parts.scheme}://{form}@.")
        region = options.get("region", next(iter(provider.regions)))
        if region not in provider.regions:
            raise ValueError(f"{provider.name} has no region called {region}.")
        connections = options.get("connections", "4")
        if not connections.isdecimal() or not 1 <= int(connections) <= 32:
            raise ValueError("The option connections is a number from 1 to 32.")
        return cls(
            kind=parts.scheme,
            credentials=given,
            domain=parts.hostname or "",
            api=options.get("api", provider.regions[region]),
            connections=int(connections),
            hook_key=options.get("hook_key", ""),
            stream=options.get("stream", ""),
        )

    def as_url(self) -> str:
        """The settings as `from_url` reads them; the address of the API is left to the region."""
        credentials = ":".join(quote(text, safe="") for text in self.credentials)
        region = next((name for name, api in self.provider.regions.items() if api == self.api), "")
        options = {"region": region, "hook_key": self.hook_key, "stream": self.stream}
        query = urlencode({name: value for name, value in options.items() if value})
        return f"{self.kind}://{credentials}@{self.domain}" + (f"?{query}" if query else "")

    def backend_options(self) -> dict[str, Any]:
        """What anymail's backend is made with."""
        options: dict[str, Any] = dict(zip(self.provider.credentials, self.credentials, strict=True))
        if self.kind == "mailgun" and self.domain:
            options["sender_domain"] = self.domain
        if self.kind == "postmark" and self.stream:
            options["message_stream"] = self.stream
        return {**options, "api_url": self.api}


def is_provider_url(url: str) -> bool:
    """Whether the URL names a provider's API and no SMTP server."""
    return urlsplit(url).scheme in PROVIDERS


def provider_name(url: str) -> str:
    """What people call the provider of a URL, "" for an SMTP server and for none."""
    provider = PROVIDERS.get(urlsplit(url).scheme)
    return provider.name if provider else ""
