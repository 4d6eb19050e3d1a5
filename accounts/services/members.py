"""Roles of members. A workspace always keeps an owner."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import AccountsError
from accounts.models import Membership, Role, User, Workspace
from accounts.services.audit import record_audit


@transaction.atomic
def change_role(*, membership: Membership, role: str, actor: User) -> Membership:
    """Give a member another role; AccountsError when the last owner would lose theirs."""
    workspace = _locked(membership.workspace)
    member = Membership.objects.select_related("user").get(pk=membership.pk)
    if member.role == role:
        return member
    if role != Role.OWNER:
        _keep_an_owner(workspace, member)
    before, member.role = member.role, role
    member.save(update_fields=["role"])
    record_audit(
        workspace=workspace,
        actor=actor,
        action="member.role_changed",
        target=str(member.user),
        detail={"before": before, "after": role},
    )
    return member


@transaction.atomic
def remove_member(*, membership: Membership, actor: User) -> None:
    """Take somebody out of the workspace; what they made stays. AccountsError for the last owner."""
    workspace = _locked(membership.workspace)
    member = Membership.objects.select_related("user").get(pk=membership.pk)
    _keep_an_owner(workspace, member)
    record_audit(workspace=workspace, actor=actor, action="member.removed", target=str(member.user))
    member.delete()


@transaction.atomic
def leave_workspace(*, membership: Membership) -> None:
    """Go by oneself; AccountsError for the last owner."""
    workspace = _locked(membership.workspace)
    member = Membership.objects.select_related("user").get(pk=membership.pk)
    _keep_an_owner(workspace, member)
    record_audit(workspace=workspace, actor=member.user, action="member.left", target=str(member.user))
    member.delete()


def _locked(workspace: Workspace) -> Workspace:
    """Lock the workspace's row, so that two owners cannot demote each other at the same time."""
    return Workspace.objects.select_for_update().get(pk=workspace.pk)


def _keep_an_owner(workspace: Workspace, member: Membership) -> None:
    others = Membership.objects.filter(workspace=workspace, role=Role.OWNER).exclude(pk=member.pk)
    if member.role == Role.OWNER and not others.exists():
        raise AccountsError(
            _("A workspace needs an owner, and this is the only one. Make somebody else an owner first.")
        )
