"""Asking people again whose implied consent runs out: a draft with its segment and message, ready to look at."""

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import User, Workspace
from campaigns.models import Campaign
from campaigns.services.drafts import create_campaign
from consent.models import Topic
from content.services import create_template
from content.starters import STARTERS, starter_values
from segments.language.text_parser import parse_text
from segments.language.text_printer import print_string
from segments.models import Segment
from segments.services.saving import save_segment

DAYS_AHEAD = 60
STARTER = "stay"


@transaction.atomic
def ask_again(*, workspace: Workspace, topic: Topic, actor: User | None) -> Campaign:
    """A draft to everybody whose consent to `topic` by e-mail ends within DAYS_AHEAD, with a button to stay.

    The segment is made once for a topic and found again by its rule; each draft gets a message of its own. Raises
    segments' TooManySegments.
    """
    name = gettext("Stay in touch? %(topic)s") % {"topic": topic.name}
    template = create_template(workspace=workspace, actor=actor, values=starter_values(STARTERS[STARTER], workspace))
    segment = _segment_of(workspace, topic, actor)
    return create_campaign(
        workspace=workspace, actor=actor, name=name[:120], segment=segment, topic=topic, template=template
    )


def _segment_of(workspace: Workspace, topic: Topic, actor: User | None) -> Segment:
    rule = parse_text(
        f"consent email/{print_string(topic.key)}/marketing is granted expires in the next {DAYS_AHEAD} days"
    )
    known: Segment | None = Segment.objects.in_workspace(workspace).filter(rule=rule).order_by("id").first()
    if known:
        return known
    values = {
        "name": gettext("Consent running out: %(topic)s") % {"topic": topic.name[:60]},
        "description": gettext("Agreed, but only until a day in the next %(days)d.") % {"days": DAYS_AHEAD},
        "rule": rule,
    }
    return save_segment(workspace=workspace, actor=actor, values=values)
