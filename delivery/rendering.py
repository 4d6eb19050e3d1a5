"""One stored message, written again as its reader got it."""

from content.renderer import Rendered, Renderer, contact_context, render_link
from delivery.loading import Item, load_batch
from delivery.models import Message
from delivery.pipeline import Pinned, render_item


def render_message(message: Message) -> Rendered | None:
    """The words of a message with today's data of its person; None for Rapport's own mail and erased people.

    Raises content.problems.RenderError.
    """
    loaded = _load(message)
    if loaded is None or message.workspace is None:
        return None
    item, content = loaded
    return render_item(item, content, message.workspace, tracked=False)


def link_target(message: Message, link: int) -> str | None:
    """Where a message's numbered link leads for its person; None when there is no such link."""
    loaded = _load(message)
    if loaded is None or message.workspace is None or not 0 <= link < len(loaded[1].links):
        return None
    item, content = loaded
    data = contact_context(
        item.contact,
        item.contact.get("attributes") or {},
        workspace={"name": message.workspace.name, "address": message.workspace.postal_address},
        campaign={"name": item.source_name},
        data=item.data or {},
    )
    return render_link(content.links[link], data)


def _load(message: Message) -> tuple[Item, Pinned] | None:
    version = message.content_version
    items = load_batch([message.pk], purpose=message.purpose)
    if version is None or not items:
        return None
    return items[0], Pinned(Renderer(version), list(version.links))
