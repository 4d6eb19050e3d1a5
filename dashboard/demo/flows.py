"""Two flows of the demo workspace that people can answer: a quiz and a calculator."""

from accounts.models import User, Workspace
from flows.gallery import document_of
from flows.models import Flow
from flows.services import publish_flow
from flows.services.managing import create_named_flow

LIVE = (("cabin", "Which cabin suits you?"), ("quote", "What would your stay cost?"))


def publish_flows(workspace: Workspace, owner: User) -> dict[str, Flow]:
    """Make both and publish them; returns them by key."""
    flows = {}
    for key, name in LIVE:
        flow = create_named_flow(
            workspace=workspace, actor=owner, name=name, document=document_of(key), wish=f"demo {key}"
        )
        publish_flow(flow=flow, actor=owner)
        flows[key] = Flow.objects.select_related("live_version", "workspace").get(pk=flow.pk)
    return flows
