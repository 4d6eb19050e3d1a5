"""Who was met already in a file of any length, in a fixed piece of memory. Pure."""

import hashlib
import struct
from collections.abc import Iterable

BITS = 2**27
HASHES = 6


class Seen:
    """A Bloom filter (B. Bloom, 1970) of 16 MB: nobody met before is forgotten, and of three million different
    addresses some hundred are taken for met wrongly (1 - e^(-kn/m))^k with k = 6, m = 2^27."""

    def __init__(self) -> None:
        self._bits = bytearray(BITS // 8)

    def meet(self, texts: Iterable[str]) -> bool:
        """Note all of these; True when one of them was met before."""
        known = [self._meet(text) for text in texts]
        return any(known)

    def has(self, text: str) -> bool:
        """True when this one was met."""
        return all(self._bits[place >> 3] >> (place & 7) & 1 for place in _places(text))

    def _meet(self, text: str) -> bool:
        known = True
        for place in _places(text):
            byte, bit = place >> 3, 1 << (place & 7)
            if not self._bits[byte] & bit:
                known = False
                self._bits[byte] |= bit
        return known


def _places(text: str) -> list[int]:
    words = struct.unpack(
        f"<{HASHES}I", hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=4 * HASHES).digest()
    )
    return [word % BITS for word in words]
