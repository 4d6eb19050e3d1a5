"""What a batch's outcomes change beside its rows: dead addresses, slower receivers, campaigns that cannot go on."""

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Sequence

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from accounts.models import Workspace
from channels.transports.outcomes import TransportUnavailable
from consent.services import suppress_address
from contacts.services import mark_addresses
from core.clock import now
from delivery.claims import Settlement
from delivery.loading import Item
from delivery.models import Dispatch, Message
from delivery.pace.caution import Caution, Fault
from delivery.pace.reactions import clean, is_general, slow_down, stop_reason, stop_sender
from delivery.pace.stops import note_accepted
from delivery.services.dispatches import pause_dispatch

logger = logging.getLogger(__name__)

# A server may restart without anybody having to press a button.
PATIENCE = dt.timedelta(seconds=60)


def note_hard_bounces(settlements: Sequence[Settlement]) -> None:
    """Mark addresses that do not exist as dead and suppress them; in the transaction that settles their rows."""
    bounced = [settlement.key for settlement in settlements if settlement.reason == "hard_bounce"]
    if not bounced:
        return
    addresses: dict[int, list[str]] = defaultdict(list)
    for workspace_id, recipient in Message.objects.filter(id__in=bounced).values_list("workspace", "recipient"):
        addresses[workspace_id].append(recipient)
    for workspace in Workspace.objects.filter(id__in=[key for key in addresses if key]):
        values = addresses[workspace.pk]
        mark_addresses(workspace=workspace, channel="email", values=values, status="dead", reason="hard_bounce")
        suppress_address(workspace=workspace, addresses=values, reason="hard_bounce")


def judge_faults(faults: Sequence[Fault]) -> tuple[list[Fault], set[int]]:
    """The refusals that speak of the sender as a whole, and the messages that only one server refused."""
    general = [fault for fault in faults if is_general(fault)]
    return general, {key for fault in faults if fault not in general for key in fault.keys}


def note_caution(caution: Caution, faults: Sequence[Fault]) -> None:
    """What receivers said of our speed and of the sender takes effect for every process."""
    note_accepted([*caution.accepted])
    for lane, answers in caution.throttled.items():
        if slow_down(lane, answers):
            logger.warning("receiver_slowed sender=%d receiver=%d %s", lane.sender, lane.receiver, answers[0].text)
    for fault in faults:
        reason = stop_reason(fault.words)
        stop_sender(sender=fault.lane.sender, receiver=fault.lane.receiver, words=fault.words, reason=reason)


def note_stopped(dispatch_id: int, words: str) -> None:
    """Pause a dispatch that would send from a stopped sender; nothing was attempted."""
    for dispatch in Dispatch.objects.filter(pk=dispatch_id):
        pause_dispatch(dispatch=dispatch, reason=stop_reason(words))


def note_trouble(items: list[Item], trouble: TransportUnavailable) -> None:
    """The server as a whole failed: a wrong setting stops its senders at once, anything else pauses after a minute."""
    if trouble.is_configuration:
        text = _("The mail server refused our settings: “%(words)s” Nothing is lost; resume when it is mended.")
        reason = text % {"words": clean(trouble.text)[:120]}
        for sender in {item.sender_id for item in items if item.sender_id and item.dispatch_id}:
            stop_sender(sender=sender, receiver=None, words=trouble.text, reason=reason)
    for dispatch in Dispatch.objects.filter(id__in={item.dispatch_id for item in items if item.dispatch_id}):
        if dispatch.trouble_since is None:
            dispatch.trouble_since = now()
            dispatch.save(update_fields=["trouble_since"])
        if trouble.is_configuration:
            pause_dispatch(dispatch=dispatch, reason=reason)
        elif now() - dispatch.trouble_since >= PATIENCE:
            text = _("The mail server does not answer: “%(words)s” Nothing is lost; resume when it is back.")
            pause_dispatch(dispatch=dispatch, reason=text % {"words": clean(trouble.text)[:120]})


def note_no_room(words: str) -> None:
    """This machine cannot write its journal, so it attempts nothing: what is due pauses after a minute in which no
    other machine sent anything of it."""
    due = Message.objects.filter(dispatch=OuterRef("pk"), status="pending", due_at__lte=now())
    for dispatch in Dispatch.objects.filter(Exists(due), status="running"):
        if dispatch.trouble_since is None:
            Dispatch.objects.filter(pk=dispatch.pk).update(trouble_since=now())
        elif now() - dispatch.trouble_since >= PATIENCE:
            text = _("A sending machine has no room on its disk: “%(words)s” Nothing is lost; make room and resume.")
            pause_dispatch(dispatch=dispatch, reason=text % {"words": clean(words)[:120]})


def note_success(items: list[Item]) -> None:
    """The server answers: forget earlier trouble."""
    dispatches = [*{item.dispatch_id for item in items if item.dispatch_id}]
    if dispatches:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE delivery_dispatch SET trouble_since = NULL WHERE id = ANY(%s) AND trouble_since IS NOT NULL",
                [dispatches],
            )
