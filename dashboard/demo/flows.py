"""Two flows of the demo workspace that people can answer: a quiz and a calculator."""

from accounts.models import User, Workspace
from flows.gallery import document_of
from flows.services import publish_flow
from flows.services.managing import create_named_flow

LIVE = (("cabin", "Which cabin suits you?"), ("quote", "What would your stay cost?"))


def publish_flows(workspace: Workspace, owner: User) -> None:
    """Make both and publish them."""
    for key, name in LIVE:
        flow = create_named_flow(
            workspace=workspace, actor=owner, name=name, document=document_of(key), wish=f"demo {key}"
        )
        publish_flow(flow=flow, actor=owner)
