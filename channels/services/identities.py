"""What a message is sent with beside its words: the keys that sign it and the host its bounces go to."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.conf import settings

from channels.dkim import SigningKey
from channels.models import Sender, SendingDomain, Standing
from channels.providers import is_provider_url

_COLUMNS = (
    "workspace_id", "domain", "is_signing", "return_path", "bounces",
    "keys__algorithm", "keys__selector", "keys__private_key", "keys__seen_at", "keys__retired_at",
)  # fmt: skip


class Identity(NamedTuple):
    """`keys` sign, one of each algorithm at most; `bounce_host` is "" unless DNS sends its mail to us."""

    keys: tuple[SigningKey, ...] = ()
    bounce_host: str = ""


NO_IDENTITY = Identity()


def load_identities(senders: Iterable[Sender]) -> dict[int, Identity]:
    """The identity of each sender, by its id, in one statement. Those whose domain is not set up are left out."""
    senders = list(senders)
    if not senders:
        return {}
    names = {sender.pk: _covering(sender.email) for sender in senders}
    rows: dict[tuple[int, str], list[dict[str, Any]]] = {}
    wanted = SendingDomain.objects.filter(
        workspace_id__in={sender.workspace_id for sender in senders}, domain__in=set().union(*names.values())
    )
    for row in wanted.values(*_COLUMNS):
        rows.setdefault((row["workspace_id"], row["domain"]), []).append(row)
    found: dict[int, Identity] = {}
    for sender in senders:
        # The nearest domain counts: names are in order from the address upwards.
        near = next((rows[key] for name in names[sender.pk] if (key := (sender.workspace_id, name)) in rows), None)
        if near is not None:
            identity = _identity(near)
            # A provider signs by itself and has return paths of its own.
            by_provider = is_provider_url(sender.smtp_url or settings.SMTP_URL)
            found[sender.pk] = NO_IDENTITY if by_provider else identity
    return found


def _covering(email: str) -> list[str]:
    labels = email.rpartition("@")[2].lower().split(".")
    return [".".join(labels[start:]) for start in range(max(len(labels) - 1, 1))]


def _identity(rows: list[dict[str, Any]]) -> Identity:
    first = rows[0]
    host = first["return_path"] if first["bounces"] == Standing.OK else ""
    if not first["is_signing"]:
        return Identity((), host)
    usable = [row for row in rows if row["keys__seen_at"] and not row["keys__retired_at"] and row["keys__private_key"]]
    # RSA goes on top: a receiver that reads one signature only reads that.
    newest = {row["keys__algorithm"]: row for row in sorted(usable, key=lambda row: row["keys__seen_at"])}
    chosen = [newest[algorithm] for algorithm in ("rsa", "ed25519") if algorithm in newest]
    keys = tuple(SigningKey(row["domain"], row["keys__selector"], row["keys__private_key"]) for row in chosen)
    return Identity(keys, host)
