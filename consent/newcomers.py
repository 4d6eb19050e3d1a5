"""Who arrives with an address whose plain digest is on a suppression list is suppressed at once."""

from events.models import Event


def match_person(event: Event) -> None:
    """After somebody was added or changed."""
    from consent.services.suppression_lists import match_newcomers

    if event.contact_id is not None:
        match_newcomers(workspace_id=event.workspace_id, contact_id=event.contact_id)


def match_imported(event: Event) -> None:
    """After an import; its event carries the import as the source."""
    from consent.services.suppression_lists import match_newcomers

    if event.source_id is not None:
        match_newcomers(workspace_id=event.workspace_id, import_id=event.source_id)
