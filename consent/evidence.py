"""What is kept to show later that somebody agreed: GDPR Art. 7(1) and CASL s. 13 put the proof on the sender."""

import datetime as dt
import hashlib
import ipaddress
from dataclasses import dataclass, field

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from consent.models import ConsentSettings, ConsentText, PageVersion, Purpose, State, Topic
from contacts.models import Channel

USER_AGENT_LENGTH = 200


class Source(models.TextChoices):
    """Where a choice was made."""

    SIGNUP = "signup_page", _("On a sign-up page")
    FLOW = "flow", _("In a form")
    PREFERENCES = "preference_page", _("On their preference page")
    UNSUBSCRIBE = "unsubscribe_page", _("On the unsubscribe page")
    ONE_CLICK = "one_click", _("With the button of their mail program")
    UNDO = "undo", _("By taking back their unsubscribing")
    RENEWAL = "renewal_page", _("On the page that asked them again")
    EXPIRY = "expiry", _("By itself, when it ran out")
    MANUAL = "manual", _("Written down by a teammate")
    MERGE = "merge", _("By merging two contacts of one person")
    UNMERGE = "unmerge", _("By taking a merge back")
    IMPORT = "import", _("With an import")
    MAILBOX = "mailbox", _("Told by their mailbox provider")
    API = "api", _("Through the API")


class LeavingReason(models.TextChoices):
    """Why somebody left, if they care to say."""

    TOO_MANY = "too_many", _("Too many messages")
    NOT_ABOUT_ME = "not_about_me", _("Not about me")
    NEVER_SIGNED_UP = "never_signed_up", _("I never signed up")
    OTHER = "other", _("Something else")


# Only the person can take back their own "nothing more": these are places where nobody else acts.
PERSONAL = frozenset({Source.SIGNUP, Source.PREFERENCES, Source.UNDO, Source.RENEWAL})


@dataclass(frozen=True, slots=True)
class Visitor:
    """The browser a choice came from: its address, of which the ledger keeps what the workspace's settings say
    (`kept_address`), and what it calls itself."""

    ip_address: str | None = None
    user_agent: str = ""

    @classmethod
    def seen(cls, ip_address: str, user_agent: str) -> "Visitor":
        """A visitor with the browser's name cut to a fair length."""
        return cls(ip_address, user_agent.replace("\x00", "")[:USER_AGENT_LENGTH])


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing somebody said: yes, no or no longer, to a topic (None: to every topic) on a channel."""

    state: State
    topic: Topic | None = None
    purpose: Purpose = Purpose.MARKETING
    channel: str = Channel.EMAIL


@dataclass(frozen=True, slots=True)
class Proof:
    """How it is known. `source` is one of Source, or an outside system's own word; `at` defaults to now."""

    source: str
    basis: str = ""
    detail: str = ""
    text: ConsentText | None = None
    actor: User | None = None
    visitor: Visitor = field(default_factory=Visitor)
    at: dt.datetime | None = None
    expires_at: dt.datetime | None = None
    page_version: PageVersion | None = None


def kept_address(address: str | None, policy: str) -> str | None:
    """What a workspace keeps of an IP address: nothing, the network (`truncate_ip`), or all of it."""
    if not address or policy == ConsentSettings.IpPolicy.NONE:
        return None
    if policy != ConsentSettings.IpPolicy.FULL:
        return truncate_ip(address)
    parsed = _parsed(address)
    return str(parsed) if parsed else None


def truncate_ip(address: str) -> str | None:
    """The network of an address, /24 for IPv4 and /48 for IPv6; None for what is no address or says nothing."""
    parsed = _parsed(address)
    if parsed is None:
        return None
    length = 24 if parsed.version == 4 else 48
    return str(ipaddress.ip_network(f"{parsed}/{length}", strict=False).network_address)


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    if isinstance(parsed, ipaddress.IPv6Address):
        # A zone (fe80::1%eth0) names a card of our own machine and no person.
        parsed = parsed.ipv4_mapped or ipaddress.IPv6Address(parsed.packed)
    return None if parsed.is_unspecified else parsed


def text_digest(body: str) -> bytes:
    """What a text is known by."""
    return hashlib.sha256(body.encode()).digest()


def mask_address(address: str) -> str:
    """An e-mail address as it may be shown to whoever holds a link: `l•••@otago.example`."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}•••{at}{domain}" if at else f"{address[:2]}•••"
