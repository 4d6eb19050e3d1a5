"""Three thousand invented people: names, places, habits. Pure and repeatable."""

import datetime as dt
import random
import unicodedata
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from dashboard.demo.names import NAMES

PEOPLE = 3012
SEED = 20260214
# Domains nobody can own (RFC 2606), so that no message ever reaches a stranger.
DOMAINS = ("example.com", "example.net", "example.org", "tui.example", "postbox.example", "fjordmail.example")
OFFICES = ("bookings@tui.example", "office@postbox.example", "info@fjordmail.example", "sales@example.org")
DOMAIN_WEIGHTS = (30, 16, 14, 18, 13, 9)


@dataclass(frozen=True)
class Place:
    """Where people of a language live."""

    language: str
    country: str
    zones: tuple[str, ...]
    weight: int
    # Numbers that regulators keep free for fiction; empty where we know of none.
    phone_prefix: str = ""


PLACES = (
    Place("en", "NZ", ("Pacific/Auckland",), 300),
    Place("en", "AU", ("Australia/Sydney", "Australia/Melbourne", "Australia/Brisbane", "Australia/Perth"), 150),
    Place("en", "GB", ("Europe/London",), 90, "+447700900"),
    Place("en", "US", ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles"), 110, "+1"),
    Place("en", "IE", ("Europe/Dublin",), 20),
    Place("de", "DE", ("Europe/Berlin",), 95),
    Place("de", "CH", ("Europe/Zurich",), 24),
    Place("de", "AT", ("Europe/Vienna",), 18),
    Place("fr", "FR", ("Europe/Paris",), 70),
    Place("fr", "CA", ("America/Toronto",), 24),
    Place("fr", "BE", ("Europe/Brussels",), 12),
    Place("es", "ES", ("Europe/Madrid",), 46),
    Place("es", "MX", ("America/Mexico_City", "America/Tijuana"), 26),
    Place("es", "CL", ("America/Santiago",), 14),
    Place("pt-BR", "BR", ("America/Sao_Paulo",), 34),
    Place("ru", "KZ", ("Asia/Almaty",), 34),
    Place("ru", "GE", ("Asia/Tbilisi",), 14),
    Place("ru", "DE", ("Europe/Berlin",), 18),
    Place("ar", "EG", ("Africa/Cairo",), 26),
    Place("ar", "AE", ("Asia/Dubai",), 28),
    Place("ar", "JO", ("Asia/Amman",), 10),
    Place("ja", "JP", ("Asia/Tokyo",), 82),
    Place("zh-Hans", "SG", ("Asia/Singapore",), 36),
    Place("ko", "KR", ("Asia/Seoul",), 28),
)
CABINS = ("Rimu hut", "Lakeside cabin", "Tussock lodge", "Beach bach", "Kōwhai cottage", "Stargazer dome")
PATHS = ("/cabins/lakeside", "/cabins/rimu-hut", "/cabins/beach-bach", "/prices", "/walks", "/find-us", "/winter")
FAVOURITES = ("lake", "mountains", "beach", "forest")
COMPANY = ("partner", "children", "friends", "dog")
SOURCES = ("A friend", "Search", "A magazine", "Walked past", "An old booking", "A map")


@dataclass
class Order:
    """One booking; `total` in whole dollars."""

    at: dt.datetime
    cabin: str
    nights: int
    total: int


@dataclass
class Person:
    """One invented contact and what they did. `id` is set when rows are written."""

    public_id: uuid.UUID
    external_id: str  # empty for those who came by a form without signing in
    first_name: str
    last_name: str
    email: str
    phone: str
    language: str
    country: str
    time_zone: str
    joined_at: dt.datetime
    is_imported: bool
    favourite: str
    company: list[str]
    birthday: dt.date | None
    found_by: str
    liveliness: float  # 0 to 1: how likely this person reads, clicks, books
    orders: list[Order] = field(default_factory=list)
    views: list[tuple[dt.datetime, str]] = field(default_factory=list)
    reviews: list[tuple[dt.datetime, int]] = field(default_factory=list)
    id: int = 0

    @property
    def tags(self) -> list[str]:
        """Words the team put on them."""
        tags = ["guest"] if self.orders else []
        if len(self.orders) >= 3:
            tags.append("regular")
        if sum(order.total for order in self.orders) >= 3000:
            tags.append("vip")
        return tags


def make_people(now: dt.datetime, count: int = PEOPLE) -> list[Person]:
    """The same `count` people every time; their dates are laid out before `now`."""
    source = random.Random(SEED)
    seen: set[str] = set()
    people = [_make_person(source, number, now, seen) for number in range(count)]
    people.sort(key=lambda person: person.joined_at)
    _come_twice(people)
    return people


def _make_person(source: random.Random, number: int, now: dt.datetime, seen: set[str]) -> Person:
    place = source.choices(PLACES, [place.weight for place in PLACES])[0]
    names = NAMES[place.language]
    first, last = source.choice(names.first), source.choice(names.last)
    joined_at = _joined_at(source, now)
    person = Person(
        public_id=uuid_at(joined_at, source),
        external_id=f"KC-{10_000 + number}",
        first_name=first.partition("=")[0],
        last_name=last.partition("=")[0],
        email=_email(source, first, last, seen),
        phone=_phone(source, place, number),
        language=place.language,
        country=place.country,
        time_zone=source.choice(place.zones),
        joined_at=joined_at,
        is_imported=source.random() < 0.42,
        favourite=source.choices(FAVOURITES, (40, 25, 20, 15))[0],
        company=[name for name in COMPANY if source.random() < 0.32],
        birthday=_birthday(source) if source.random() < 0.6 else None,
        found_by=source.choice(SOURCES),
        liveliness=source.betavariate(1.6, 2.6),
    )
    person.orders = list(_orders(source, person, now))
    person.views = list(_views(source, person, now))
    person.reviews = [
        (
            order.at + dt.timedelta(days=order.nights + 2, hours=source.randint(1, 30)),
            source.choices((3, 4, 5), (1, 4, 9))[0],
        )
        for order in person.orders
        if source.random() < 0.28 and order.at < now - dt.timedelta(days=20)
    ]
    return person


def _come_twice(people: Sequence[Person]) -> None:
    """Some of those who joined lately had forgotten that they were here, and some gave an office's address.

    Every list of real people has them, and the pages that find them have something to show.
    """
    first = [person for person in people[: len(people) // 2] if person.birthday]
    later = people[-len(people) // 8 :]
    for again, once in zip(later[::40], first[::150], strict=False):
        local, _at, domain = once.email.partition("@")
        again.first_name, again.last_name, again.birthday = once.first_name, once.last_name, once.birthday
        again.language, again.country, again.time_zone = once.language, once.country, once.time_zone
        again.email, again.phone, again.external_id = f"{local}+cabins@{domain}", "", ""
    for person, email in zip(later[20::80], OFFICES, strict=False):
        person.email = email


def uuid_at(moment: dt.datetime, source: random.Random) -> uuid.UUID:
    """A UUID version 7 of that moment with repeatable random bits (RFC 9562 §5.7)."""
    value = int(moment.timestamp() * 1000) << 80 | source.getrandbits(80)
    value = value & ~(0xF000 << 64) | 0x7000 << 64
    value = value & ~(0xC000 << 48) | 0x8000 << 48
    return uuid.UUID(int=value)


def _joined_at(source: random.Random, now: dt.datetime) -> dt.datetime:
    """Two years back to yesterday, more of them lately, and a wave nine days ago when a contest was shared."""
    shared = source.random() < 0.06
    days = source.triangular(1, 10, 8.5) if shared else 730 * (1 - source.betavariate(1.9, 1.0)) + 0.2
    moment = now - dt.timedelta(days=days)
    return moment.replace(hour=source.randint(6, 22), minute=source.randint(0, 59), second=source.randint(0, 59)) - (
        dt.timedelta(days=1) if days < 1 else dt.timedelta()
    )


def _email(source: random.Random, first: str, last: str, seen: set[str]) -> str:
    given, family = latin(first), latin(last)
    domain = source.choices(DOMAINS, DOMAIN_WEIGHTS)[0]
    shapes = [f"{given}.{family}", f"{given[0]}.{family}", f"{given}{family}", f"{family}.{given}"]
    local = source.choice(shapes)
    number = 0
    while f"{local}{number or ''}@{domain}" in seen:
        number += source.randint(1, 30)
    email = f"{local}{number or ''}@{domain}"
    seen.add(email)
    return email


def latin(name: str) -> str:
    """A name as it stands in an address: Latin letters only, small."""
    spelling = name.rpartition("=")[2].replace("ß", "ss").replace("ø", "o")
    plain = unicodedata.normalize("NFKD", spelling).encode("ascii", "ignore").decode().lower()
    return "".join(letter for letter in plain if letter.isalpha()) or "guest"


def _phone(source: random.Random, place: Place, number: int) -> str:
    if not place.phone_prefix or source.random() < 0.5:
        return ""
    if place.phone_prefix == "+1":
        area = (212, 312, 303, 415, 206, 617, 503, 720)[number % 8]
        return f"+1{area}5550{100 + (number // 8) % 100:03d}" if number < 800 else ""
    return f"{place.phone_prefix}{number % 1000:03d}" if number < 1000 else ""


def _birthday(source: random.Random) -> dt.date:
    return dt.date(source.randint(1950, 2004), 1, 1) + dt.timedelta(days=source.randint(0, 364))


def _orders(source: random.Random, person: Person, now: dt.datetime) -> Iterator[Order]:
    at = person.joined_at + dt.timedelta(days=source.uniform(0, 40))
    chance = 0.25 + person.liveliness * 0.6
    while at < now - dt.timedelta(hours=1) and source.random() < chance:
        nights = source.choices((1, 2, 3, 4, 7), (12, 40, 26, 12, 10))[0]
        yield Order(at, source.choice(CABINS), nights, nights * source.choice((145, 165, 189, 220, 260)))
        chance *= 0.72
        at += dt.timedelta(days=source.uniform(30, 260))


def _views(source: random.Random, person: Person, now: dt.datetime) -> Iterator[tuple[dt.datetime, str]]:
    since = max(person.joined_at, now - dt.timedelta(days=90))
    span = (now - since).total_seconds()
    for _visit in range(int(person.liveliness * 9 * source.random())):
        yield since + dt.timedelta(seconds=span * source.random()), source.choice(PATHS)
