"""Random universes in the form of the vectors, full of what goes wrong: clocks that change, leap days, ties, odd texts.

`make_universe(number)` gives the same universe for the same number, with the instants at which to ask in `nows`.
"""

import datetime as dt
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from core.folding import fold

UTC = dt.UTC
# Clocks change at these instants somewhere, or a day, a month, a year begins.
NOWS = (
    "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z",
    "2026-04-04T14:00:00Z", "2026-04-04T15:30:00Z", "2026-09-06T04:30:00Z", "2026-03-08T05:00:00Z",
    "2024-02-29T12:00:00Z", "2024-02-28T23:30:00Z", "2025-02-28T23:30:00Z", "2026-03-01T00:00:00Z",
    "2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z", "2026-03-31T22:30:00Z", "2026-06-15T10:00:00Z",
)  # fmt: skip
# Of the last six some begin a day at one o'clock, once a year.
ZONES = (
    "Europe/Berlin", "Pacific/Auckland", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia", "Pacific/Kiritimati",
    "UTC", "Etc/GMT+12", "Australia/Lord_Howe", "America/Havana", "Asia/Beirut", "America/Santiago", "Africa/Cairo",
    "Antarctica/Troll", "Africa/Casablanca",
)  # fmt: skip
TEXTS = (
    "Straße", "STRASSE", "ﬁne", "FINE", "İstanbul", "istanbul", "ısparta", "Isparta", "ΣΑΣ", "σας", "José", "Jose",
    "Jose\u0301", "50%", "50％", "a_b", "a\\b", "%", "_", "\\", "  x ", "x", "é\u00a0", "ǅ", "ŉ", "ᾳ", "한글",
    "\u1112\u1161\u11ab글", "👩\u200d👩\u200d👧", "a'b\"c", "{}", "%s", "$1", "ẞ", "ſ", "\u212a", "\u202eabc", "null",
)  # fmt: skip
NUMBERS = (
    0,
    1,
    -1,
    2,
    3,
    0.1,
    0.3,
    1.5,
    -2.25,
    48.75,
    10,
    0.000001,
    999999999999999,
    -999999999999999,
    123456789.123456,
)
AMOUNTS = ("0", "0.00", "12.50", "12.5", "-3.00", "0.0001", "99999999999.9999", "500.00", "7")
CURRENCIES = ("EUR", "USD")
LANGUAGES = ("en", "en-GB", "EN-us", "est", "et", "zh-Hant-TW", "zh-Hans", "de-AT", "de")
COUNTRIES = ("DE", "AT", "US", "NZ")
DOMAINS = ("example.org", "mail.example.org", "xn--bcher-kva.example", "acme.example")
OPTIONS = ("a", "b", "c", "A", "d e")
CHANNELS = ("email", "sms", "whatsapp", "telegram")
BASES = ("express", "implied_purchase", "contract")
STATES = ("granted", "granted", "pending", "denied", "withdrawn", "expired")
ACTIONS = ("delivered", "opened", "clicked", "bounced", "complained", "unsubscribed")
SALTS = ("spring-test", "holdout", "estimate")

PROPERTIES = {
    "text": {"type": "text"},
    "number": {"type": "number"},
    "flag": {"type": "boolean"},
    "day": {"type": "date"},
    "moment": {"type": "datetime"},
    "choice": {"type": "choice", "options": list(OPTIONS)},
    "set": {"type": "multi_choice", "options": list(OPTIONS)},
    "money": {"type": "money"},
}
REGISTRY = {
    "attributes": {f"{name}{copy}": entry for name, entry in PROPERTIES.items() for copy in ("", "_2")},
    "events": {"bought": PROPERTIES, "seen": {"text": {"type": "text"}, "number": {"type": "number"}}, "login": {}},
    "topics": ["news", "offers"],
    "purposes": ["marketing", "tracking"],
    "lists": ["customers", "testers"],
    "campaigns": ["spring", "winter"],
    "flows": {"quiz": {"outcomes": ["hero", "fool"], "answers": PROPERTIES}, "poll": {"outcomes": [], "answers": {}}},
}


class World(Random):
    """Draws everything of one universe; the same number draws the same.

    Opens and clicks of one kind happen up to `repeats` times; what is kept of them is exact up to two (docs/adr/0013).
    """

    def __init__(self, number, repeats=2):
        super().__init__(number)
        self.repeats = repeats
        self.zone = self.choice(ZONES)
        self.nows = [dt.datetime.fromisoformat(one) for one in self.sample(NOWS, 3)]
        self.zones = [self.zone, *self.sample(ZONES, 4)]

    def happening(self):
        """An instant at which something is written down: not always at a whole second."""
        return self.moment().replace("Z", self.choice(["Z", "Z", "Z", ".5Z", ".999999Z"]))

    def moment(self):
        """An instant near an edge: of the present, of somebody's day, of a round distance."""
        edge = self.choice(self.nows)
        if self.random() < 0.4:
            day = edge.astimezone(ZoneInfo(self.choice(self.zones))).date() + dt.timedelta(days=self.randint(-9, 3))
            edge = dt.datetime.combine(day, dt.time(), ZoneInfo(self.choice(self.zones))).astimezone(UTC)
        span = self.choice([dt.timedelta(), dt.timedelta(days=1), dt.timedelta(days=7), dt.timedelta(hours=1)])
        span += self.choice([dt.timedelta(), dt.timedelta(minutes=30), dt.timedelta(days=31), dt.timedelta(days=365)])
        edge += span * self.choice([-3, -1, -1, -1, 0, 1]) + dt.timedelta(seconds=self.choice([-1, 0, 0, 1]))
        return f"{edge:%Y-%m-%dT%H:%M:%SZ}"

    def day(self):
        """A calendar day near today, or a birthday long ago."""
        today = self.choice(self.nows).date()
        if self.random() < 0.4:
            year = self.choice([1960, 1992, 2000, 2008, 2023, 2024])
            month, number = self.choice([(2, 28), (3, 1), (12, 31), (1, 1), (today.month, min(today.day, 28))])
            is_leap = year % 4 == 0 and self.random() < 0.5
            return (dt.date(year, 2, 29) if is_leap else dt.date(year, month, number)).isoformat()
        return (
            today + dt.timedelta(days=self.choice([-400, -366, -365, -31, -30, -8, -7, -1, 0, 1, 7, 31]))
        ).isoformat()

    def value(self, entry):
        """A value of a type."""
        match entry["type"]:
            case "text":
                return self.choice(TEXTS)
            case "number":
                return self.choice(NUMBERS)
            case "boolean":
                return self.random() < 0.5
            case "date":
                return self.day()
            case "datetime":
                return self.moment()
            case "choice":
                return self.choice(OPTIONS)
            case "multi_choice":
                return self.sample(OPTIONS, self.randint(1, 4))
            case _:
                return {"amount": self.choice(AMOUNTS), "currency": self.choice(CURRENCIES)}

    def values(self, types):
        """Values of some of the types; the others are missing."""
        return {name: self.value(entry) for name, entry in types.items() if self.random() < 0.6}

    def maybe(self, value, chance=0.3):
        """The value, or now and then nothing."""
        return None if self.random() < chance else value

    def contact(self, number):
        """One person with everything that belongs to them."""
        return {
            "id": str(UUID(int=self.getrandbits(128))),
            "external_id": f"c{number:03}",
            "first_name": self.maybe(self.choice(TEXTS)),
            "last_name": self.maybe(self.choice(TEXTS)),
            "language": self.maybe(self.choice(LANGUAGES)),
            "country": self.maybe(self.choice(COUNTRIES)),
            "zone": self.maybe(self.choice([*self.zones, "Mars/Phobos"])),
            "created_at": self.happening(),
            "imported_at": self.maybe(self.happening(), 0.5),
            "attributes": self.values(REGISTRY["attributes"]),
            "addresses": [address for channel in CHANNELS for address in self.addresses(number, channel)],
            "consents": [self.consent(*row) for row in self.sample(CONSENT_ROWS, self.randint(0, 4))],
            "tags": list({fold(one): one for one in self.sample(TEXTS, self.randint(0, 4))}.values()),
            "lists": [{"list": key, "added_at": self.happening()} for key in REGISTRY["lists"] if self.random() < 0.5],
        }

    def addresses(self, number, channel):
        """Up to three addresses of one channel, the first of which is the main one."""
        for copy in range(self.choice([0, 1, 1, 2, 3] if channel == "email" else [0, 0, 1, 2])):
            value = f"+{self.choice(['49176', '4366', '1212', '64'])}{number:05}{copy}"
            if channel == "email":
                value = f"c{number}-{copy}@{self.choice(DOMAINS)}"
            yield {
                "channel": channel,
                "value": value if channel != "telegram" else f"t{number}-{copy}",
                "primary": copy == 0,
                "status": self.choice(["valid", "unverified", "invalid", "dead", "risky"]),
                "flags": self.sample(["role", "disposable", "typo"], self.randint(0, 2)) if channel == "email" else [],
            }

    def consent(self, channel, topic, purpose):
        """One row of consent."""
        return {
            "channel": channel,
            "topic": topic,
            "purpose": purpose,
            "state": self.choice(STATES),
            "basis": self.maybe(self.choice(BASES)),
            "changed_at": self.happening(),
            "expires_at": self.maybe(self.happening(), 0.5),
        }

    def event(self, number, contact):
        """Something that happened; several may happen in the same second."""
        kind = self.choice(list(REGISTRY["events"]))
        return {
            "id": number,
            "contact": contact["external_id"],
            "event": kind,
            "at": self.happening(),
            "properties": self.values(REGISTRY["events"][kind]),
        }

    def message(self, number, contact):
        """The facts of one message."""
        common = {
            "contact": contact["external_id"],
            "message": number,
            "campaign": self.choice(REGISTRY["campaigns"]),
            "channel": self.choice(["email", "sms"]),
        }
        yield common | {"action": "sent", "verdict": None, "at": self.happening()}
        for action in self.sample(ACTIONS, self.randint(0, 3)):
            verdicts = ["human", "machine", "uncertain"] if action in ("opened", "clicked") else [None]
            for verdict in self.sample(verdicts, self.randint(1, len(verdicts))):
                for link in self.sample([0, 1], self.randint(1, 2)) if action == "clicked" else [-1]:
                    for _time in range(self.randint(1, self.repeats) if action in ("opened", "clicked") else 1):
                        yield common | {"action": action, "verdict": verdict, "at": self.happening(), "link": link}

    def submission(self, number, contact):
        """What somebody answered once."""
        flow = self.choice(list(REGISTRY["flows"]))
        return {
            "id": number,
            "contact": contact["external_id"],
            "flow": flow,
            "status": self.choice(["completed", "partial"]),
            "outcome": self.maybe(self.choice(REGISTRY["flows"][flow]["outcomes"] or [None])),
            "score": self.maybe(self.choice([0, 1, 7.5, 10, -2])),
            "at": self.happening(),
            "answers": self.values(REGISTRY["flows"][flow]["answers"]),
        }


CONSENT_ROWS = [
    (channel, topic, purpose)
    for channel in ("email", "sms")
    for topic in (None, "news", "offers")
    for purpose in ("marketing", "tracking")
]


def make_universe(number, people=40, repeats=2):
    """A universe in the form of the vectors; ids follow the order in which things are listed."""
    world = World(number, repeats)
    contacts = [world.contact(position) for position in range(people)]
    some = [contact for contact in contacts if world.random() < 0.8]
    return {
        "now": world.nows[0].isoformat(),
        "nows": world.nows,
        "workspace": {"zone": world.zone, "currency": "EUR"},
        "registry": REGISTRY | {"segments": {}},
        "contacts": contacts,
        "events": [world.event(one, world.choice(some)) for one in range(1, people * 6)],
        "engagements": [fact for one in range(1, people * 2) for fact in world.message(one, world.choice(some))],
        "submissions": [world.submission(one, world.choice(some)) for one in range(1, people * 2)],
    }
