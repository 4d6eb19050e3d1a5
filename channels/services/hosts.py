"""Host names of a workspace's own for public pages: connecting one, watching its records, who is served where."""

import datetime as dt
import secrets
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User, Workspace
from accounts.services import record_audit
from channels import records
from channels.models import PageHost
from contacts.validity import mx
from core.clock import now
from core.queue import enqueue

AGAIN, SOON = dt.timedelta(hours=6), dt.timedelta(minutes=10)
# Somebody who waits for their records is looked after every few minutes for this long.
EAGER = dt.timedelta(hours=6)
# A name whose records are gone is used for another day: records are moved, and printed codes must go on working.
GRACE = dt.timedelta(days=1)
LEASE = dt.timedelta(minutes=5)
BATCH = 20
PROOF = "rapport-host="


class HostRefused(Exception):
    """The name cannot be connected; says why in words."""


def main_host() -> str:
    """The host of BASE_URL, to which names are pointed."""
    return urlsplit(settings.BASE_URL).hostname or ""


def own_host_name(host: str) -> str:
    """The name of a request's Host header without its port, "" where it cannot be a workspace's own.

    That is: our own hosts, names without a dot, and bare IP addresses.
    """
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
    name = name.lower().rstrip(".")
    if "." not in name or ":" in name or name.rpartition(".")[2].isdecimal() or is_ours(name):
        return ""
    return name


def is_ours(name: str) -> bool:
    """Whether the installation itself is reached at this name, or at one that it is below of."""
    return any(
        name == one.lstrip(".") or (one.startswith(".") and name.endswith(one))
        for one in (main_host(), *settings.ALLOWED_HOSTS)
    )


def serving_workspace(host: str) -> Workspace | None:
    """The workspace whose public pages are served at this Host, None for all others."""
    name = own_host_name(host) if settings.OWN_DOMAINS else ""
    found = PageHost.objects.serving(name) if name else None
    return found.workspace if found is not None else None


def page_base(workspace: Workspace) -> str:
    """Where links to a workspace's public pages begin: at its own host, else at the installation's. No slash at the
    end."""
    name = PageHost.objects.name_in_use(workspace.pk) if settings.OWN_DOMAINS else ""
    if not name:
        return str(settings.BASE_URL)
    parts = urlsplit(settings.BASE_URL)
    return f"{parts.scheme}://{name}" + (f":{parts.port}" if parts.port else "")


@transaction.atomic
def connect_host(*, workspace: Workspace, actor: User | None, host: str) -> PageHost:
    """Wish for a name in its ASCII form; another one of the workspace goes out of use at once.

    Raises HostRefused for our own names and those below them, and where the operator has not switched it on.
    """
    if not settings.OWN_DOMAINS:
        raise HostRefused(_("This server does not take addresses of your own. Ask whoever runs it."))
    if not own_host_name(host) or host.endswith(f".{main_host()}"):
        raise HostRefused(_("This name belongs to the server itself. Choose one below a domain of your own."))
    PageHost.objects.filter(workspace=workspace).delete()
    made = PageHost.objects.create(workspace=workspace, host=host, token=secrets.token_urlsafe(18))
    record_audit(workspace=workspace, actor=actor, action="host.connected", target=host)
    ask_host_check(host=made)
    return made


@transaction.atomic
def remove_host(*, host: PageHost, actor: User | None) -> None:
    """Stop using the name. Links go to the installation's own address again, and the name answers nothing."""
    record_audit(workspace=host.workspace, actor=actor, action="host.removed", target=host.host)
    host.delete()


@transaction.atomic
def ask_host_check(*, host: PageHost) -> None:
    """Have the records looked up as soon as a worker is free."""
    moment = now()
    PageHost.objects.filter(pk=host.pk).update(asked_at=moment, next_check_at=moment)
    enqueue("channels.check_hosts")


def wake_host_checks() -> None:
    """Wake a worker when records are due."""
    if settings.OWN_DOMAINS and PageHost.objects.due(now()).exists():
        enqueue("channels.check_hosts")


def check_hosts() -> int:
    """Look up the records of the names that are due; how many. Nothing changes where DNS does not answer."""
    taken = _take()
    if not taken:
        return 0
    resolver = mx.working_resolver(settings.DNS_SERVER)
    for host in taken:
        silence = records.Finding(records.UNKNOWN, "no_answer")
        owner = way = silence
        if resolver is not None:
            asked = records.Records(resolver)
            owner = records.check_owner(asked, proof_name(host), proof_value(host))
            way = records.check_way(asked, host.host, main_host())
        _keep(host, owner, way)
    return len(taken)


def proof_name(host: PageHost) -> str:
    """Where the TXT record stands."""
    return f"_rapport.{host.host}"


def proof_value(host: PageHost) -> str:
    """What the TXT record says."""
    return f"{PROOF}{host.token}"


@transaction.atomic
def _take() -> list[PageHost]:
    """The next names, kept from other workers for a while by looking as if they were due later."""
    rows = list(PageHost.objects.due(now()).select_for_update(skip_locked=True)[:BATCH])
    PageHost.objects.filter(pk__in=[row.pk for row in rows]).update(next_check_at=now() + LEASE)
    return rows


@transaction.atomic
def _keep(host: PageHost, owner: records.Finding, way: records.Finding) -> None:
    """Write down what was found. Who wishes for the same name is held, so that one of two gets it."""
    rows = PageHost.objects.select_for_update(of=("self",)).select_related("workspace")
    held = {row.pk: row for row in rows.filter(host=host.host).order_by("pk")}
    mine = held.pop(host.pk, None)
    if mine is None or mine.token != host.token:
        return
    moment, found = now(), {"owner": owner, "way": way}
    if owner.state == way.state == records.OK:
        before = next((row for row in held.values() if row.state == PageHost.State.VERIFIED), None)
        if before is not None and before.failing_since is None:
            found["owner"] = records.Finding(records.WRONG, "host_taken")
        else:
            if before is not None:
                _put_out_of_use(before)
            _put_to_use(mine, moment)
    elif records.UNKNOWN not in (owner.state, way.state) and mine.state == PageHost.State.VERIFIED:
        mine.failing_since = mine.failing_since or moment
        if moment - mine.failing_since >= GRACE:
            _put_out_of_use(mine)
    mine.findings = {
        name: {"state": one.state, "problem": one.problem, "found": one.found[:5]} for name, one in found.items()
    }
    is_eager = mine.state != PageHost.State.VERIFIED and moment - mine.created_at < EAGER
    mine.checked_at, mine.next_check_at = moment, moment + (SOON if is_eager or mine.failing_since else AGAIN)
    mine.asked_at = mine.asked_at if mine.asked_at != host.asked_at else None
    mine.save()


def _put_to_use(host: PageHost, moment: dt.datetime) -> None:
    if host.state != PageHost.State.VERIFIED:
        host.state, host.verified_at = PageHost.State.VERIFIED, moment
        record_audit(workspace=host.workspace, actor=None, action="host.verified", target=host.host)
    host.failing_since = None


def _put_out_of_use(host: PageHost) -> None:
    host.state = PageHost.State.BROKEN
    host.save(update_fields=["state"])
    record_audit(workspace=host.workspace, actor=None, action="host.broken", target=host.host)
