"""The fixed cast: who is who in every test, so that an access bug shows at once."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Membership, Role, User, Workspace
from contacts.models import Address, Contact


def make_user(name: str) -> User:
    """A user called `name` with password `correct horse`."""
    user = User.objects.create_user(f"{name.lower()}@example.com", "correct horse battery", name=name)
    from allauth.account.models import EmailAddress

    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


def client_of(user: User) -> Client:
    """A browser in which `user` is signed in."""
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def workspace(db: Any) -> Workspace:
    """The workspace that owner, teammate and viewer share."""
    return Workspace.objects.create(name="Kea Cabins", slug="kea-cabins", time_zone="Pacific/Auckland")


def _member(workspace: Workspace, name: str, role: str) -> User:
    user = make_user(name)
    Membership.objects.create(workspace=workspace, user=user, role=role)
    return user


@pytest.fixture
def owner(workspace: Workspace) -> User:
    """Alice owns the workspace."""
    return _member(workspace, "Alice", Role.OWNER)


@pytest.fixture
def teammate(workspace: Workspace) -> User:
    """Bob edits in it."""
    return _member(workspace, "Bob", Role.EDITOR)


@pytest.fixture
def viewer(workspace: Workspace) -> User:
    """Vera only looks."""
    return _member(workspace, "Vera", Role.VIEWER)


@pytest.fixture
def other_workspace(db: Any) -> Workspace:
    """A workspace nobody above belongs to."""
    return Workspace.objects.create(name="Elsewhere", slug="elsewhere")


@pytest.fixture
def stranger(other_workspace: Workspace) -> User:
    """Charlie owns another workspace and has no business in this one."""
    return _member(other_workspace, "Charlie", Role.OWNER)


def make_contact(workspace: Workspace, email: str = "", **fields: Any) -> Contact:
    """A contact with its primary e-mail address, written directly."""
    contact: Contact = Contact.objects.create(workspace=workspace, email=email, **fields)
    if email:
        Address.objects.create(
            workspace=workspace, contact=contact, channel="email", value=email, domain=email.rpartition("@")[2]
        )
    return contact
