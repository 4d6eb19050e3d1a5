"""Puts the universe of the vectors into the real tables."""

import uuid
from collections import defaultdict
from datetime import datetime
from decimal import Decimal

from accounts.models import Workspace
from campaigns.models import Campaign
from consent.models import ConsentState, Topic
from contacts.details import contact_vector
from contacts.models import Address, Attribute, Contact
from core.folding import fold_texts
from delivery.models import Dispatch, Message, MessageFact
from events.models import Event, EventKind
from flows.models import Flow, Submission
from segments.models import ListMember, Segment, StaticList
from tests.segments import vectors


def instant(text):
    return datetime.fromisoformat(text) if text else None


def load_universe(data=None, slug="universe") -> tuple[Workspace, vectors.Numbers]:
    """The workspace holding everything, and the ids of what its registry names; by default that of the vectors."""
    data = data or vectors.load()["universe"]
    workspace = Workspace.objects.create(name="Universe", slug=slug, time_zone=data["workspace"]["zone"])
    contacts = _load_contacts(workspace, data)
    _load_events(workspace, data, contacts)
    campaigns = _load_engagements(workspace, data, contacts)
    for key, rule in data["registry"]["segments"].items():
        Segment.objects.create(workspace=workspace, name=key, key=key, rule=rule)
    numbers = vectors.Numbers(
        campaigns,
        _load_lists(workspace, data, contacts),
        _load_submissions(workspace, data, contacts),
        dict(Topic.objects.in_workspace(workspace).values_list("key", "pk")),
    )
    return workspace, numbers


def _load_contacts(workspace, data):
    types = data["registry"]["attributes"]
    for key, entry in types.items():
        Attribute.objects.create(
            workspace=workspace, key=key, label=key, type=entry["type"], choices=entry.get("options", [])
        )
    topics = {key: Topic.objects.create(workspace=workspace, key=key, name=key) for key in data["registry"]["topics"]}
    contacts = {}
    for row in data["contacts"]:
        known = uuid.UUID(row["id"])
        names = {name: row[name] or "" for name in ("first_name", "last_name")}
        texts = {key: value for key, value in row["attributes"].items() if types[key]["type"] == "text"}
        attributes = {key: _plain(value) for key, value in row["attributes"].items() if value not in ("", [], None)}
        contacts[row["external_id"]] = contact = Contact(
            workspace=workspace,
            public_id=known,
            external_id=row["external_id"],
            **names,
            language=row["language"] or "",
            country=row["country"] or "",
            time_zone=row["zone"] or "",
            imported_at=instant(row["imported_at"]),
            attributes=attributes,
            folded=fold_texts({**texts, **names}),
            bucket_seed=Contact.seed_of(known.bytes),
            tags=row.get("tags", []),
        )
        contact.save()
        Contact.objects.filter(pk=contact.pk).set_search(contact_vector(vars(contact)))
        Contact.objects.filter(pk=contact.pk).update(created_at=instant(row["created_at"]))
        _load_belongings(workspace, contact, row, topics)
    return contacts


def _load_belongings(workspace, contact, row, topics):
    Address.objects.bulk_create(
        Address(
            workspace=workspace,
            contact=contact,
            channel=one["channel"],
            value=one["value"],
            domain=one["value"].rpartition("@")[2].lower() if one["channel"] == "email" else "",
            status=one["status"],
            is_primary=one["primary"],
            flags=one.get("flags", []),
        )
        for one in row["addresses"]
    )
    ConsentState.objects.bulk_create(
        ConsentState(
            workspace=workspace,
            contact=contact,
            channel=one["channel"],
            topic=topics.get(one["topic"]),
            purpose=one["purpose"],
            state=one["state"],
            basis=one["basis"] or "",
            changed_at=instant(one["changed_at"]),
            expires_at=instant(one["expires_at"]),
        )
        for one in row["consents"]
    )


def _load_events(workspace, data, contacts):
    for name, properties in data["registry"]["events"].items():
        EventKind.objects.create(
            workspace=workspace, name=name, properties={key: entry["type"] for key, entry in properties.items()}
        )
    Event.objects.bulk_create(
        Event(
            workspace=workspace,
            kind=row["event"],
            contact_id=contacts[row["contact"]].id,
            at=instant(row["at"]),
            properties={key: _plain(value) for key, value in row["properties"].items()},
            folded=fold_texts(row["properties"]),
            **money_columns(row["properties"], data["registry"]["events"][row["event"]]),
        )
        for row in sorted(data["events"], key=lambda row: row["id"])
    )


def money_columns(properties, types):
    """The columns that repeat the first money among an event's properties."""
    found = next(
        (properties[key] for key, entry in types.items() if entry["type"] == "money" and key in properties), None
    )
    return {"amount": int(Decimal(found["amount"]) * 10_000), "currency": found["currency"]} if found else {}


def _load_engagements(workspace, data, contacts):
    campaigns, dispatches = {}, {}
    for name in data["registry"]["campaigns"]:
        campaign = Campaign.objects.create(workspace=workspace, name=name)
        campaigns[name] = campaign.id
        dispatches[name] = Dispatch.objects.create(
            workspace=workspace,
            source_kind="campaign",
            source_id=campaign.id,
            occurrence=instant(data["now"]),
            name=name,
        )
    by_message = defaultdict(list)
    for row in data["engagements"]:
        by_message[row["message"]].append(row)
    for number, rows in by_message.items():
        sent = next((row for row in rows if row["action"] == "sent"), None)
        message = Message.objects.create(
            public_id=uuid.uuid4(),
            workspace=workspace,
            dispatch=dispatches[rows[0]["campaign"]],
            purpose="marketing",
            channel=rows[0]["channel"],
            contact=contacts[rows[0]["contact"]],
            step=number,
            recipient="somebody@example.org",
            status="sent" if sent else "failed",
            created_at=instant(rows[0]["at"]),
            due_at=instant(rows[0]["at"]),
            settled_at=instant((sent or rows[0])["at"]),
        )
        _load_facts(workspace, message, [row for row in rows if row["action"] != "sent"])
    return campaigns


def _load_facts(workspace, message, rows):
    times = defaultdict(list)
    for row in rows:
        times[row["action"], row["verdict"] or "human", row.get("link", -1)].append(instant(row["at"]))
    MessageFact.objects.bulk_create(
        MessageFact(
            workspace=workspace,
            message=message,
            dispatch=message.dispatch,
            contact=message.contact,
            channel=message.channel,
            action=action,
            verdict=verdict,
            link=link,
            at=min(found),
            last_at=max(found),
            times=len(found),
        )
        for (action, verdict, link), found in times.items()
    )


def _load_lists(workspace, data, contacts):
    lists = {
        key: StaticList.objects.create(workspace=workspace, key=key, name=key) for key in data["registry"]["lists"]
    }
    ListMember.objects.bulk_create(
        ListMember(
            workspace=workspace,
            list=lists[one["list"]],
            contact=contacts[row["external_id"]],
            added_at=instant(one["added_at"]),
        )
        for row in data["contacts"]
        for one in row["lists"]
    )
    return {key: one.id for key, one in lists.items()}


def _load_submissions(workspace, data, contacts):
    flows = {}
    for key, entry in data["registry"]["flows"].items():
        flows[key] = Flow.objects.create(
            workspace=workspace, key=key, name=key, answers=entry["answers"], outcomes=entry["outcomes"]
        )
    Submission.objects.bulk_create(
        Submission(
            workspace=workspace,
            flow=flows[row["flow"]],
            contact=contacts[row["contact"]],
            at=instant(row["at"]),
            status=row["status"],
            outcome=row["outcome"] or "",
            score=row["score"],
            answers={key: _plain(value) for key, value in row["answers"].items()},
            folded=fold_texts(row["answers"]),
        )
        for row in sorted(data["submissions"], key=lambda row: row["id"])
    )
    return {key: flow.id for key, flow in flows.items()}


def _plain(value):
    """Decimals as JSON numbers."""
    return float(value) if hasattr(value, "quantize") else value
