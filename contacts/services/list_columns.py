"""What each teammate wants to see in the list of contacts."""

from collections.abc import Sequence

from accounts.models import User, Workspace
from contacts.models import ListColumns


def choose_columns(*, user: User, workspace: Workspace, columns: Sequence[str]) -> None:
    """Remember the columns (contacts.list_columns) this person wants to see."""
    ListColumns.objects.update_or_create(workspace=workspace, user=user, defaults={"columns": list(columns)})
