"""The groups of the hygiene page as rules, so that what it counts is exactly what the segment will hold."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

from accounts.models import Workspace
from contacts.hygiene import ADDRESSES, PEOPLE, Group
from core.clock import now
from segments.language.registry import Registry
from segments.language.text_printer import print_string
from segments.registry import registry_of
from segments.services import audience_sql
from segments.services.asking import UNHURRIED, run_limited
from segments.starters import Starter, starters_for

# Nobody waits for these counts; a statement that takes longer than this is in the way of others.
COUNT_MILLISECONDS = 60_000
LONG_DAYS = 180
_USABLE = "valid, unverified, risky"


def _fixed(text: str) -> Callable[[Registry], str]:
    return lambda registry: text


def _nobody_agreed(registry: Registry) -> str:
    topics = sorted(registry.topics)[:40]
    return " and ".join(f"not consent email/{print_string(topic)}/marketing is granted" for topic in topics)


STARTERS = (
    Starter(
        "dead",
        _("Dead addresses"),
        _("A message came back because the mailbox or the number does not exist. We do not write there any more."),
        "mail-x",
        _fixed("address email status dead or address sms status dead"),
    ),
    Starter(
        "invalid",
        _("Addresses that cannot work"),
        _("The domain behind the @ does not exist or takes no mail. We do not write there either."),
        "circle-x",
        _fixed("address email status invalid or address sms status invalid"),
    ),
    Starter(
        "risky",
        _("Risky addresses"),
        _("Something speaks against them. We still write there; watch whether they answer."),
        "triangle-alert",
        _fixed("address email status risky or address sms status risky"),
    ),
    Starter(
        "mistyped",
        _("Mistyped domains"),
        _("Probably gmail.com and not gmial.com. On this page you can mend them all at once."),
        "pencil",
        _fixed("address email flag typo"),
    ),
    Starter(
        "disposable",
        _("Throw-away mailboxes"),
        _("Made to be used for minutes. Hardly anybody reads there tomorrow."),
        "hourglass",
        _fixed("address email flag disposable"),
    ),
    Starter(
        "role",
        _("Shared mailboxes"),
        _("Such as info@ or office@: several people read them, and one of them may complain."),
        "users",
        _fixed("address email flag role"),
    ),
    Starter(
        "unverified",
        _("Not verified for long"),
        _("Known for half a year, and still nothing has shown that the address works."),
        "clock",
        _fixed(f"address email status unverified and contact created_at more than {LONG_DAYS} days ago"),
    ),
    Starter(
        "unreachable",
        _("No way to reach them"),
        _("Neither an e-mail address nor a phone number that may work."),
        "ban",
        _fixed(f"not address email status {_USABLE} and not address sms status {_USABLE}"),
    ),
    Starter(
        "unengaged",
        _("Not listening any more"),
        _("Got five messages or more in 180 days, and neither opened nor clicked one themselves."),
        "eye-off",
        _fixed(
            "engagement sent at least 5 times in the last 180 days and engagement opened never in the last 180 days"
            " and engagement clicked never in the last 180 days"
        ),
    ),
    Starter(
        "never-mailed",
        _("Never written to"),
        _("Has an e-mail address that may work, and never got a message from you."),
        "mail",
        _fixed(f"address email status {_USABLE} and engagement sent never"),
    ),
    Starter(
        "no-consent",
        _("Agreed to nothing"),
        _("No topic has their agreement by e-mail, so no campaign reaches them."),
        "shield-check",
        _nobody_agreed,
    ),
)
_ABOUT_PEOPLE = frozenset({"unreachable", "unengaged", "never-mailed", "no-consent"})
_TONES = {"dead": "bad", "invalid": "bad", "unreachable": "bad", "risky": "warn", "mistyped": "warn"}


def hygiene_groups() -> list[Group]:
    """The groups for the page of the layer below."""
    return [
        Group(
            key=starter.key,
            part=PEOPLE if starter.key in _ABOUT_PEOPLE else ADDRESSES,
            title=starter.name,
            sentence=starter.description,
            icon=starter.icon,
            tone=_TONES.get(starter.key, ""),
            count=_counter(starter),
        )
        for starter in STARTERS
    ]


def _counter(starter: Starter) -> Callable[[Workspace], int | None]:
    def count(workspace: Workspace) -> int | None:
        fitting = starters_for(registry_of(workspace), [starter])
        if not fitting:
            return None
        compiled = audience_sql(workspace, fitting[0][1], now())
        sql = f"SELECT count(*) FROM ({compiled.sql}) AS audience"  # noqa: S608 - compiled
        rows = run_limited(sql, compiled.params, COUNT_MILLISECONDS, lane=UNHURRIED)
        return None if rows is None else int(rows[0][0])

    return count
