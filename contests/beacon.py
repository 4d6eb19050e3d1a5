"""Public randomness nobody can know or choose beforehand: rounds of the drand networks (https://drand.love).

A round's randomness is the SHA-256 of its signature, so an answer is checked for that here; whoever wants more
checks the signature with drand's own tools. Rounds are numbered from 1 at a network's first second on.
"""

import datetime as dt
import hashlib
import json
import re
from dataclasses import dataclass

from django.conf import settings

from core.outbound import OutboundError, fetch
from flows.engine.dates import read_moment

MOST_BYTES = 10_000
SECONDS = 10


@dataclass(frozen=True, slots=True)
class Network:
    """A drand network: the hash that names it, the Unix time of round 1, and seconds between rounds."""

    chain: str
    genesis: int
    period: int


NETWORKS = {
    "quicknet": Network("52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971", 1692803367, 3),
    "default": Network("8990e7a9aaed2ffed73dbd7092123d6f289930540d7651336225dc172e51b2ce", 1595431050, 30),
}
_REF = re.compile(r"(\w+): ?(?:first round after (\S+)|round (\d{1,12}))")


class NoValue(Exception):
    """The value cannot be fetched now. `code` is unknown_ref, not_yet, unreachable or unexpected."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def round_of(ref: str) -> tuple[Network, int]:
    """The network and round that a ref names: `quicknet:first round after MOMENT`, or `quicknet:round N`.

    Raises NoValue unknown_ref; then a person has to enter the value.
    """
    found = _REF.fullmatch(ref.strip())
    network = NETWORKS.get(found[1]) if found else None
    if found is None or network is None:
        raise NoValue("unknown_ref")
    if found[3]:
        return network, int(found[3])
    moment = read_moment(found[2])
    if moment is None:
        raise NoValue("unknown_ref")
    # Round r comes at genesis + (r - 1) * period; the first one strictly after the moment is wanted.
    past = int(moment.timestamp()) - network.genesis
    return network, past // network.period + 2 if past >= 0 else 1


def time_of(ref: str) -> dt.datetime:
    """When the round of a ref is known. Raises NoValue."""
    network, number = round_of(ref)
    return dt.datetime.fromtimestamp(network.genesis + (number - 1) * network.period, dt.UTC)


def fetch_value(ref: str) -> str:
    """The randomness of the round, 64 hex digits. Raises NoValue."""
    network, number = round_of(ref)
    url = f"{settings.DRAND_URL}/{network.chain}/public/{number}"
    try:
        answer = fetch(url, most_bytes=MOST_BYTES, seconds=SECONDS)
    except OutboundError as error:
        raise NoValue("unreachable") from error
    if answer.status in (404, 425):
        raise NoValue("not_yet")
    if answer.status != 200:
        raise NoValue("unreachable")
    return _checked(answer.body, number)


def _checked(body: bytes, number: int) -> str:
    try:
        said = json.loads(body)
        randomness, signature = str(said["randomness"]), bytes.fromhex(said["signature"])
        is_right = said["round"] == number and hashlib.sha256(signature).hexdigest() == randomness
    except (ValueError, KeyError, TypeError) as error:
        raise NoValue("unexpected") from error
    if not is_right:
        raise NoValue("unexpected")
    return randomness
