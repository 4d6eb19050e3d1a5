"""Mail at a visitor's wish: a new code for the question they are at, or the link to go on later."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from core.clock import now
from flows.documents import compiled, read_state
from flows.effects import Occasion
from flows.engine.advance import advance
from flows.engine.dates import moment_text
from flows.engine.flow import Flow as Compiled
from flows.engine.intake import read_email
from flows.mail import send_link
from flows.models import Flow
from flows.services.codes import mail_again
from flows.services.keys import may_mail, new_link
from flows.services.sessions import hold_session

# What strangers began is forgotten after so many days (flows.services.abandoning), so no link lives longer.
MOST_DAYS = 30


class NoAddress(ValueError):
    """What was typed is no e-mail address."""


def goes_on_by_mail(flow: Compiled) -> bool:
    """Whether people may have a link mailed to go on by: where the flow says so, and has more than one step."""
    saving: Mapping[str, Any] = flow.settings.get("save_resume") or {}
    is_wanted = bool(saving.get("enabled")) and "email_link" in (saving.get("via") or ("cookie", "email_link"))
    return is_wanted and len(flow.steps) > 1


@transaction.atomic
def ask_for_code(*, flow: Flow, secret: str, ip: str) -> bool:
    """Mail a new code for the step somebody is at; False when that was done too often, or there is no address yet.

    Raises NoSession.
    """
    session = hold_session(flow=flow, secret=secret)
    ready, state = compiled(session.version), read_state(session.state)
    _same, effects = advance(ready, state, {"type": "resume", "at": moment_text(now())})
    return mail_again(Occasion(session, ready, state, ip), effects)


@transaction.atomic
def mail_way_back(*, flow: Flow, secret: str, address: str, ip: str) -> bool:
    """Mail the link by which somebody goes on, on any device; False when that was done too often or is not offered.

    The link shows where somebody is and changes nothing, so that programs which look into mail do no harm. Raises
    NoAddress, and NoSession.
    """
    session = hold_session(flow=flow, secret=secret)
    found = read_email(address.strip())
    ready = compiled(session.version)
    if not goes_on_by_mail(ready):
        return False
    if found is None:
        raise NoAddress
    if not may_mail(session=session, address=found, ip=ip):
        return False
    wanted = int((ready.settings.get("save_resume") or {}).get("expires_days") or MOST_DAYS)
    days = min(max(wanted, 1), MOST_DAYS)
    send_link(session, found, secret=new_link(session, found, days=days), days=days)
    return True
