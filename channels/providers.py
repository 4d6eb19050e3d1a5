"""The providers Rapport can send through, as data, and their settings in one URL."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Self
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

_OPTIONS = frozenset({"region", "connections", "api", "hook_key", "stream", "set", "topic"})
# Seconds to connect, and without a byte of the answer.
TIMEOUTS = (10, 60)


@dataclass(frozen=True, slots=True)
class Provider:
    """`credentials` name what stands before the @ of the URL, `takes_message_id` whether it wants our Message-ID.

    `signs_with` is the option of its webhook that takes the key it signs with, "" where it signs nothing; `tag_option`
    the option of a message that takes tags which come back with its events, `id_option` the part of a message and the
    option in it that take an id by which it is found again. `spf` is what its guide asks for in SPF;
    mail leaves with a return path of the provider's own, so no receiver looks there. `selectors` are the usual names of
    the keys it signs with. `answers_in` are the regions in which it can be asked about a message by an id of ours.
    """

    name: str
    backend: str
    webhook: str
    credentials: tuple[str, ...]
    regions: Mapping[str, str]
    spf: str
    takes_message_id: bool = False
    stops_tracking: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)
    signs_with: str = ""
    tag_option: str = ""
    id_option: tuple[str, str] = ("", "")
    selectors: tuple[str, ...] = ()
    answers_in: tuple[str, ...] = ()


# The name (ARN) of an SNS topic that can call web addresses, with its region.
TOPIC = re.compile(r"\Aarn:(?:aws|aws-us-gov):sns:([a-z0-9-]{5,30}):\d{12}:[A-Za-z0-9_-]{1,256}\Z")
# Where SES takes mail (AWS General Reference, endpoints of the API version 2). Its keys are good for all of them, its
# verified domains and its limits for one only.
SES_REGIONS = (
    "us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "ca-west-1", "mx-central-1", "sa-east-1",
    "eu-central-1", "eu-central-2", "eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1", "eu-south-1", "eu-south-2",
    "af-south-1", "il-central-1", "me-central-1", "me-south-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2",
    "ap-northeast-3", "ap-south-1", "ap-south-2", "ap-southeast-1", "ap-southeast-2", "ap-southeast-3",
    "ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7",
)  # fmt: skip

PROVIDERS: Mapping[str, Provider] = MappingProxyType({
    "mailgun": Provider(
        name="Mailgun",
        backend="anymail.backends.mailgun.EmailBackend",
        webhook="anymail.webhooks.mailgun.MailgunTrackingWebhookView",
        credentials=("api_key",),
        regions={"us": "https://api.mailgun.net/v3/", "eu": "https://api.eu.mailgun.net/v3/"},
        spf="include:mailgun.org",
        takes_message_id=True,
        signs_with="webhook_signing_key",
        answers_in=("us", "eu"),
    ),
    "postmark": Provider(
        name="Postmark",
        backend="anymail.backends.postmark.EmailBackend",
        webhook="anymail.webhooks.postmark.PostmarkTrackingWebhookView",
        credentials=("server_token",),
        regions={"": "https://api.postmarkapp.com/"},
        spf="include:spf.mtasv.net",
        takes_message_id=True,
        # Without it Postmark puts a Message-ID of its own in place of ours.
        headers={"X-PM-KeepID": "true"},
        answers_in=("",),
    ),
    "brevo": Provider(
        name="Brevo",
        backend="anymail.backends.brevo.EmailBackend",
        webhook="anymail.webhooks.brevo.BrevoTrackingWebhookView",
        credentials=("api_key",),
        regions={"": "https://api.brevo.com/v3/"},
        spf="include:spf.brevo.com",
        stops_tracking=False,
        selectors=("brevo1", "brevo2", "mail"),
    ),
    "mailjet": Provider(
        name="Mailjet",
        backend="anymail.backends.mailjet.EmailBackend",
        webhook="anymail.webhooks.mailjet.MailjetTrackingWebhookView",
        credentials=("api_key", "secret_key"),
        regions={"": "https://api.mailjet.com/v3.1/"},
        spf="include:spf.mailjet.com",
        id_option=("Globals", "CustomID"),
        selectors=("mailjet",),
        answers_in=("",),
    ),
    "ses": Provider(
        name="Amazon SES",
        backend="anymail.backends.amazon_ses.EmailBackend",
        webhook="anymail.webhooks.amazon_ses.AmazonSESTrackingWebhookView",
        credentials=("access_key_id", "secret_access_key"),
        regions={region: f"https://email.{region}.amazonaws.com/" for region in SES_REGIONS},
        spf="include:amazonses.com",
        # It writes its own on the way out and still shows ours in what it tells.
        takes_message_id=True,
        # A configuration set decides about that, and no message can.
        stops_tracking=False,
        tag_option="EmailTags",
    ),
    "sendgrid": Provider(
        name="SendGrid",
        backend="anymail.backends.sendgrid.EmailBackend",
        webhook="anymail.webhooks.sendgrid.SendGridTrackingWebhookView",
        credentials=("api_key",),
        regions={"us": "https://api.sendgrid.com/v3/", "eu": "https://api.eu.sendgrid.com/v3/"},
        spf="include:sendgrid.net",
        takes_message_id=True,
        signs_with="tracking_webhook_verification_key",
        selectors=("s1", "s2"),
        # Its e-mail activity is an extra that is bought, and holds nothing of the EU region.
        answers_in=("us",),
    ),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """One account at a provider, such as `mailgun://KEY@mail.example.com?region=eu` or `postmark://TOKEN@`.

    `api` is where its API is, `hook_key` the key it signs its webhooks with, "" where it signs none. `topic` is the
    SNS topic that may tell of SES's messages, `configuration_set` the set whose events go there.
    """

    kind: str
    credentials: tuple[str, ...] = field(repr=False)
    domain: str
    region: str
    api: str
    connections: int
    hook_key: str = field(default="", repr=False)
    stream: str = ""
    configuration_set: str = ""
    topic: str = ""

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
            region=region,
            api=options.get("api", provider.regions[region]),
            connections=int(connections),
            hook_key=options.get("hook_key", ""),
            stream=options.get("stream", ""),
            configuration_set=options.get("set", ""),
            topic=options.get("topic", ""),
        )

    @property
    def lacks_proof(self) -> bool:
        """Its provider signs what it tells, and what the signature is checked with is not known yet."""
        if self.kind == "ses":
            return not self.topic
        return bool(self.provider.signs_with) and not self.hook_key

    def as_url(self) -> str:
        """The settings as `from_url` reads them; the address of the API is left to the region."""
        credentials = ":".join(quote(text, safe="") for text in self.credentials)
        options = {
            "region": self.region,
            "hook_key": self.hook_key,
            "stream": self.stream,
            "set": self.configuration_set,
            "topic": self.topic,
        }
        query = urlencode({name: value for name, value in options.items() if value})
        return f"{self.kind}://{credentials}@{self.domain}" + (f"?{query}" if query else "")

    def backend_options(self) -> dict[str, Any]:
        """What anymail's backend is made with."""
        if self.kind == "ses":
            return self._amazon_options()
        options: dict[str, Any] = dict(zip(self.provider.credentials, self.credentials, strict=True))
        if self.kind == "mailgun" and self.domain:
            options["sender_domain"] = self.domain
        if self.kind == "postmark" and self.stream:
            options["message_stream"] = self.stream
        if self.kind == "sendgrid":
            # What comes back is found by a name of ours; the answer has SendGrid's own id.
            options["generate_message_id"] = False
        return {**options, "api_url": self.api, "timeout": TIMEOUTS}

    def _amazon_options(self) -> dict[str, Any]:
        """What the client of AWS is made with: never the server's own role, and never a second try.

        boto3 asks again by itself when no answer comes, and the message might go out twice.
        """
        key, secret = self.credentials
        connect, read = TIMEOUTS
        config = {"connect_timeout": connect, "read_timeout": read, "retries": {"total_max_attempts": 1}}
        return {
            "session_params": {"aws_access_key_id": key, "aws_secret_access_key": secret},
            "client_params": {"region_name": self.region, "endpoint_url": self.api, "config": config},
            "configuration_set_name": self.configuration_set or None,
        }


def is_provider_url(url: str) -> bool:
    """Whether the URL names a provider's API and no SMTP server."""
    return urlsplit(url).scheme in PROVIDERS


def provider_name(url: str) -> str:
    """What people call the provider of a URL, "" for an SMTP server and for none."""
    provider = PROVIDERS.get(urlsplit(url).scheme)
    return provider.name if provider else ""
