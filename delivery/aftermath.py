"""What a batch's outcomes change beside its rows: dead addresses, and campaigns that cannot go on."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence

from django.db import connection
from django.utils.translation import gettext as _

from accounts.models import Workspace
from channels.transports.outcomes import Outcome, RefusalKind, Rejected, TransportUnavailable
from consent.services import suppress_address
from contacts.services import mark_addresses
from core.clock import now
from delivery.claims import Settlement
from delivery.loading import Item
from delivery.models import Dispatch, Message
from delivery.services.dispatches import pause_dispatch

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


def note_sender_faults(answers: list[tuple[Item, Outcome]]) -> None:
    """Pause the dispatches whose sender a receiving server does not accept; their messages are pending again."""
    faults = {item.dispatch_id: answer for item, answer in answers if _is_sender_fault(answer)}
    for dispatch in Dispatch.objects.filter(id__in=[key for key in faults if key is not None]):
        answer = faults[dispatch.pk]
        words = answer.text if isinstance(answer, Rejected) else ""
        pause_dispatch(
            dispatch=dispatch,
            reason=_("A receiving server does not accept this sender: “%(words)s” Nobody was dropped.")
            % {"words": words[:120]},
        )


def note_trouble(items: list[Item], trouble: TransportUnavailable) -> None:
    """The server as a whole failed: pause at once for a wrong setting, else when it lasted a minute."""
    for dispatch in Dispatch.objects.filter(id__in={item.dispatch_id for item in items if item.dispatch_id}):
        if dispatch.trouble_since is None:
            dispatch.trouble_since = now()
            dispatch.save(update_fields=["trouble_since"])
        if trouble.is_configuration:
            reason = _("The mail server refused our settings: “%(words)s” Nothing is lost; resume when it is mended.")
        elif now() - dispatch.trouble_since >= PATIENCE:
            reason = _("The mail server does not answer: “%(words)s” Nothing is lost; resume when it is back.")
        else:
            continue
        pause_dispatch(dispatch=dispatch, reason=reason % {"words": trouble.text[:120]})


def note_success(items: list[Item]) -> None:
    """The server answers: forget earlier trouble."""
    dispatches = [*{item.dispatch_id for item in items if item.dispatch_id}]
    if dispatches:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE delivery_dispatch SET trouble_since = NULL WHERE id = ANY(%s) AND trouble_since IS NOT NULL",
                [dispatches],
            )


def _is_sender_fault(answer: Outcome) -> bool:
    return isinstance(answer, Rejected) and answer.kind == RefusalKind.SENDER_FAULT
