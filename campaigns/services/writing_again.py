"""Writing once more to those who did not react: a draft with the same message, for them alone."""

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import User
from campaigns.errors import WrongState
from campaigns.models import Campaign
from campaigns.services.drafts import create_campaign
from segments.language.text_parser import parse_text
from segments.language.text_printer import print_string
from segments.models import Segment
from segments.services.saving import save_segment


@transaction.atomic
def write_again(*, campaign: Campaign, actor: User | None) -> Campaign:
    """A draft to everybody who got `campaign` and of whom no person's open or click is known; nothing is sent.

    Its segment is asked again when the draft goes out, so that whoever reacts until then gets nothing. It is made once
    and found again by its rule. Raises WrongState unless the campaign went out once and is done, and where rules of
    segments mean a later campaign by its name; segments' TooManySegments.
    """
    if campaign.kind != Campaign.Kind.ONCE or campaign.status not in (Campaign.Status.SENT, Campaign.Status.CANCELLED):
        raise WrongState(gettext("This is possible once a campaign that goes out once has been sent."))
    if Campaign.objects.in_workspace(campaign.workspace).ids_by_name().get(campaign.name) != campaign.pk:
        raise WrongState(
            gettext("Nothing was made: a later campaign has the same name, so the people of both cannot be told apart.")
        )
    return create_campaign(
        workspace=campaign.workspace,
        actor=actor,
        name=gettext("%(name)s, once more") % {"name": campaign.name[:100]},
        segment=_segment_of(campaign, actor),
        topic=campaign.topic,
        template=campaign.template,
        sender=campaign.sender,
    )


def _segment_of(campaign: Campaign, actor: User | None) -> Segment:
    name = print_string(campaign.name)
    rule = parse_text(
        f"engagement sent campaign {name} and not engagement opened campaign {name} "
        f"and not engagement clicked campaign {name}"
    )
    known: Segment | None = Segment.objects.in_workspace(campaign.workspace).filter(rule=rule).order_by("id").first()
    if known:
        return known
    values = {
        "name": gettext("Did not open: %(name)s") % {"name": campaign.name[:80]},
        "description": gettext("Got it, but no open and no click of theirs is known. Some do not let us count."),
        "rule": rule,
    }
    return save_segment(workspace=campaign.workspace, actor=actor, values=values)
