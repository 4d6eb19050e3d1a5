"""What came of the campaigns that have already gone out: messages and facts that add up."""

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import Workspace
from campaigns.models import Campaign
from consent.evidence import Source
from consent.models import Purpose, State
from contacts.models import Address
from content.models import ContentVersion
from dashboard.demo.consents import Agreements, Word
from dashboard.demo.people import SEED, Person, uuid_at
from dashboard.demo.rows import allocate_ids, copy_rows
from delivery.models import Dispatch, Message, MessageFact

REASON_OF_STATE = {
    "": "no_consent",
    State.PENDING: "consent_pending",
    State.WITHDRAWN: "consent_withdrawn",
}
MESSAGE_COLUMNS = (
    *("id", "public_id", "workspace_id", "dispatch_id", "purpose", "channel", "contact_id", "step", "recipient"),
    *("sender_id", "topic_id", "content_version_id", "status", "reason", "detail", "created_at", "due_at"),
    *("attempts", "is_tracked", "settled_at", "provider_id"),
)
FACT_COLUMNS = (
    *("workspace_id", "message_id", "dispatch_id", "contact_id", "channel", "action", "verdict", "link", "at"),
    *("last_at", "times", "detail"),
)


@dataclass
class Fate:
    """What became of one message."""

    person: Person
    status: str
    reason: str
    is_tracked: bool
    settled_at: dt.datetime
    detail: str = ""
    id: int = 0


@dataclass(frozen=True)
class Launch:
    """One campaign that went out at `at`; `unknown` messages end without an answer, `dead` addresses turn up."""

    campaign: Campaign
    version: ContentVersion
    topic: str
    at: dt.datetime
    interest: float
    unknown: int = 0
    dead: float = 0.0


def write_results(
    workspace: Workspace, launch: Launch, audience: Sequence[Person], agreements: Agreements, now: dt.datetime
) -> None:
    """Messages to `audience` and what people did with them; withdrawals go into `agreements`."""
    source = random.Random(f"{SEED}{launch.campaign.name}")
    fates = [_fate_of(source, launch, person, agreements, position) for position, person in enumerate(audience)]
    for fate in source.sample([fate for fate in fates if fate.status == "sent"], launch.unknown):
        fate.status, fate.reason = "unknown", "no_reply"
    dispatch = _finish(workspace, launch, fates)
    for fate, key in zip(fates, allocate_ids(Message, len(fates)), strict=True):
        fate.id = key
    copy_rows(Message, MESSAGE_COLUMNS, (_message_row(source, workspace, launch, dispatch, fate) for fate in fates))
    facts = [
        fact for fate in fates if fate.status == "sent" for fact in _facts_of(source, launch, fate, agreements, now)
    ]
    copy_rows(MessageFact, FACT_COLUMNS, ((workspace.pk, fact[0].id, dispatch.pk, *fact[1:]) for fact in facts))
    _bury(workspace, launch, fates, agreements)


def _fate_of(source: random.Random, launch: Launch, person: Person, agreements: Agreements, position: int) -> Fate:
    reason = _refusal(launch, person, agreements)
    if reason:
        return Fate(person, "skipped", reason, is_tracked=False, settled_at=launch.at)
    tracked = agreements.state(person, "", Purpose.TRACKING, launch.at) == State.GRANTED
    at = launch.at + dt.timedelta(seconds=2 + position / 40)
    if source.random() < launch.dead and not person.orders:
        return Fate(person, "failed", "hard_bounce", tracked, at, "550 5.1.1 No such mailbox here")
    if source.random() < 0.001:
        return Fate(person, "failed", "refused", tracked, at, "554 5.7.1 Message refused by policy")
    return Fate(person, "sent", "", tracked, at)


def _refusal(launch: Launch, person: Person, agreements: Agreements) -> str:
    suppressed = agreements.suppressed.get(person.id)
    if suppressed and suppressed[1] < launch.at:
        return "address_invalid" if suppressed[0] == "hard_bounce" else f"suppressed_{suppressed[0]}"
    state = agreements.state(person, launch.topic, Purpose.MARKETING, launch.at)
    return "" if state == State.GRANTED else REASON_OF_STATE[state]


def _finish(workspace: Workspace, launch: Launch, fates: Sequence[Fate]) -> Dispatch:
    """The campaign's dispatch, finished when the last message was settled."""
    finished_at = max(fate.settled_at for fate in fates) + dt.timedelta(seconds=4)
    dispatch: Dispatch = Dispatch.objects.create(
        workspace=workspace,
        source_kind="campaign",
        source_id=launch.campaign.pk,
        occurrence=launch.at,
        name=launch.campaign.name,
        status=Dispatch.Status.FINISHED,
        targeted=len(fates),
        finished_at=finished_at,
    )
    Campaign.objects.filter(pk=launch.campaign.pk).update(
        status=Campaign.Status.SENT,
        scheduled_at=launch.at,
        launched_at=launch.at,
        finished_at=finished_at,
        content_version=launch.version,
        dispatch=dispatch,
        created_at=launch.at - dt.timedelta(days=3),
    )
    return dispatch


def _message_row(
    source: random.Random, workspace: Workspace, launch: Launch, dispatch: Dispatch, fate: Fate
) -> tuple[Any, ...]:
    campaign = launch.campaign
    tried = int(fate.status != "skipped")
    return (
        fate.id,
        uuid_at(fate.settled_at, source),
        workspace.pk,
        dispatch.pk,
        "marketing",
        "email",
        fate.person.id,
        0,
        fate.person.email,
        campaign.sender_id,
        campaign.topic_id,
        launch.version.pk,
        fate.status,
        fate.reason,
        fate.detail,
        launch.at,
        launch.at,
        tried,
        fate.is_tracked,
        fate.settled_at,
        "",
    )


Fact = tuple[Any, ...]


def _facts_of(
    source: random.Random, launch: Launch, fate: Fate, agreements: Agreements, now: dt.datetime
) -> Iterator[Fact]:
    """Opens and clicks of those who may be counted, people and machines; leaving by anybody."""
    person = fate.person

    def fact(action: str, verdict: str, after: float, link: int = -1, times: int = 1) -> Fact:
        at = min(fate.settled_at + dt.timedelta(seconds=after), now)
        return (fate, person.id, "email", action, verdict, link, at, at, times, "")

    wait = source.expovariate(1 / 18_000) + 40
    if fate.is_tracked:
        if source.random() < 0.19:
            yield fact("opened", "machine", source.uniform(2, 90))
        if source.random() < 0.015:
            yield fact("clicked", "machine", source.uniform(1, 9), link=0)
        if source.random() < launch.interest * (0.35 + person.liveliness * 1.6):
            verdict = "human" if source.random() < 0.92 else "uncertain"
            yield fact("opened", verdict, wait, times=source.choices((1, 2, 3), (7, 2, 1))[0])
            if verdict == "human" and source.random() < 0.1 + person.liveliness * 0.25:
                yield fact("clicked", "human", wait + source.uniform(8, 240), link=source.choices((0, 1), (4, 1))[0])
    leaves = source.random()
    if leaves < 0.0045:
        at = min(fate.settled_at + dt.timedelta(seconds=wait), now)
        where = Source.ONE_CLICK if leaves < 0.0015 else Source.UNSUBSCRIBE
        agreements.say(Word(person, launch.topic, Purpose.MARKETING, State.WITHDRAWN, at, where))
        yield fact("unsubscribed", "human", wait)
    elif leaves > 0.9995:
        agreements.suppressed[person.id] = ("complaint", fate.settled_at + dt.timedelta(seconds=wait))
        yield fact("complained", "human", wait)


def _bury(workspace: Workspace, launch: Launch, fates: Sequence[Fate], agreements: Agreements) -> None:
    """Addresses that turned out not to exist are dead from then on."""
    dead = [fate for fate in fates if fate.reason == "hard_bounce"]
    for fate in dead:
        agreements.suppressed[fate.person.id] = ("hard_bounce", fate.settled_at)
    Address.objects.filter(
        workspace=workspace, contact_id__in=[fate.person.id for fate in dead], channel="email"
    ).update(status=Address.Status.DEAD, status_reason="hard_bounce", status_at=launch.at)
