"""The first screen of a flow: what it is stands in the form itself, signed, so that looking stores nothing."""

import base64
import datetime as dt
import secrets
from dataclasses import dataclass, field
from typing import Any, Self

from django.core import signing

from core.clock import now
from core.crypto import signature
from flows.engine.dates import moment_text, read_moment

SALT = "flows.first"
# A page may lie open over a weekend. What is older begins afresh with the same answers.
OLDEST = dt.timedelta(days=3)
SECRET_BYTES = 16


@dataclass(frozen=True)
class FirstForm:
    """What the first form says of itself: chance, time, version, language, and where its visitor came from.

    `hidden` are values that stood in the address, `trusted` those that were signed there, `via` the mark of an
    address that led here by chance.
    """

    flow: str
    version: str
    seed: str
    at: dt.datetime
    locale: str = ""
    source: str = ""
    referrer: str = ""
    hidden: dict[str, str] = field(default_factory=dict)
    trusted: dict[str, str] = field(default_factory=dict)
    via: str = ""

    @classmethod
    def new(cls, **values: Any) -> Self:
        """A form for somebody who comes now."""
        return cls(seed=secrets.token_hex(16), at=now().replace(microsecond=0), **values)

    @classmethod
    def read(cls, text: str, flow: str) -> Self | None:
        """The form that was signed for this flow; None when it is another's, too old, or was touched."""
        try:
            found = signing.loads(text, salt=SALT, max_age=OLDEST)
            at = read_moment(found.pop("at"))
        except (signing.BadSignature, KeyError, AttributeError, ValueError):
            return None
        return cls(at=at, **found) if at is not None and found.get("flow") == flow else None

    def signed(self) -> str:
        """The text of the form's hidden field."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__ if getattr(self, name)}
        return signing.dumps({**values, "at": moment_text(self.at)}, salt=SALT, compress=True)

    @property
    def secret(self) -> str:
        """What its session will be known by: the same for a form that is sent twice, and guessed by nobody."""
        raw = signature("flow session", f"{self.flow}:{self.seed}".encode(), SECRET_BYTES)
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
