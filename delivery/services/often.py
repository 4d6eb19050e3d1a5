"""A workspace's rules of how often people are written to: making and removing them, and what one would change."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection, models, transaction
from django.utils.translation import ngettext

from accounts.models import User, Workspace
from accounts.services import record_audit
from contacts.models import Channel
from core.clock import now
from delivery.models import Dispatch, FrequencyRule

MOST_RULES = 10
LOOK_BACK = dt.timedelta(days=30)
# More than so many messages in a month are looked at for one person in SAMPLED_IN; a share needs no more.
EXACT_UP_TO = 400_000
SAMPLED_IN = 16

# A message is one too many when the one `messages` before it was less than `days` earlier.
FORECAST = """
SELECT count(DISTINCT contact_id), count(*) FROM (
    SELECT m.contact_id, m.settled_at,
        lag(m.settled_at, %(messages)s) OVER (PARTITION BY m.contact_id ORDER BY m.settled_at) AS earlier
    FROM delivery_message m
    WHERE m.workspace_id = %(workspace)s AND m.status = 'sent' AND m.dispatch_id IS NOT NULL
      AND m.settled_at > %(since)s - make_interval(days => %(days)s) AND m.contact_id %% %(one_in)s = 0
      AND (%(channel)s = '' OR m.channel = %(channel)s)) AS sent
WHERE settled_at > %(since)s AND earlier > settled_at - make_interval(days => %(days)s)
"""


class TooManyRules(Exception):
    """There are MOST_RULES rules already; nothing was added."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """With a rule, so many people would have got fewer messages in LOOK_BACK; `is_about` when it was estimated."""

    people: int
    messages: int
    is_about: bool


@transaction.atomic
def set_frequency_rule(
    *, workspace: Workspace, actor: User | None, messages: int, days: int, channel: str = ""
) -> FrequencyRule:
    """At most `messages` in `days` days; takes the place of a rule for the same days and channel.

    Raises TooManyRules. What waits already is asked about the rule before it leaves.
    """
    rules = FrequencyRule.objects.select_for_update().filter(workspace=workspace)
    known = {(rule.channel, rule.days) for rule in rules}
    if (channel, days) not in known and len(known) >= MOST_RULES:
        raise TooManyRules
    rule, _new = FrequencyRule.objects.update_or_create(
        workspace=workspace, channel=channel, days=days, defaults={"messages": messages}
    )
    _audit(rule, actor, "frequency_rule.set")
    return rule


@transaction.atomic
def remove_frequency_rule(*, rule: FrequencyRule, actor: User | None) -> None:
    """Forget the rule; who waits because of it gets the message at the time it was put off to."""
    _audit(rule, actor, "frequency_rule.removed")
    rule.delete()


def forecast_rule(*, workspace: Workspace, messages: int, days: int, channel: str = "") -> Forecast:
    """What the rule would have changed in the last month; nothing is stored."""
    since = now() - LOOK_BACK
    recent = Dispatch.objects.filter(workspace=workspace).filter(
        models.Q(finished_at__isnull=True) | models.Q(finished_at__gt=since)
    )
    sent = recent.aggregate(sent=models.Sum("targeted"))["sent"] or 0
    one_in = 1 if sent <= EXACT_UP_TO else SAMPLED_IN
    values: dict[str, Any] = {
        "workspace": workspace.pk,
        "messages": messages,
        "days": days,
        "channel": channel,
        "since": since,
        "one_in": one_in,
    }
    with connection.cursor() as cursor:
        cursor.execute(FORECAST, values)
        people, too_many = cursor.fetchone()
    return Forecast(people * one_in, too_many * one_in, one_in > 1)


def rule_in_words(rule: FrequencyRule) -> str:
    """The rule as a sentence without its full stop."""
    counted = {"messages": rule.messages, "days": rule.days}
    if rule.channel:
        by_channel = ngettext(
            "At most %(messages)s in %(days)s day by %(channel)s",
            "At most %(messages)s in %(days)s days by %(channel)s",
            rule.days,
        )
        return by_channel % {**counted, "channel": Channel(rule.channel).label}
    together = ngettext(
        "At most %(messages)s in %(days)s day, all channels together",
        "At most %(messages)s in %(days)s days, all channels together",
        rule.days,
    )
    return together % counted


def _audit(rule: FrequencyRule, actor: User | None, action: str) -> None:
    record_audit(
        workspace=rule.workspace,
        actor=actor,
        action=action,
        target=str(rule),
        detail={"messages": rule.messages, "days": rule.days, "channel": rule.channel},
    )
