"""A contest to enter: its document, and somebody who goes through it."""

import datetime as dt
from typing import Any

from accounts.models import User, Workspace
from contests.models import Contest, Entry
from core.clock import now
from flows.engine.dates import moment_text
from flows.models import Flow
from flows.services import Visitor, create_flow, publish_flow, send_event, start_session
from tests.cast import make_contact

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def document(**contest: Any) -> dict[str, Any]:
    """A giveaway that opened an hour ago and closes in two days; `contest` changes its terms, None takes one away."""
    start = now().replace(microsecond=0)
    terms: dict[str, Any] = {
        "opens_at": moment_text(start - HOUR),
        "closes_at": moment_text(start + 2 * DAY),
        "timezone": "Pacific/Auckland",
        "entry_limits": [{"by": "email", "max": 1, "per": "campaign"}],
        "entry_methods": [{"key": "form", "type": "form", "tickets": 1}],
        "selection": "random_draw",
        "prizes": [{"key": "week", "name": "A week at the lake", "quantity": 1}],
        "draw": {
            "method": "hmac_sha256_order",
            "beacon": {"type": "public_value", "ref": "lottery of that day", "at": moment_text(start + 3 * DAY)},
            "alternates": 1,
            "claim_days": 7,
            "unique_by": "email",
        },
        "rules": {"sponsor": "Kea Cabins Ltd", "url": "https://kea.example/rules", "no_purchase": True},
    }
    terms.update(contest)
    return {
        "schema_version": "1.0",
        "kind": "contest",
        "name": "Win a week",
        "default_locale": "en",
        "hidden_fields": [{"key": "ref", "source": "query"}],
        "steps": [
            {
                "key": "who",
                "blocks": [
                    {"type": "email", "key": "email", "label": "E-mail", "required": True, "contact_field": "email"},
                    {"type": "number", "key": "guess", "label": "How many lakes are there?"},
                ],
            }
        ],
        "endings": [{"key": "done", "type": "screen", "title": "Thank you"}],
        "contest": {key: value for key, value in terms.items() if value is not None},
    }


def published(workspace: Workspace, owner: User, key: str = "week", **contest: Any) -> Contest:
    """A live contest."""
    flow = create_flow(workspace=workspace, actor=owner, name="Win a week", document=document(**contest), key=key)
    publish_flow(flow=flow, actor=owner)
    return Contest.objects.select_related("flow", "version", "workspace").get(flow=flow)


def go_through(contest: Contest, email: str, *, ref: str = "", ip: str = "", agent: str = "", **answers: Any) -> Any:
    """Somebody answers to the end; returns the last answer."""
    flow = Flow.objects.get(pk=contest.flow_id)
    contact = contest.workspace.pk and _contact(contest.workspace, email)
    visitor = Visitor(contact=contact, ip=ip, user_agent=agent, hidden={"ref": ref} if ref else {}, locale="en")
    secret = start_session(flow=flow, visitor=visitor).secret
    event = {"type": "submit", "step": "who", "answers": {"email": email, **answers}}
    return send_event(flow=flow, secret=secret, event=event, visitor=visitor)


def enter(contest: Contest, email: str, **how: Any) -> Entry:
    """Somebody enters; their entry."""
    session = go_through(contest, email, **how).session
    return Entry.objects.select_related("contest__flow").get(session=session)


def _contact(workspace: Workspace, email: str) -> Any:
    from contacts.models import Contact

    return Contact.objects.filter(workspace=workspace, email=email).first() or make_contact(workspace, email)
