"""Writes what the demo's people agreed to: topics, the words they saw, the ledger, who must not be written to."""

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.models import Workspace
from consent.evidence import Source, truncate_ip
from consent.models import Basis, ConsentRecord, ConsentText, Purpose, SignupPage, State, Suppression, Topic
from consent.profiles import expiry, rules_for
from consent.services import remember_text
from consent.services.ledger import rebuild_states
from core.crypto import address_hash
from core.ids import uuid7
from dashboard.demo.people import SEED, Person
from dashboard.demo.rows import copy_rows

TOPICS = (
    ("news", "Cabin news", "What is new at the lake, about twice a month.", 0.9),
    ("offers", "Offers and last beds", "Good prices for short notice.", 0.78),
    ("walks", "Walks and weather", "A walk a week, with its weather, from November to April.", 0.36),
)
AGREED_TEXT = (
    "Yes, Kea Cabins may write to me by e-mail about the topics I chose. I can change my mind at any time with the "
    "link in every message."
)
TRACKING_TEXT = "You may count whether I open your messages and which links I follow, to send me what interests me."
RECORD_COLUMNS = (
    *("public_id", "created_at", "workspace_id", "contact_id", "channel", "topic_id", "purpose", "state", "basis"),
    *("source", "source_detail", "text_id", "actor_id", "ip_address", "user_agent", "at", "expires_at"),
    *("profile", "profile_date"),
)
RULES = rules_for("NZ", "email").profile
BROWSERS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15",
    "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36",
)


@dataclass(frozen=True)
class Word:
    """One thing somebody said; `topic` is a key, or empty for what concerns no topic."""

    person: Person
    topic: str
    purpose: str
    state: str
    at: dt.datetime
    source: str
    basis: str = ""


@dataclass
class Agreements:
    """What has been said so far, and where that leaves each person; campaigns add to it as they go."""

    words: list[Word] = field(default_factory=list)
    history: dict[tuple[int, str, str], list[Word]] = field(default_factory=dict)
    suppressed: dict[int, tuple[str, dt.datetime]] = field(default_factory=dict)

    def say(self, word: Word) -> None:
        """Append to the ledger."""
        self.words.append(word)
        self.history.setdefault((word.person.id, word.topic, str(word.purpose)), []).append(word)

    def state(self, person: Person, topic: str, purpose: str, at: dt.datetime) -> str:
        """Where the ledger stood at that time; empty when nothing had been said."""
        said = [word for word in self.history.get((person.id, topic, str(purpose)), ()) if word.at <= at]
        return max(said, key=lambda word: word.at).state if said else ""


def write_topics(workspace: Workspace) -> dict[str, Topic]:
    """The topics by key, and a sign-up page for them."""
    topics = {
        key: Topic.objects.create(workspace=workspace, key=key, name=name, description=description)
        for key, name, description, _share in TOPICS
    }
    page = SignupPage.objects.create(
        workspace=workspace,
        name="Website footer",
        title="Letters from the lake",
        intro="Twice a month: what is new, what is free, and a walk you did not know.",
        consent_text=AGREED_TEXT,
    )
    page.topics.set(topics.values())
    return topics


def first_words(people: Sequence[Person], now: dt.datetime) -> Agreements:
    """What people said when they joined, and the few who changed their mind later."""
    source = random.Random(SEED + 1)
    agreements = Agreements()
    for person in people:
        _joining(source, agreements, person, now)
    return agreements


def _joining(source: random.Random, agreements: Agreements, person: Person, now: dt.datetime) -> None:
    at = person.joined_at + dt.timedelta(minutes=source.randint(1, 20))
    is_new = at > now - dt.timedelta(days=6)
    for key, _name, _description, share in TOPICS:
        if source.random() > share:
            continue
        if person.is_imported:
            basis = Basis.IMPLIED_PURCHASE if person.orders and source.random() < 0.4 else Basis.EXPRESS
            agreements.say(Word(person, key, Purpose.MARKETING, State.GRANTED, at, Source.IMPORT, basis))
            continue
        agreements.say(Word(person, key, Purpose.MARKETING, State.PENDING, at, Source.SIGNUP))
        if source.random() < (0.8 if is_new else 0.955):
            confirmed_at = at + dt.timedelta(minutes=source.expovariate(1 / 25) + 1)
            if confirmed_at < now:
                agreements.say(
                    Word(person, key, Purpose.MARKETING, State.GRANTED, confirmed_at, Source.SIGNUP, Basis.EXPRESS)
                )
    if source.random() < 0.74:
        agreements.say(Word(person, "", Purpose.TRACKING, State.GRANTED, at, Source.SIGNUP, Basis.EXPRESS))
    _leaving(source, agreements, person, now)


def _leaving(source: random.Random, agreements: Agreements, person: Person, now: dt.datetime) -> None:
    """About one in twenty has left a topic since, long before the campaigns that are shown."""
    for key, *_rest in TOPICS:
        said = agreements.history.get((person.id, key, str(Purpose.MARKETING)), [])
        if not said or said[-1].state != State.GRANTED or source.random() > 0.05:
            continue
        at = said[-1].at + dt.timedelta(days=source.uniform(20, 300))
        if at < now - dt.timedelta(days=25):
            where = source.choice((Source.PREFERENCES, Source.UNSUBSCRIBE, Source.ONE_CLICK))
            agreements.say(Word(person, key, Purpose.MARKETING, State.WITHDRAWN, at, where))


def write_agreements(workspace: Workspace, agreements: Agreements, topics: dict[str, Topic]) -> None:
    """The ledger, in the order things were said, and the states that follow from it."""
    source = random.Random(SEED + 2)
    texts = {
        purpose: remember_text(workspace=workspace, body=body, language="en")
        for purpose, body in ((Purpose.MARKETING, AGREED_TEXT), (Purpose.TRACKING, TRACKING_TEXT))
    }
    words = sorted(agreements.words, key=lambda word: word.at)
    copy_rows(ConsentRecord, RECORD_COLUMNS, (_record_row(source, workspace, word, topics, texts) for word in words))
    rebuild_states(workspace=workspace)


def write_suppressions(workspace: Workspace, agreements: Agreements, people: Sequence[Person]) -> None:
    """Addresses that bounced or complained, and two that were put on the list by hand."""
    by_id = {person.id: person for person in people}
    Suppression.objects.bulk_create(
        Suppression(
            workspace=workspace,
            address=by_id[key].email,
            address_hash=address_hash(by_id[key].email),
            reason=reason,
        )
        for key, (reason, _at) in agreements.suppressed.items()
    )
    Suppression.objects.create(
        workspace=workspace, domain="competitor.example", reason="manual", note="They asked us not to write to staff."
    )


def _record_row(
    source: random.Random,
    workspace: Workspace,
    word: Word,
    topics: dict[str, Topic],
    texts: dict[Purpose, ConsentText],
) -> tuple[Any, ...]:
    by_person = word.source not in (Source.IMPORT, Source.API)
    agreed = word.state in (State.GRANTED, State.PENDING)
    return (
        uuid7(),
        word.at,
        workspace.pk,
        word.person.id,
        "email",
        topics[word.topic].pk if word.topic else None,
        str(word.purpose),
        str(word.state),
        str(word.basis),
        str(word.source),
        "guests-2024.csv" if word.source == Source.IMPORT else "",
        texts[Purpose(word.purpose)].pk if agreed and by_person else None,
        None,
        truncate_ip(f"203.0.113.{source.randint(1, 254)}") if by_person else None,
        source.choice(BROWSERS) if by_person else "",
        word.at,
        expiry(RULES, "email", word.basis, word.at) if agreed else None,
        RULES.key,
        RULES.reviewed,
    )
