"""The demo's senders, templates, segments and campaigns: three gone out, one about to start, two to look forward to."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.conf import settings

from accounts.models import User, Workspace
from campaigns.models import Campaign
from campaigns.services import create_campaign, schedule_campaign
from channels.models import Sender
from consent.models import Topic
from content.models import Template
from content.services import create_template, pin_version
from core.clock import now as present
from dashboard.demo.consents import Agreements
from dashboard.demo.letters import LETTERS, mjml_of
from dashboard.demo.people import Person
from dashboard.demo.results import Launch, write_results
from segments.models import Segment
from segments.services import save_segment

STARTS_AFTER = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class Group:
    """A segment: its rule, and the same in Python for the audiences of the past."""

    key: str
    name: str
    description: str
    where: dict[str, object]
    holds: Callable[[Person], bool] = lambda person: True


GROUPS = (
    Group("everyone", "Everyone", "All contacts; consent still decides who gets a message.", {"kind": "everyone"}),
    Group(
        "lake-people",
        "Lake people",
        "Those who like the lake best.",
        {"kind": "attribute", "key": "favourite_place", "op": "eq", "value": "lake"},
        lambda person: person.favourite == "lake",
    ),
    Group(
        "beach-and-dogs",
        "Beach or dog",
        "For the baches by the sea, where dogs are welcome.",
        {
            "any": [
                {"kind": "attribute", "key": "favourite_place", "op": "eq", "value": "beach"},
                {"kind": "attribute", "key": "travels_with", "op": "has_any", "value": ["dog"]},
            ]
        },
        lambda person: person.favourite == "beach" or "dog" in person.company,
    ),
    Group(
        "regulars",
        "Regulars",
        "Booked at least twice within two years.",
        {
            "kind": "event",
            "event": "order.placed",
            "times": {"op": "gte", "value": 2},
            "window": {"last": 2, "unit": "years"},
        },
    ),
    Group(
        "long-not-seen",
        "Not seen for a while",
        "Stayed once, but not within the last half year.",
        {"kind": "event", "event": "order.placed", "pick": "last", "window": {"over": 180, "unit": "days"}},
    ),
    Group(
        "readers",
        "Readers",
        "Opened something within the last month, machines left out.",
        {"kind": "engagement", "action": "opened", "window": {"last": 30, "unit": "days"}},
    ),
    Group(
        "german-speakers",
        "Speak German",
        "For the German letters.",
        {"kind": "contact", "field": "language", "op": "eq", "value": "de"},
        lambda person: person.language == "de",
    ),
)


@dataclass(frozen=True)
class Past:
    """A campaign that has gone out `days` ago at that hour."""

    name: str
    letter: str
    topic: str
    group: str
    days: int
    hour: int
    interest: float
    unknown: int = 0
    dead: float = 0.0


PAST = (
    Past("Beach baches, early price", "beach", "offers", "beach-and-dogs", 16, 18, 0.42, dead=0.02),
    Past("Win a week at Lake Hāwea", "contest", "news", "everyone", 9, 19, 0.6, dead=0.012),
    Past("Kayak week", "kayak", "news", "lake-people", 3, 17, 0.48, unknown=3, dead=0.004),
)


@dataclass
class Desk:
    """What the team has ready: by key."""

    sender: Sender
    templates: dict[str, Template]
    segments: dict[str, Segment]
    topics: dict[str, Topic]


def prepare_desk(workspace: Workspace, owner: User, topics: dict[str, Topic]) -> Desk:
    """Sender, templates and segments."""
    sender = Sender.objects.create(
        workspace=workspace,
        name="Aroha from Kea Cabins",
        email="aroha@keacabins.example",
        reply_to="hello@keacabins.example",
        verified_at=present(),
    )
    templates = {
        letter.key: create_template(
            workspace=workspace,
            actor=owner,
            values={
                "name": letter.name,
                "subject": letter.subject,
                "preheader": letter.preheader,
                "mjml": mjml_of(letter, settings.BASE_URL),
                "language": letter.language,
            },
        )
        for letter in LETTERS
    }
    segments = {
        group.key: save_segment(
            workspace=workspace,
            actor=owner,
            values={
                "name": group.name,
                "key": group.key,
                "description": group.description,
                "rule": {"version": 1, "where": group.where},
            },
        )
        for group in GROUPS
    }
    return Desk(sender, templates, segments, topics)


def write_past(workspace: Workspace, owner: User, desk: Desk, people: Sequence[Person], agreements: Agreements) -> None:
    """The finished campaigns, oldest first, since each changes who may be written to next."""
    moment = present()
    groups = {group.key: group for group in GROUPS}
    for past in PAST:
        at = (moment - dt.timedelta(days=past.days)).replace(hour=past.hour, minute=0, second=0, microsecond=0)
        at -= dt.timedelta(hours=13)  # evening where the company is
        campaign = create_campaign(
            workspace=workspace,
            actor=owner,
            name=past.name,
            segment=desk.segments[past.group],
            topic=desk.topics[past.topic],
            template=desk.templates[past.letter],
            sender=desk.sender,
            time_zone=workspace.time_zone,
        )
        launch = Launch(
            campaign=campaign,
            version=pin_version(desk.templates[past.letter]),
            topic=past.topic,
            at=at,
            interest=past.interest,
            unknown=past.unknown,
            dead=past.dead,
        )
        audience = [person for person in people if person.joined_at < at and groups[past.group].holds(person)]
        write_results(workspace, launch, audience, agreements, moment)


def plan_next(workspace: Workspace, owner: User, desk: Desk) -> Campaign:
    """One campaign that starts in a minute, one in two days, and a draft; returns the first."""
    soon = _draft(workspace, owner, desk, "Summer at the lake", "summer", "news", "lake-people")
    later = _draft(workspace, owner, desk, "Sommer am See", "summer-de", "news", "german-speakers")
    _draft(workspace, owner, desk, "Last beds in Wānaka", "beach", "offers", "readers")
    tomorrow = (present() + dt.timedelta(days=2)).replace(hour=20, minute=0, second=0, microsecond=0)
    schedule_campaign(campaign=later, actor=owner, at=tomorrow, time_zone=workspace.time_zone)
    at = present() + STARTS_AFTER
    return schedule_campaign(campaign=soon, actor=owner, at=at, time_zone=workspace.time_zone)


def _draft(workspace: Workspace, owner: User, desk: Desk, name: str, letter: str, topic: str, group: str) -> Campaign:
    return create_campaign(
        workspace=workspace,
        actor=owner,
        name=name,
        segment=desk.segments[group],
        topic=desk.topics[topic],
        template=desk.templates[letter],
        sender=desk.sender,
        time_zone=workspace.time_zone,
    )
