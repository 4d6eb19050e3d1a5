"""A tally that adds up: from everybody who matches down to those who will get it."""

from dataclasses import dataclass
from urllib.parse import quote

from django.utils.functional import Promise

from contacts.models import Contact
from delivery.services import AudiencePreview, reason_label

COLORS = ("5", "2", "bad", "3", "soft")


@dataclass(frozen=True)
class Exclusion:
    """Some who will not get it, and why; `url` leads to them, where there is such a page."""

    label: str | Promise
    count: int
    color: str
    url: str = ""

    @property
    def minus(self) -> int:
        """As it stands in the sum."""
        return -self.count


@dataclass(frozen=True)
class Tally:
    """matched, minus the exclusions, is will_get; `later` of these had enough messages lately and wait."""

    matched: int
    will_get: int
    exclusions: list[Exclusion]
    sample: list[Contact]
    later: int = 0

    @property
    def parts(self) -> list[tuple[int, str]]:
        """For the meter, in the order of the lines below it."""
        return [(self.will_get, "c1"), *((line.count, f"c{line.color}") for line in self.exclusions)]


def tally_of(audience: AudiencePreview, *, people_url: str = "") -> Tally:
    """The lines of an audience, the most frequent reason first; `people_url` is the page that lists them."""
    reasons = sorted(audience.excluded.items(), key=lambda item: (-item[1], item[0]))
    return Tally(
        matched=audience.matched,
        will_get=audience.will_get,
        exclusions=[
            Exclusion(
                reason_label(reason),
                count,
                COLORS[min(place, len(COLORS) - 1)],
                f"{people_url}?reason={quote(reason)}" if people_url else "",
            )
            for place, (reason, count) in enumerate(reasons)
        ],
        sample=list(audience.sample),
        later=audience.later,
    )
