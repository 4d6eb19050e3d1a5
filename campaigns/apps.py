from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    name = "campaigns"

    def ready(self) -> None:
        """The tick starts what is due; delivery's events move a campaign's state."""
        from campaigns.left_out import FAMILY as LEFT_OUT
        from campaigns.left_out import LeftOutFilter, left_out_column
        from campaigns.origins import describe_campaign
        from campaigns.recipients import FAMILY, CampaignFilter, campaign_column
        from campaigns.services import renew_hold_out_groups, wake_due_campaigns, wake_due_looks, wake_evergreen
        from consent.origins import offer_origin
        from contacts.exporting.columns import offer_family
        from contacts.list_filters import offer_filter
        from core.queue import on_tick
        from events.registry import on
        from segments.registry import register_campaign_names
        from segments.uses import offer_uses

        def launch_due() -> None:
            wake_due_campaigns()

        def fill_evergreen() -> None:
            wake_evergreen()

        def look_at_versions() -> None:
            renew_hold_out_groups()
            wake_due_looks()

        on_tick("campaigns.launch_due", launch_due)
        on_tick("campaigns.look_at_versions", look_at_versions)
        on_tick("campaigns.fill_evergreen", fill_evergreen)
        register_campaign_names(_names)
        offer_uses("campaigns.audience", _uses)
        offer_origin("campaigns.campaign", describe_campaign)
        offer_filter(CampaignFilter())
        offer_family(FAMILY, campaign_column)
        offer_filter(LeftOutFilter())
        offer_family(LEFT_OUT, left_out_column)
        on("dispatch.finished", "campaigns.follow_dispatch", _follow)
        on("dispatch.paused", "campaigns.follow_dispatch", _follow)


def _names(workspace_id: int) -> dict[str, int]:
    from campaigns.models import Campaign

    return Campaign.objects.filter(workspace_id=workspace_id).ids_by_name()


def _uses(segment: Any) -> Iterator[Any]:
    from django.urls import reverse
    from django.utils.translation import gettext as _

    from campaigns.models import Campaign
    from segments.uses import Use

    slug = segment.workspace.slug
    for one in Campaign.objects.filter(segment=segment).latest_first()[:20]:
        yield Use(_("Campaign"), one.name, reverse("campaigns:detail", args=[slug, one.public_id]))


def _follow(event: Any) -> None:
    from campaigns.services import follow_dispatch

    if event.properties.get("source_kind") == "campaign":
        follow_dispatch(campaign_id=int(event.properties["source_id"]))
