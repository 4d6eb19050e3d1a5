"""What a session sets off outside: messages to its person, calls of other systems. Rows are the queue."""

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from channels.models import Sender
from content.models import ContentVersion, Template
from content.problems import ContentError
from content.services import pin_version
from core.clock import now
from core.crypto import address_hash, derived_key
from core.ids import uuid_or_none
from core.limits import is_over_limit
from core.outbound import OutboundError, send
from core.queue import enqueue
from delivery.models import Purpose
from delivery.services import SendRequest, submit
from flows.documents import plain_json
from flows.effects import Effect, Occasion
from flows.engine.rules import replay
from flows.models import FollowUp

BATCH = 50
# So long one call may take before another worker tries it again.
LEASE = dt.timedelta(minutes=5)
PAUSES = tuple(dt.timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 720))
# All flows together: nobody's mailbox is filled by a stranger who types its address.
PER_ADDRESS, PER_SECONDS = 10, 24 * 3600
LONGEST_KEY = 200


def plan_follow_ups(occasion: Occasion, effects: Sequence[Effect], *, is_first: bool = False) -> None:
    """Keep what is to be sent, once for each effect, with the answers as they are at this moment.

    On the first answer of a session (`is_first`) nothing can have been waiting for its person.
    """
    planned = [one for one in effects if one["type"] in ("send_message", "webhook")]
    session = occasion.session
    if planned:
        known = describe_for_outside(occasion)
        rows = [_planned(occasion, effect, known) for effect in planned]
        FollowUp.objects.bulk_create(rows, ignore_conflicts=True)
    if session.contact_id is not None and not is_first:
        # Messages that were planned before anybody knew for whom.
        waiting = FollowUp.objects.filter(session=session, status=FollowUp.Status.WAITING, due_at=None)
        if waiting.update(due_at=now()):
            enqueue("flows.send_follow_ups")
    if planned:
        enqueue("flows.send_follow_ups")


def _planned(occasion: Occasion, effect: Effect, known: dict[str, Any]) -> FollowUp:
    session, is_call = occasion.session, effect["type"] == "webhook"
    names = ("url", "method") if is_call else ("template", "channel")
    return FollowUp(
        workspace_id=session.workspace_id,
        session=session,
        key=effect["id"][:LONGEST_KEY],
        kind=FollowUp.Kind.WEBHOOK if is_call else FollowUp.Kind.MESSAGE,
        payload={**{name: effect[name] for name in names}, "data": known},
        due_at=now() if is_call or session.contact_id is not None else None,
    )


def describe_for_outside(occasion: Occasion) -> dict[str, Any]:
    """What messages and other systems are told: answers in words and as values, outcome, score, calculations."""
    view, _rules = replay(occasion.compiled, occasion.state)
    outcome = view.outcome
    return {
        "flow": occasion.session.flow.key,
        "session": str(occasion.session.public_id),
        "status": occasion.state.status,
        "answers": {key: view.show(("answers", key)) for key in view.answers},
        "values": plain_json(view.answers),
        "calculations": {key: view.show(("calculations", key)) for key in view.calculations()},
        "score": plain_json(view.score.score),
        "outcome": None
        if outcome is None
        else {
            "key": outcome["key"],
            "title": view.text(outcome.get("title", "")),
            "body": view.text(outcome.get("body", "")),
        },
    }


def send_follow_ups() -> int:
    """Send what is due, some at a time; returns how many were taken up. Any number of processes may."""
    rows = _claimed()
    for row in rows:
        if row.kind == FollowUp.Kind.MESSAGE:
            _send_message(row)
        else:
            _call(row)
    return len(rows)


@transaction.atomic
def _claimed() -> list[FollowUp]:
    due = FollowUp.objects.filter(status=FollowUp.Status.WAITING, due_at__lte=now()).order_by("due_at")
    rows = list(due.select_for_update(of=("self",), skip_locked=True)[:BATCH])
    for row in rows:
        row.attempts += 1
        row.due_at = now() + LEASE
    FollowUp.objects.bulk_update(rows, ["attempts", "due_at"])
    return rows


@transaction.atomic
def _send_message(row: FollowUp) -> None:
    """Queue the message in the transaction that ends the row, so that it is queued once."""
    row = (
        FollowUp.objects.select_for_update(of=("self",)).select_related("session__contact", "workspace").get(pk=row.pk)
    )
    contact = row.session.contact
    if row.status != FollowUp.Status.WAITING:
        return
    problem = ""
    content = _content(row)
    sender = Sender.objects.in_workspace(row.workspace).verified().first()
    if contact is None or not contact.email:
        problem = "no_address"
    elif row.payload.get("channel") not in (None, "", "email"):
        problem = "channel"
    elif content is None:
        problem = "no_template"
    elif sender is None:
        problem = "no_sender"
    elif is_over_limit("flow-mail", address_hash(contact.email).hex(), limit=PER_ADDRESS, seconds=PER_SECONDS):
        problem = "too_many"
    else:
        submit(
            SendRequest(
                workspace=row.workspace,
                purpose=Purpose.TRANSACTIONAL,
                to_email=contact.email,
                contact=contact,
                sender=sender,
                content_version=content,
                data=row.payload["data"],
                idempotency_key=f"flow-{row.public_id}",
            )
        )
    _finish(row, problem)


def _content(row: FollowUp) -> ContentVersion | None:
    """The template as it stands now, found by its id or its name."""
    wanted = str(row.payload.get("template") or "")
    known: UUID | None = uuid_or_none(wanted)
    rows = Template.objects.in_workspace(row.workspace)
    template = (rows.filter(public_id=known) if known else rows.filter(name=wanted).order_by("-updated_at")).first()
    try:
        return pin_version(template) if template is not None else None
    except ContentError:
        return None


def _call(row: FollowUp) -> None:
    """Call another system's address, signed; again later where it did not take it, six times within a day."""
    body = json.dumps({"id": str(row.public_id), **row.payload["data"]}, ensure_ascii=False).encode()
    method = row.payload.get("method") or "POST"
    try:
        status = send(
            row.payload["url"],
            method=method,
            body=b"" if method == "GET" else body,
            headers={"Content-Type": "application/json", **signed_headers(row, body)},
        )
        problem = "" if 200 <= status < 300 else f"status_{status}"
    except OutboundError as error:
        problem = error.code
    if problem and row.attempts <= len(PAUSES):
        due = now() + PAUSES[row.attempts - 1]
        FollowUp.objects.filter(pk=row.pk).update(due_at=due, detail=problem)
    else:
        _finish(row, problem)


def _finish(row: FollowUp, problem: str) -> None:
    status = FollowUp.Status.FAILED if problem else FollowUp.Status.DONE
    FollowUp.objects.filter(pk=row.pk).update(status=status, detail=problem, due_at=None, done_at=now())


def signed_headers(row: FollowUp, body: bytes) -> dict[str, str]:
    """Who sent it and when: HMAC-SHA256 over id, time and body with the workspace's key, in hex."""
    at = str(int(now().timestamp()))
    message = b".".join((str(row.public_id).encode(), at.encode(), body))
    digest = hmac.new(call_key(row.workspace_id), message, hashlib.sha256).hexdigest()
    return {"Rapport-Id": str(row.public_id), "Rapport-Timestamp": at, "Rapport-Signature": f"v1={digest}"}


def call_key(workspace_id: int) -> bytes:
    """The key that calls of a workspace's flows are signed with, as text of 64 hex digits."""
    return hmac.new(derived_key("flow-calls"), str(workspace_id).encode(), hashlib.sha256).hexdigest().encode()


def wake_follow_ups() -> None:
    """Whatever a lost wake-up left behind; a tick job."""
    if FollowUp.objects.filter(status=FollowUp.Status.WAITING, due_at__lte=now()).exists():
        enqueue("flows.send_follow_ups")
