"""What consent does when something happened elsewhere."""

from events.models import Event


def forget_addresses(event: Event) -> None:
    """After an erasure only digests of the person's addresses stay."""
    from consent.services import forget_erased_addresses

    forget_erased_addresses(workspace_id=event.workspace_id)
