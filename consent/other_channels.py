"""What somebody has said about messages on other channels than e-mail, as their own page shows it. No writes."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from consent.models import ConsentState, Purpose, State, Topic
from contacts.models import Channel, Contact
from core.clock import now

_LEFT = frozenset({State.WITHDRAWN, State.DENIED})


@dataclass(frozen=True, slots=True)
class OtherChoice:
    """A topic (None: everything) on a channel, and whether messages about it may come."""

    channel: str
    topic: Topic | None
    is_on: bool

    @property
    def key(self) -> str:
        """Names it in a form."""
        return f"{self.channel}:{self.topic.public_id if self.topic else ''}"

    @property
    def channel_name(self) -> str:
        """The channel, in words."""
        return str(Channel(self.channel).label)

    @property
    def name(self) -> str:
        """The topic, in words."""
        return self.topic.name if self.topic else _("Everything")


def other_choices(contact: Contact, states: Mapping[tuple[str, int | None, str], ConsentState]) -> list[OtherChoice]:
    """Whatever they once agreed to or left, by channel and name; nothing of what they were never asked.

    Leaving must be as easy as joining (GDPR Art. 7(3)), so what was agreed to in a form or on paper stands here too.
    """
    found = {
        (channel, topic): row
        for (channel, topic, purpose), row in states.items()
        if channel != Channel.EMAIL and purpose == Purpose.MARKETING and row.state in {State.GRANTED, *_LEFT}
    }
    topics = Topic.objects.in_workspace(contact.workspace_id).in_bulk([topic for _channel, topic in found if topic])
    choices = []
    for (channel, topic), row in found.items():
        everything = found.get((channel, None))
        has_left = everything is not None and everything.state in _LEFT
        if topic is None and has_left:
            continue  # it stands above the topics, which are all off
        is_on = row.state == State.GRANTED and not has_left and (row.expires_at is None or row.expires_at > now())
        choices.append(OtherChoice(channel, topics[topic] if topic else None, is_on))
    return sorted(choices, key=lambda one: (one.channel, one.topic is not None, one.name))
