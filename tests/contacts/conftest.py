"""Two contacts of one person, for the tests about merging."""

import pytest

from accounts.models import Workspace
from contacts.details import ContactValues
from contacts.models import Contact
from contacts.services.contacts import create_contact


@pytest.fixture
def ann(workspace: Workspace) -> Contact:
    return create_contact(
        workspace=workspace,
        values=ContactValues(
            external_id="A-1", email="ann@kea.example", first_name="Ann", last_name="Ngata", tags=["vip", "Beach"]
        ),
    )


@pytest.fixture
def anna(workspace: Workspace) -> Contact:
    return create_contact(
        workspace=workspace,
        values=ContactValues(
            external_id="B-2",
            email="anna@tui.example",
            phone="+64211234567",
            first_name="Anna",
            country="NZ",
            tags=["beach", "new"],
        ),
    )
